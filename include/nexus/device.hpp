/**
 * @file device.hpp
 * Devices: they create all other objects.
 */
#ifndef NEXUS_DEVICE_HPP
#define NEXUS_DEVICE_HPP

#include <nexus/buffer.hpp>
#include <nexus/event.hpp>
#include <nexus/library.hpp>
#include <nexus/schedule.hpp>
#include <nexus/stream.hpp>

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nexus {

class Info;

/** A device of a runtime. */
class Device : public Object {
 public:
  Device() = default;

  /** The position among the runtime's devices, from 0. */
  std::size_t index() const { return static_cast<std::size_t>(state().handle()); }

  /** The product name. */
  std::string name() const { return get<NP_Name>(); }

  /** The kind of device, such as "cpu" or "gpu"; empty where it is unknown. */
  std::string type() const { return findProperty<std::string>(NP_Type).value_or(""); }

  /**
   * Returns all that is known of the device: its record in the device database, completed by what
   * its plugin reports. Needs nexus/device_db.hpp. Throws RecordError for a record that cannot be
   * used.
   */
  Info getInfo() const;

  /**
   * Whether another device is the same piece of hardware. A GPU can be a device of several
   * runtimes, such as CUDA and OpenCL; it is known by its property UUID, or by Location if that is
   * an address on the PCI bus. Two devices of one runtime are never the same: parts of a GPU are
   * devices of their own. Returns false also where it cannot be known, as for CPUs, which have
   * neither property.
   */
  bool sameDeviceAs(const Device &other) const;

  /**
   * Creates a buffer of zeros. settings, here and below: nxs_buffer_settings. Throws
   * OutOfMemoryError if there is not enough memory.
   */
  Buffer createBuffer(std::size_t bytes, nxs_uint settings = 0) const {
    return createBuffer(flat(NXS_DataType_Undefined, bytes), nullptr, settings);
  }

  /** Creates a buffer of so many elements, which are zero. */
  template <class T>
  Buffer createBuffer(std::size_t count, nxs_uint settings = 0) const {
    static_assert(std::is_trivially_copyable_v<T>, "elements have to be trivially copyable");
    return createBuffer(flatOf<T>(count), nullptr, settings);
  }

  /** Creates a buffer with the contents of a range, such as a std::vector or std::span. */
  template <class Range, detail::IfRange<const Range> = 0>
  Buffer createBuffer(const Range &contents, nxs_uint settings = 0) const {
    return createBuffer(flatOf<detail::ElementOf<const Range>>(std::size(contents)),
                        std::data(contents), settings);
  }
  template <class T>
  Buffer createBuffer(std::initializer_list<T> contents, nxs_uint settings = 0) const {
    return createBuffer(flatOf<T>(contents.size()), std::data(contents), settings);
  }

  /**
   * Creates a buffer of any layout, with contents of that size, or of zeros where they are null.
   * With NXS_BufferSettings_OnDevice, the contents are device memory to use, not to copy: the
   * caller keeps it until the buffer is released and the work that uses it is done.
   */
  Buffer createBuffer(const nxs_buffer_layout &layout, const void *contents,
                      nxs_uint settings = 0) const {
    auto made = detail::make<detail::BufferState>(detail::kBuffer, plugin(), shared());
    made->layout = layout;
    // The plugin only reads it.
    void *const memory = const_cast<void *>(contents);
    made->id = checked(NEXUS_CALL(plugin(), CreateBuffer, handle(), layout, memory, settings),
                       "nxsCreateBuffer", [&] {
                         return "a buffer of " + std::to_string(detail::bytesOf(layout)) +
                                " bytes on " + describe();
                       });
    made->size = detail::bytesOf(layout);
    return detail::Access::wrap<Buffer>(std::move(made));
  }

  /**
   * Compiles kernels from source text in the language of the device's plugin. settings:
   * nxs_library_settings. Throws LibraryError, whose log() is the compiler's output.
   */
  Library compile(std::string_view source, nxs_uint settings = 0) const {
    return library(source.data(), source.size(), settings, "a library from source text");
  }

  /** Loads kernels from the bytes of a compiled library or of source text. */
  template <class Range, detail::IfRange<const Range> = 0>
  Library loadImage(const Range &image, nxs_uint settings = 0) const {
    const std::size_t bytes = std::size(image) * sizeof(*std::data(image));
    return library(std::data(image), bytes, settings,
                   "a library of " + std::to_string(bytes) + " bytes");
  }

  /** Loads kernels from a file: a compiled library, or source that the plugin compiles. */
  Library loadLibrary(const std::string &path, nxs_uint settings = 0) const {
    auto made = newState(detail::kLibrary);
    return library(std::move(made), "nxsCreateLibraryFromFile", "library " + detail::quoted(path),
                   NEXUS_CALL(plugin(), CreateLibraryFromFile, handle(), path.c_str(), settings));
  }

  /** Creates a stream. settings: nxs_stream_settings. */
  Stream createStream(nxs_uint settings = 0) const {
    auto made = newState(detail::kStream);
    made->id = checked(NEXUS_CALL(plugin(), CreateStream, handle(), settings), "nxsCreateStream");
    return detail::Access::wrap<Stream>(std::move(made));
  }

  /** Creates an empty schedule. settings: nxs_execution_settings for all of its runs. */
  Schedule createSchedule(nxs_uint settings = 0) const {
    auto made = newState(detail::kSchedule);
    made->id =
        checked(NEXUS_CALL(plugin(), CreateSchedule, handle(), settings), "nxsCreateSchedule");
    return detail::Access::wrap<Schedule>(std::move(made));
  }

  /** Creates an event, a counter at 0. */
  Event createEvent(nxs_event_type type = NXS_EventType_Shared) const {
    auto made = newState(detail::kEvent);
    made->id = checked(NEXUS_CALL(plugin(), CreateEvent, handle(), type, 0), "nxsCreateEvent");
    return detail::Access::wrap<Event>(std::move(made));
  }

 private:
  friend struct detail::Access;
  explicit Device(detail::Reference<detail::State> state) : Object(std::move(state)) {}

  detail::Reference<detail::State> newState(const detail::Kind &kind) const {
    return detail::make<detail::State>(kind, plugin(), shared());
  }

  static nxs_buffer_layout flat(nxs_data_type type, std::size_t count) {
    nxs_buffer_layout layout{};
    layout.data_type = static_cast<nxs_uint>(type);
    layout.rank = 1;
    layout.dim[0] = count;
    return layout;
  }

  template <class T>
  nxs_buffer_layout flatOf(std::size_t count) const {
    constexpr nxs_data_type type = detail::dataTypeOf<T>;
    if (type != NXS_DataType_Undefined) return flat(type, count);
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) {
      throw ArgumentError("the size of a buffer of " + std::to_string(count) + " elements of " +
                              std::to_string(sizeof(T)) + " bytes overflows",
                          NXS_InvalidBufferSize, "nxsCreateBuffer");
    }
    return flat(type, count * sizeof(T));
  }

  Library library(const void *data, std::size_t bytes, nxs_uint settings,
                  const std::string &about) const {
    if (bytes > std::numeric_limits<nxs_uint>::max()) {
      throw LibraryError(about + " is larger than 4 GB", NXS_InvalidValue, "nxsCreateLibrary");
    }
    auto made = newState(detail::kLibrary);
    void *const memory = const_cast<void *>(data);
    return library(std::move(made), "nxsCreateLibrary", about,
                   NEXUS_CALL(plugin(), CreateLibrary, handle(), memory,
                              static_cast<nxs_uint>(bytes), settings));
  }

  Library library(detail::Reference<detail::State> made, const char *function,
                  const std::string &about, nxs_int result) const {
    if (result < 0) detail::fail<LibraryError>(state(), result, function, about);
    made->id = result;
    Library library = detail::Access::wrap<Library>(std::move(made));
    const std::string message = library.message();
    if (!message.empty()) {
      detail::log(LogLevel::warning, [&] { return about + ": " + message; });
    }
    return library;
  }
};

}  // namespace nexus

#endif  // NEXUS_DEVICE_HPP
