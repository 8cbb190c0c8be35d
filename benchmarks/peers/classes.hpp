// Thin classes over a plugin, which pybind11.cpp and nanobind.cpp offer to Python.
#pragma once

#include <dlfcn.h>
#include <nexus-api.h>

#include <stdexcept>
#include <string>

struct Plugin {
  explicit Plugin(const std::string &path) {
    void *const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(dlerror());
#define NEXUS_API_FUNC(RETURN, NAME, ...) \
  NAME = reinterpret_cast<nxs##NAME##_fn>(dlsym(library, "nxs" #NAME));
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
  }

  template <class Result>
  Result check(Result result) const {
    if (result >= 0) return result;
    char text[1024] = "";
    size_t size = sizeof text;
    GetLastErrorMessage(text, &size);
    throw std::runtime_error(text);
  }

#define NEXUS_API_FUNC(RETURN, NAME, ...) nxs##NAME##_fn NAME;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
};

class Buffer {
 public:
  Buffer(const Plugin &plugin, int handle) : plugin_(plugin), handle_(handle) {}
  Buffer(Buffer &&other) noexcept : plugin_(other.plugin_), handle_(other.handle_) {
    other.handle_ = -1;
  }
  ~Buffer() { close(); }

  void close() {
    if (handle_ >= 0) plugin_.ReleaseBuffer(handle_);
    handle_ = -1;
  }

 private:
  const Plugin &plugin_;
  int handle_;
};

class Device {
 public:
  Device(const std::string &path, int index) : plugin_(path), index_(index) {}

  const Plugin &plugin() const { return plugin_; }

  nxs_long get_property_int(nxs_uint property) const {
    nxs_long value = 0;
    size_t size = sizeof value;
    plugin_.check(plugin_.GetDeviceProperty(index_, property, &value, &size));
    return value;
  }

  Buffer create_buffer(size_t size) const {
    nxs_buffer_layout layout{};
    layout.rank = 1;
    layout.dim[0] = size;
    return {plugin_, plugin_.check(plugin_.CreateBuffer(index_, layout, nullptr, 0))};
  }

 private:
  Plugin plugin_;
  int index_;
};

class Schedule {
 public:
  Schedule(const Device &device, int handle) : plugin_(device.plugin()), handle_(handle) {}

  void run() const { plugin_.check(plugin_.RunSchedule(handle_, -1, 0)); }

 private:
  const Plugin &plugin_;
  int handle_;
};
