#include <nexus-sdk/host_stream.hpp>
#include <nexus-sdk/plugin.hpp>

using namespace nexus;

class HostBuffer final : public Buffer {
 public:
  HostBuffer(const Device &device, const Request &request) : Buffer(device, request) {
    if (request.wrap) fail(NXS_InvalidOperation, "this device wraps no memory");
    data_.resize(size);
    if (request.host_ptr && size) write(request.host_ptr);
  }
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

class Negate final : public Kernel {
 public:
  explicit Negate(Ref<Library> library)
      : Kernel(std::move(library), "negate",
               {{{"x", Parameter::Kind::kOut, NXS_DataType_F32, sizeof(float)}}}) {}
  LaunchLimits launch_limits() const override { return {256, 0, 1u << 30}; }
};

class TextLibrary final : public Library {
 public:
  using Library::Library;
  Ref<Kernel> find_kernel(const std::string &name) override {
    if (name != "negate") fail(NXS_InvalidKernelName, "there is only 'negate', not '", name, "'");
    return make_ref<Negate>(Ref<Library>(this));
  }
  std::vector<std::string> kernel_names() const override { return {"negate"}; }
  std::string location() const override { return {}; }
  std::string type() const override { return "text"; }
};

class HostDevice final : public Device, public Dispatcher {
 public:
  Property property(nxs_property id) const override {
    switch (id) {
      case NP_Name: return std::string("Negator");
      case NP_Type: return std::string("other");
      default: return {};
    }
  }
  Ref<Buffer> create_buffer(const Buffer::Request &request) override {
    return make_ref<HostBuffer>(*this, request);
  }
  Ref<Library> create_library(std::span<const std::byte> image) override {
    const std::string_view text(reinterpret_cast<const char *>(image.data()), image.size());
    if (!text.starts_with("negate")) fail(NXS_InvalidBinary, "the library is not 'negate'");
    return make_ref<TextLibrary>(*this);
  }
  Ref<Library> create_library_from_file(const std::string &path) override {
    fail(NXS_InvalidBinary, "cannot load '", path, "': libraries come from memory only");
  }
  Ref<Event> create_event(nxs_event_type type) override { return make_ref<HostEvent>(type); }
  Ref<Stream> create_stream(nxs_uint settings) override {
    return make_ref<HostStream>(*this, settings, *this);
  }
  void dispatch(const Command &command) override {
    const Buffer &x = *command.arguments[0].buffer;
    auto *const values = reinterpret_cast<float *>(x.address());
    const std::size_t items = command.group_items() * command.group_count();
    for (std::size_t i = 0; i < std::min(items, x.size / sizeof *values); ++i)
      values[i] = -values[i];
  }
};

class NegateBackend final : public Backend {
 public:
  std::vector<std::unique_ptr<Device>> create_devices() override {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<HostDevice>());
    return devices;
  }
  Property property(nxs_property id) const override {
    return id == NP_Name ? Property(std::string("negate")) : Property();
  }
};

NEXUS_PLUGIN(NegateBackend)
