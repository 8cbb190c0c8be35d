// The classes that a backend implements: the backend itself, and its devices.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>
#include <nexus-sdk/objects/library.hpp>
#include <nexus-sdk/objects/stream.hpp>

#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace nexus::sdk {

// Lives as long as the process. Several threads may call its functions at once.
class Device {
 public:
  virtual ~Device() = default;

  virtual Property property(nxs_property id) const = 0;

  // The nxs_library_settings that its libraries support; Library::configure receives them.
  virtual nxs_uint library_settings() const { return 0; }
  virtual Ref<Buffer> create_buffer(const Buffer::Request &request) = 0;
  // `image` is a compiled image or source text; it is valid during the call only.
  virtual Ref<Library> create_library(std::span<const std::byte> image) = 0;
  // `path` is the path of a readable regular file.
  virtual Ref<Library> create_library_from_file(const std::string &path) = 0;
  virtual Ref<Stream> create_stream(nxs_uint settings) = 0;
  // The stream for runs that name none. Created at the first call.
  Stream &default_stream() {
    std::call_once(default_stream_made_, [this] { default_stream_ = create_stream(0); });
    return *default_stream_;
  }

 private:
  std::once_flag default_stream_made_;
  Ref<Stream> default_stream_;
};

class Backend {
 public:
  virtual ~Backend() = default;
  // Creates the devices, in the order of their index. Called at the first use of the plugin, and
  // again at the next if it throws.
  virtual std::vector<std::unique_ptr<Device>> create_devices() = 0;
  virtual Property property(nxs_property id) const = 0;
};

}  // namespace nexus::sdk
