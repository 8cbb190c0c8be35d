/**
 * @file buffers.hpp
 * Buffers: zeros at first, fills of every pattern, copies in both directions, leases.
 */
#ifndef NEXUS_FIELD_BUFFERS_HPP
#define NEXUS_FIELD_BUFFERS_HPP

#include <nexus/buffer.hpp>
#include <nexus/field/queries.hpp>

#include <cstring>
#include <string>
#include <string_view>

namespace nexus::field {

/** A buffer. */
struct Memory {
  nxs_int device;
  std::size_t size;
  nxs_uint rank;
  /** How many commands use it. Such plugins use a released buffer that a command still has. */
  int leases = 0;
  /** Whether its owner has released it; the plugin's buffer follows with the last lease. */
  bool released = false;
};

/** The functions of buffers. */
class Buffers {
 public:
  explicit Buffers(Original &original) : original_(original) {}

  nxs_int create(nxs_int device, const nxs_buffer_layout &layout, void *host, nxs_uint settings) {
    const Lock lock(original_.mutex);
    requireRoom(memory_.size(), "buffers");
    const nxs_int made = checked(original_.table.CreateBuffer(device, layout, host, settings));
    const std::size_t size = detail::bytesOf(layout);
    memory_.add(made, {device, size, layout.rank});
    // Such plugins leave what was in the memory before.
    if (host || !size || (settings & NXS_BufferSettings_OnDevice) != 0) return made;
    try {
      fillAll(made, std::string_view("\0", 1));
    } catch (const Refused &) {
      giveBack(made);
      throw;
    }
    return made;
  }

  void getProperty(nxs_int buffer, nxs_uint property, void *value, std::size_t *size) {
    const Lock lock(original_.mutex);
    const Memory &known = find(buffer);
    const bool asks = original_.has(NF_nxsGetBufferProperty);
    if (property == NP_Shape && known.rank == 0 && asks) {
      // An empty list, which looks like a property that the plugin does not know.
      answer("", value, size);
    } else if (asks) {
      answer(valueOf(property,
                     [&](void *memory, std::size_t *length) {
                       return original_.table.GetBufferProperty(buffer, property, memory, length);
                     }),
             value, size);
    } else if (property == NP_Size || property == NP_Keys) {
      const nxs_long numbers[] = {NP_Size, NP_Keys};
      const auto bytes = static_cast<nxs_long>(known.size);
      const void *const raw = property == NP_Size ? &bytes : numbers;
      answer({static_cast<const char *>(raw), property == NP_Size ? sizeof bytes : sizeof numbers},
             value, size);
    } else {
      throw Refused{NXS_InvalidProperty, "the plugin has no properties of such objects"};
    }
  }

  void copy(nxs_int buffer, void *host, nxs_uint direction) {
    {
      const Lock lock(original_.mutex);
      const Memory &known = find(buffer);
      if (direction > NXS_BufferHostToDevice) {
        throw Refused{NXS_InvalidValue, std::to_string(direction) + " is no direction of copies"};
      }
      if (known.size == 0) return;
      if (!host) throw Refused{NXS_InvalidHostPtr, "the pointer to the host is NULL"};
      if (direction == NXS_BufferHostToDevice) requireWritable(known.device);
    }
    checked(original_.table.CopyBuffer(buffer, host, direction));
  }

  void fill(nxs_int buffer, const void *pattern, nxs_uint size) {
    const Lock lock(original_.mutex);
    const Memory &known = find(buffer);
    if (!pattern) throw Refused{NXS_InvalidArgValue, "the pointer to the pattern is NULL"};
    if (size == 0 || known.size % size) {
      throw Refused{NXS_InvalidArgSize, "a pattern of " + std::to_string(size) +
                                            " bytes does not fill a buffer of " +
                                            std::to_string(known.size) + " bytes"};
    }
    if (known.size) fillAll(buffer, {static_cast<const char *>(pattern), size});
  }

  void release(nxs_int buffer) {
    const Lock lock(original_.mutex);
    Memory &known = find(buffer);
    known.released = true;
    if (!original_.has(NF_nxsReleaseBuffer)) throw Refused{kAbsent, ""};
    if (known.leases == 0) giveBack(buffer);
  }

  /** Returns a buffer that is not released. */
  Memory &find(nxs_int buffer) {
    Memory &known = memory_.get(buffer, NXS_InvalidBuffer);
    if (!known.released) return known;
    throw Refused{NXS_InvalidBuffer, "the buffer " + std::to_string(buffer) + " has been released"};
  }

  /** Keeps a buffer for a command. */
  void lease(nxs_int buffer) { ++find(buffer).leases; }

  /** Ends a lease, and releases the buffer with the last one if its owner has released it. */
  void endLease(nxs_int buffer) {
    Memory &known = *memory_.find(buffer);
    const bool last = --known.leases == 0;
    if (last && known.released && original_.has(NF_nxsReleaseBuffer)) giveBack(buffer);
  }

 private:
  void giveBack(nxs_int buffer) {
    memory_.erase(buffer);
    original_.table.ReleaseBuffer(buffer);
  }

  /** Returns the shortest bytes that a pattern repeats. */
  static std::string_view shortest(std::string_view pattern) {
    for (std::size_t length = 1; length < pattern.size(); ++length) {
      if (pattern.size() % length) continue;
      // It repeats with this length if it equals itself shifted by that.
      if (pattern.substr(length) == pattern.substr(0, pattern.size() - length)) {
        return pattern.substr(0, length);
      }
    }
    return pattern;
  }

  /** Fills a buffer that is not empty. Such plugins ignore most sizes of patterns. */
  void fillAll(nxs_int buffer, std::string_view pattern) {
    const Memory &known = *memory_.find(buffer);
    std::string bytes(shortest(pattern));
    const bool usual = bytes.size() == 1 || bytes.size() == 2 || bytes.size() == 4;
    if (usual && original_.has(NF_nxsFillBuffer)) {
      const auto length = static_cast<nxs_uint>(bytes.size());
      checked(original_.table.FillBuffer(buffer, bytes.data(), length));
      return;
    }
    requireWritable(known.device);
    std::string all;
    all.reserve(known.size);
    while (all.size() < known.size) all += bytes;
    checked(original_.table.CopyBuffer(buffer, all.data(), NXS_BufferHostToDevice));
  }

  /** Refuses if copies to the device's buffers do not arrive there. */
  void requireWritable(nxs_int device) {
    const std::string *const known = unwritable_.find(device);
    const std::string &reason = known ? *known : unwritable_.add(device, tryToWrite(device));
    if (!reason.empty()) throw Refused{NXS_InvalidOperation, reason};
  }

  /** Writes a few bytes and reads them back: some plugins always copy to the host. */
  std::string tryToWrite(nxs_int device) {
    requireRoom(memory_.size(), "buffers");
    std::string before(8, '\x11');
    std::string sent(8, '\x22');
    std::string read(8, '\x33');
    nxs_buffer_layout layout{};
    layout.rank = 1;
    layout.dim[0] = before.size();
    const detail::FunctionTable &table = original_.table;
    const nxs_int made = checked(table.CreateBuffer(device, layout, before.data(), 0));
    const nxs_int to = table.CopyBuffer(made, sent.data(), NXS_BufferHostToDevice);
    const nxs_int from = table.CopyBuffer(made, read.data(), NXS_BufferDeviceToHost);
    if (original_.has(NF_nxsReleaseBuffer)) table.ReleaseBuffer(made);
    checked(to);
    if (sent != std::string(8, '\x22')) {
      return "the plugin ignores the direction of a copy: it would overwrite the host's memory "
             "instead of the buffer; give a buffer its contents when it is created";
    }
    checked(from);
    if (read != sent) return "what is copied to a buffer of the plugin does not arrive there";
    return "";
  }

  Original &original_;
  Objects<Memory> memory_;
  /** For each device why the host cannot write to its buffers; empty where it can. */
  Objects<std::string> unwritable_;
};

}  // namespace nexus::field

#endif  // NEXUS_FIELD_BUFFERS_HPP
