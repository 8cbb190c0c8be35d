// What is known of every device: what its driver says, and its record in the device database.
#include <nexus/device_db.hpp>
#include <nexus/nexus.hpp>

#include <cstdio>
#include <string>

int main() {
  try {
    for (const nexus::Runtime &runtime : nexus::getRuntimes()) {
      for (const nexus::Device &device : runtime.getDevices()) {
        std::printf("%s of runtime %s\n", device.name().c_str(), runtime.name().c_str());
        const auto vendor = device.findProperty<std::string>(NP_Vendor);
        const auto type = device.getProperty<std::string>("Type");
        const auto architecture = device.findProperty<std::string>(NP_Architecture);
        std::printf("  vendor %s, type %s, architecture %s\n", vendor.value_or("?").c_str(),
                    type.c_str(), architecture.value_or("?").c_str());
        const nexus::Info info = device.getInfo();
        std::printf("  known from %s:", info.origin().c_str());
        for (const std::string &name : info.names()) std::printf(" %s", name.c_str());
        std::printf("\n");
      }
    }
    for (const nexus::Refusal &refusal : nexus::getRuntimes().refused)
      std::printf("%s is not used: %s\n", refusal.path.c_str(), refusal.reason.c_str());

    // A record needs no device.
    const nexus::Info volta = nexus::lookupDeviceInfo("Volta");
    const auto size = volta.get<nxs_long>({"MemorySubsystem", "MemoryTypes", 1, "Size"});
    std::printf("%s has %lld bytes of L2\n", volta.get<std::string>("Name").c_str(),
                static_cast<long long>(size));
  } catch (const nexus::Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
