/**
 * @file runtime.hpp
 * Runtimes: a plugin at work, with its devices.
 */
#ifndef NEXUS_RUNTIME_HPP
#define NEXUS_RUNTIME_HPP

#include <nexus/detail/same_device.hpp>
#include <nexus/device.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace nexus {

namespace detail {

/** A runtime's devices refer to it in turn; runtimes live as long as the process. */
struct RuntimeState : State {
  using State::State;
  std::vector<Device> devices;
};

}  // namespace detail

/** A plugin at work: its name and its devices. */
class Runtime : public Object {
 public:
  Runtime() = default;

  /** The short name, such as "cpu". */
  const std::string &name() const { return plugin().name; }

  /** The plugin's file. */
  const std::string &path() const { return plugin().path; }

  /** Where the file was found: "NEXUS_PLUGIN_PATH" or "bundled". */
  const std::string &origin() const { return plugin().origin; }

  /** The packed version of the plugin ABI that the plugin was compiled against. */
  nxs_uint apiVersion() const { return plugin().version; }

  /** Whether the plugin has a function, such as NF_nxsLaunch. */
  bool has(nxs_function function) const { return plugin().exports[function]; }

  /** What the plugin reports, such as why it has no devices; may be empty. */
  std::string message() const { return findProperty<std::string>(NP_Message).value_or(""); }

  /** Returns its devices, in the plugin's order. */
  const std::vector<Device> &getDevices() const {
    return static_cast<const detail::RuntimeState &>(state()).devices;
  }

  /** Returns one device. Throws NotFoundError, with what the plugin reports, if there is none. */
  Device getDevice(std::size_t index = 0) const {
    const std::vector<Device> &devices = getDevices();
    if (index < devices.size()) return devices[index];
    const std::string said = message();
    const std::string count = devices.empty()       ? "no devices"
                              : devices.size() == 1 ? "1 device"
                                                    : std::to_string(devices.size()) + " devices";
    throw NotFoundError("device index " + std::to_string(index) + " is out of range: runtime " +
                            detail::quoted(name()) + " has " + count +
                            (said.empty() ? "" : ": " + said),
                        NXS_DeviceNotFound);
  }

 private:
  friend struct detail::Access;
  explicit Runtime(detail::Reference<detail::State> state) : Object(std::move(state)) {}
};

namespace detail {

/** Returns the runtime of a plugin, without its devices, and how many there are. */
inline std::pair<Runtime, nxs_long> openRuntime(Plugin &plugin) {
  auto made = make<RuntimeState>(kRuntime, plugin, Reference<State>());
  made->id = 0;
  Runtime runtime = Access::wrap<Runtime>(std::move(made));
  plugin.name = runtime.get<NP_Name>();
  const nxs_long count = runtime.get<NP_Size>();
  return {std::move(runtime), count};
}

/** Gives a runtime its devices; from then on it lives as long as the process. */
inline void addDevices(const Runtime &runtime, nxs_long count) {
  auto &state = static_cast<RuntimeState &>(Access::state(runtime));
  for (nxs_long index = 0; index < count; ++index) {
    auto device = make<State>(kDevice, state.plugin, Access::shared(runtime));
    device->id = static_cast<nxs_int>(index);
    state.devices.push_back(Access::wrap<Device>(std::move(device)));
  }
}

/** Returns how many devices of a device's runtime have an identifier; those that fail have none. */
inline std::ptrdiff_t countNamed(const State &device, const std::string &identifier) {
  const auto &devices = static_cast<const RuntimeState &>(*device.parent).devices;
  return std::count_if(devices.begin(), devices.end(), [&](const Device &each) {
    try {
      return isIn(identifiers(Access::state(each)), identifier);
    } catch (const Error &) {
      // What uses that device reports what is wrong with it.
      return false;
    }
  });
}

}  // namespace detail

inline bool Device::sameDeviceAs(const Device &other) const {
  if (&plugin() == &other.plugin()) return *this == other;
  const std::vector<std::string> ours = detail::identifiers(state());
  const std::vector<std::string> theirs = detail::identifiers(other.state());
  // What several devices of a runtime have in common, as the slices of a GPU have its address,
  // tells which GPU it is and not which of these devices.
  return std::any_of(ours.begin(), ours.end(), [&](const std::string &each) {
    return detail::isIn(theirs, each) && detail::countNamed(state(), each) == 1 &&
           detail::countNamed(other.state(), each) == 1;
  });
}

}  // namespace nexus

#endif  // NEXUS_RUNTIME_HPP
