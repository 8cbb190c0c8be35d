// A device: what a backend supplies for each, and the backend itself.
#pragma once

#include <nexus-sdk/objects/buffer.hpp>
#include <nexus-sdk/objects/event.hpp>
#include <nexus-sdk/objects/library.hpp>
#include <nexus-sdk/objects/schedule.hpp>

#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace nexus::sdk {

// Lives as long as the process. Its functions are called by several threads at a time.
class Device {
 public:
  virtual ~Device() = default;

  virtual Property property(nxs_property id) const = 0;

  virtual Ref<Buffer> create_buffer(const Buffer::Request &request) = 0;
  // `image` is a compiled image or source text; it is not needed after the call.
  virtual Ref<Library> create_library(std::span<const std::byte> image) = 0;
  // `path` is that of a regular file that can be read.
  virtual Ref<Library> create_library_from_file(const std::string &path) = 0;
  virtual Ref<Event> create_event(nxs_event_type type) = 0;
  virtual Ref<Stream> create_stream(nxs_uint settings) = 0;
  // Takes note of work that is done, where a backend learns that only by asking. Called before a
  // schedule, command or stream tells of its work.
  virtual void poll() const {}

  // The stream for runs that name none.
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
  // The devices in order of their index. Asked once, at the first use of the plugin.
  virtual std::vector<std::unique_ptr<Device>> create_devices() = 0;
  virtual Property property(nxs_property id) const = 0;
};

}  // namespace nexus::sdk
