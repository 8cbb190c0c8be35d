// The toy device as a plugin: device 0 is polled, device 1 calls back. Its kernels are `increment`,
// which adds 1 to each int of a buffer, `fail`, which fails, and `spin`, which takes 20 ms.
#include <nexus-sdk/plugin.hpp>

#include "toy_queue.hpp"

namespace toy {

class ToyBuffer final : public Buffer {
 public:
  ToyBuffer(const Device &device, const Request &request) : Buffer(device, request) {
    data_.resize(size);
    if (request.host_ptr && size) write(request.host_ptr);
    Settings::instance().add("buffers", 1);
  }
  ~ToyBuffer() override { Settings::instance().add("buffers", -1); }

  void read(void *host) override { std::memcpy(host, data_.data(), size); }
  void write(const void *host) override { std::memcpy(data_.data(), host, size); }
  void fill(const void *pattern, std::size_t pattern_size) override {
    for (std::size_t at = 0; at < size; at += pattern_size)
      std::memcpy(&data_[at], pattern, pattern_size);
  }
  nxs_ulong address() const override { return reinterpret_cast<nxs_ulong>(data_.data()); }

 private:
  std::vector<std::byte> data_;
};

class ToyKernel final : public Kernel {
 public:
  ToyKernel(Ref<Library> library, const std::string &name)
      : Kernel(std::move(library), name,
               std::vector<Parameter>{{"x", Parameter::Kind::kOut, NXS_DataType_I32, 4}}) {}
  LaunchLimits launch_limits() const override { return {64, 0, 1u << 20}; }
};

void execute(const Launch &launch) {
  const std::string &name = launch.kernel->name;
  if (name == "fail") fail(NXS_InvalidProgramExecutable, "the kernel fails on request");
  if (name == "spin") std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const Buffer &x = *launch.arguments[0].buffer;
  for (std::size_t i = 0; i < x.size / sizeof(nxs_int); ++i)
    ++reinterpret_cast<nxs_int *>(x.address())[i];
}

class ToyLibrary final : public Library {
 public:
  using Library::Library;
  Ref<Kernel> find_kernel(const std::string &name) override {
    for (const auto &known : kernel_names())
      if (known == name) return make_ref<ToyKernel>(Ref<Library>(this), name);
    fail(NXS_InvalidKernelName, "there is no kernel '", name, "'");
  }
  std::vector<std::string> kernel_names() const override { return {"increment", "fail", "spin"}; }
  std::string location() const override { return {}; }
  std::string type() const override { return "toy"; }
};

class ToyDevice final : public Device {
 public:
  explicit ToyDevice(bool calls_back) : calls_back_(calls_back) {}
  Property property(nxs_property id) const override {
    return id == NP_Name ? Property(std::string(calls_back_ ? "calls back" : "polled"))
                         : Property();
  }
  Ref<Buffer> create_buffer(const Buffer::Request &request) override {
    return make_ref<ToyBuffer>(*this, request);
  }
  Ref<Library> create_library(std::span<const std::byte>) override {
    return make_ref<ToyLibrary>(*this);
  }
  Ref<Library> create_library_from_file(const std::string &) override {
    return make_ref<ToyLibrary>(*this);
  }
  Ref<Stream> create_stream(nxs_uint settings) override {
    return make_ref<DeferredStream>(*this, settings,
                                    std::make_unique<ToyQueue>(calls_back_, execute));
  }

 private:
  const bool calls_back_;
};

class ToyBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<ToyDevice>(false));
    devices.push_back(std::make_unique<ToyDevice>(true));
    return devices;
  }
  Property property(nxs_property id) const override {
    return id == NP_Name ? Property(std::string("toy")) : Property();
  }
};

}  // namespace toy

NEXUS_PLUGIN(toy::ToyBackend)

extern "C" __attribute__((visibility("default"))) void _toy_set(const char *name, long value) {
  toy::Settings::instance().set(name, value);
}
extern "C" __attribute__((visibility("default"))) long _toy_get(const char *name) {
  return toy::Settings::instance().get(name);
}
