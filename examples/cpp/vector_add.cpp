// Adds two vectors on the first device: discover, compile, move data, launch, read back.
#include <nexus/nexus.hpp>

#include <cstdio>
#include <vector>

int main() {
  const char *const source = R"(
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(vector_add, NXS_IN(float, a), NXS_IN(float, b), NXS_OUT(float, sum)) {
      NXS_ITEMS {
        const nxs_int i = NXS_GLOBAL_ID(0);
        sum[i] = a[i] + b[i];
      }
    })";
  try {
    const nexus::Device device = nexus::getRuntimes()[0].getDevice(0);
    const nexus::Kernel kernel = device.compile(source).getKernel("vector_add");

    const nexus::Buffer a = device.createBuffer(std::vector<float>(1024, 1.0f));
    const nexus::Buffer b = device.createBuffer(std::vector<float>(1024, 2.0f));
    const nexus::Buffer sum = device.createBuffer<float>(1024);

    // A schedule is built once, and runs as often as needed.
    const nexus::Schedule schedule = device.createSchedule();
    schedule.createCommand(kernel).set(0, a).set(1, b).set(2, sum).finalize(256, 1024);
    schedule.run();

    // A single launch needs none: groups of 256 items, 1024 items in all.
    kernel({256, 1024}, a, sum, sum);

    for (const float value : sum.to<float>()) {
      if (value != 4.0f) return std::printf("wrong: %g\n", static_cast<double>(value)), 1;
    }
    std::printf("1024 sums are right on %s\n", device.name().c_str());
  } catch (const nexus::Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
