// Two streams that wait for each other: one doubles, the other adds, in turns, without the host.
#include <nexus/nexus.hpp>

#include <cstdio>
#include <vector>

int main() {
  const char *const source = R"(
    #include <nexus-api/nxs_kernel.h>
    NXS_KERNEL(scale, NXS_OUT(float, x), NXS_SCALAR(float, factor)) {
      NXS_ITEMS { x[NXS_GLOBAL_ID(0)] *= factor; }
    }
    NXS_KERNEL(shift, NXS_OUT(float, x), NXS_SCALAR(float, amount)) {
      NXS_ITEMS { x[NXS_GLOBAL_ID(0)] += amount; }
    })";
  constexpr int kItems = 4096, kRounds = 8;
  constexpr unsigned kPerRun = NXS_EventCommandSettings_PerRun;
  constexpr unsigned kNonBlocking = NXS_ExecutionSettings_NonBlocking;
  try {
    const nexus::Device device = nexus::getRuntimes()[0].getDevice(0);
    const nexus::Library library = device.compile(source);
    const nexus::Buffer x = device.createBuffer(std::vector<float>(kItems, 1.0f));
    const nexus::Stream one = device.createStream(), other = device.createStream();
    // Each counts the rounds that its stream has finished.
    const nexus::Event doubled = device.createEvent(), added = device.createEvent();

    const nexus::Schedule twice = device.createSchedule();
    twice.createCommand(library.getKernel("scale"), {256, kItems}, x, 2);
    twice.createSignalCommand(doubled, 1, kPerRun);
    twice.createWaitCommand(added, 1, kPerRun);

    const nexus::Schedule plus = device.createSchedule();
    plus.createWaitCommand(doubled, 1, kPerRun);
    plus.createCommand(library.getKernel("shift"), {256, kItems}, x, 1);
    plus.createSignalCommand(added, 1, kPerRun);

    for (int round = 0; round < kRounds; ++round) {
      twice.run(one, kNonBlocking);
      plus.run(other, kNonBlocking);
    }
    other.synchronize();

    float expected = 1;
    for (int round = 0; round < kRounds; ++round) expected = 2 * expected + 1;
    const bool right = x.to<float>() == std::vector<float>(kItems, expected);
    std::printf("%d rounds on two streams of %s: %s\n", kRounds, device.name().c_str(),
                right ? "right" : "wrong");
    return right ? 0 : 1;
  } catch (const nexus::Error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
