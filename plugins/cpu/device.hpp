// The processor of this machine, as one device.
#pragma once

#include <nexus-sdk/objects/device.hpp>
#include <nexus-sdk/streams/host_stream.hpp>

namespace nexus::cpu {
using namespace sdk;

class CpuDevice final : public Device, public Dispatcher {
 public:
  CpuDevice();
  Property property(nxs_property id) const override;
  nxs_uint library_settings() const override { return NXS_LibrarySettings_GroupRange; }
  Ref<Buffer> create_buffer(const Buffer::Request &request) override;
  Ref<Library> create_library(std::span<const std::byte> image) override;
  Ref<Library> create_library_from_file(const std::string &path) override;
  Ref<Stream> create_stream(nxs_uint settings) override;
  void dispatch(const Launch &launch) override;
};

}  // namespace nexus::cpu
