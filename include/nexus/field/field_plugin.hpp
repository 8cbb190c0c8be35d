/**
 * @file field_plugin.hpp
 * The substitute for a plugin of the field: functions that keep the contract.
 */
#ifndef NEXUS_FIELD_FIELD_PLUGIN_HPP
#define NEXUS_FIELD_FIELD_PLUGIN_HPP

#include <nexus/field/work.hpp>

#include <exception>
#include <new>
#include <string>
#include <utility>

namespace nexus::field {

/** All functions of a plugin of the field, each with the care that it needs. */
class FieldPlugin final : public detail::Substitute {
 public:
  explicit FieldPlugin(const detail::Plugin &plugin) : original_(plugin) {}

  nxs_status GetRuntimeProperty(nxs_uint property, void *value, std::size_t *size) override {
    return done([&] {
      answer(valueOf(property,
                     [&](void *memory, std::size_t *length) {
                       return original_.table.GetRuntimeProperty(property, memory, length);
                     }),
             value, size);
    });
  }
  nxs_status GetDeviceProperty(nxs_int device, nxs_uint property, void *value,
                               std::size_t *size) override {
    return done([&] {
      answer(valueOf(property,
                     [&](void *memory, std::size_t *length) {
                       return original_.table.GetDeviceProperty(device, property, memory, length);
                     }),
             value, size);
    });
  }

  nxs_int CreateBuffer(nxs_int device, nxs_buffer_layout layout, void *host,
                       nxs_uint settings) override {
    return made([&] { return buffers_.create(device, layout, host, settings); });
  }
  nxs_status GetBufferProperty(nxs_int buffer, nxs_uint property, void *value,
                               std::size_t *size) override {
    return done([&] { buffers_.getProperty(buffer, property, value, size); });
  }
  nxs_status CopyBuffer(nxs_int buffer, void *host, nxs_uint direction) override {
    return done([&] { buffers_.copy(buffer, host, direction); });
  }
  nxs_status FillBuffer(nxs_int buffer, void *pattern, nxs_uint size) override {
    return done([&] { buffers_.fill(buffer, pattern, size); });
  }
  nxs_status ReleaseBuffer(nxs_int buffer) override {
    return done([&] { buffers_.release(buffer); });
  }

  nxs_int CreateLibrary(nxs_int device, void *data, nxs_uint size, nxs_uint settings) override {
    return made([&] { return libraries_.create(device, data, size, settings); });
  }
  nxs_int CreateLibraryFromFile(nxs_int device, const char *path, nxs_uint settings) override {
    return made([&] { return libraries_.createFromFile(device, path, settings); });
  }
  nxs_status GetLibraryProperty(nxs_int library, nxs_uint property, void *value,
                                std::size_t *size) override {
    return done([&] { libraries_.getLibraryProperty(library, property, value, size); });
  }
  nxs_status ReleaseLibrary(nxs_int library) override {
    return done([&] { libraries_.release(library); });
  }
  nxs_int GetKernel(nxs_int library, const char *name) override {
    return made([&] { return libraries_.getKernel(library, name); });
  }
  nxs_status GetKernelProperty(nxs_int kernel, nxs_uint property, void *value,
                               std::size_t *size) override {
    return done([&] { libraries_.getKernelProperty(kernel, property, value, size); });
  }
  // Kernels are shared by all that ask for one of a name, and end with the process.
  nxs_status ReleaseKernel(nxs_int) override { return static_cast<nxs_status>(kAbsent); }

  nxs_int CreateEvent(nxs_int device, nxs_event_type type, nxs_uint settings) override {
    return made([&] { return streams_.createEvent(device, type, settings); });
  }
  nxs_status GetEventProperty(nxs_int event, nxs_uint property, void *value,
                              std::size_t *size) override {
    return done([&] { streams_.getEventProperty(event, property, value, size); });
  }
  nxs_status SignalEvent(nxs_int event, nxs_int value) override {
    return done([&] { streams_.signal(event, value); });
  }
  nxs_status WaitEvent(nxs_int event, nxs_int value) override {
    return done([&] { streams_.wait(event, value); });
  }
  nxs_status WaitEventTimeout(nxs_int, nxs_int, nxs_ulong) override {
    return done([] { throw Refused{kAbsent, ""}; });
  }
  nxs_status ReleaseEvent(nxs_int event) override {
    return done([&] { streams_.releaseEvent(event); });
  }

  nxs_int CreateStream(nxs_int device, nxs_uint settings) override {
    return made([&] { return streams_.createStream(device, settings); });
  }
  nxs_status GetStreamProperty(nxs_int stream, nxs_uint property, void *value,
                               std::size_t *size) override {
    return done([&] { streams_.getStreamProperty(stream, property, value, size); });
  }
  nxs_status ReleaseStream(nxs_int stream) override {
    return done([&] { streams_.releaseStream(stream); });
  }

  nxs_int CreateSchedule(nxs_int device, nxs_uint settings) override {
    return made([&] { return work_.createSchedule(device, settings); });
  }
  nxs_status GetScheduleProperty(nxs_int schedule, nxs_uint property, void *value,
                                 std::size_t *size) override {
    return done([&] { work_.getScheduleProperty(schedule, property, value, size); });
  }
  nxs_status RunSchedule(nxs_int schedule, nxs_int stream, nxs_uint settings) override {
    return done([&] { work_.run(schedule, stream, settings); });
  }
  nxs_status ReleaseSchedule(nxs_int schedule) override {
    return done([&] { work_.releaseSchedule(schedule); });
  }

  nxs_int CreateCommand(nxs_int schedule, nxs_int kernel, nxs_uint settings) override {
    return made([&] { return work_.createCommand(schedule, kernel, settings); });
  }
  nxs_int CreateSignalCommand(nxs_int schedule, nxs_int event, nxs_int value,
                              nxs_uint settings) override {
    return made([&] {
      const bool can = original_.has(NF_nxsCreateSignalCommand);
      return work_.createEventCommand(schedule, event, can, [&](nxs_int own) {
        return original_.table.CreateSignalCommand(own, event, value, settings);
      });
    });
  }
  nxs_int CreateWaitCommand(nxs_int schedule, nxs_int event, nxs_int value,
                            nxs_uint settings) override {
    return made([&] {
      const bool can = original_.has(NF_nxsCreateWaitCommand);
      return work_.createEventCommand(schedule, event, can, [&](nxs_int own) {
        return original_.table.CreateWaitCommand(own, event, value, settings);
      });
    });
  }
  nxs_status GetCommandProperty(nxs_int command, nxs_uint property, void *value,
                                std::size_t *size) override {
    return done([&] { work_.getCommandProperty(command, property, value, size); });
  }
  nxs_status SetCommandArgument(nxs_int command, nxs_int index, nxs_int buffer, const char *,
                                nxs_uint) override {
    return done([&] { work_.setBuffer(command, index, buffer); });
  }
  nxs_status SetCommandScalar(nxs_int command, nxs_int index, void *value, const char *,
                              nxs_uint settings) override {
    return done([&] { work_.setScalar(command, index, value, settings); });
  }
  nxs_status FinalizeCommand(nxs_int command, nxs_dim3 grid, nxs_dim3 group,
                             nxs_uint sharedMemory) override {
    return done([&] { work_.finalize(command, grid, group, sharedMemory, &isCpu); });
  }
  // A command stays until its schedule is released.
  nxs_status ReleaseCommand(nxs_int) override { return static_cast<nxs_status>(kAbsent); }

  // The object that launches makes a schedule instead.
  nxs_status Launch(nxs_int, nxs_int, const nxs_launch *, nxs_uint) override {
    return static_cast<nxs_status>(kAbsent);
  }
  nxs_uint GetApiVersion() override { return nxs_uint{NXS_API_VERSION_MAJOR} << 16; }

  /** Answers why this thread's last call was refused; nothing where the plugin refused it. */
  nxs_status GetLastErrorMessage(void *value, std::size_t *size) override {
    try {
      const std::string text = note();
      answer({text.c_str(), text.size() + 1}, value, size);
      return NXS_Success;
    } catch (const Refused &refused) {
      return static_cast<nxs_status>(refused.status);
    }
  }

 private:
  static std::string &note() {
    static thread_local std::string text;
    return text;
  }

  /** Makes a call, and turns what it throws into a status and a note. */
  template <class Call>
  static nxs_int made(const Call &call) {
    try {
      note().clear();
      return call();
    } catch (const Refused &refused) {
      note() = refused.text;
      return refused.status;
    } catch (const std::bad_alloc &) {
      return NXS_OutOfHostMemory;
    } catch (const std::exception &error) {
      note() = error.what();
      return NXS_OutOfResources;
    }
  }
  template <class Call>
  static nxs_status done(const Call &call) {
    return static_cast<nxs_status>(made([&]() -> nxs_int {
      call();
      return NXS_Success;
    }));
  }

  static bool isCpu(const Original &original, nxs_int device) {
    try {
      return valueOf(NP_Type, [&](void *memory, std::size_t *length) {
               return original.table.GetDeviceProperty(device, NP_Type, memory, length);
             }) == std::string("cpu", 4);
    } catch (const Refused &) {
      // A plugin that does not tell is none of those with the limits of CPUs.
      return false;
    }
  }

  Original original_;
  Buffers buffers_{original_};
  Libraries libraries_{original_};
  Streams streams_{original_};
  Work work_{original_, buffers_, libraries_, streams_};
};

}  // namespace nexus::field

#endif  // NEXUS_FIELD_FIELD_PLUGIN_HPP
