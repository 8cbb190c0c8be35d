// Eight threads use objects together, and close them under each other. Under ThreadSanitizer.
#include "device.hpp"

#include <atomic>
#include <thread>
#include <vector>

template <class Work>
static void inThreads(const Work &work) {
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 8; ++number) {
    threads.emplace_back([&, number] {
      try {
        for (int round = 0; round < 50; ++round) work(number, round);
      } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        ++failures;
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  EXPECT(failures == 0);
}

CASE(runtimes_are_loaded_together) {
  inThreads([](int, int) { EXPECT(nexus::getRuntime("cpu").getDevices().size() == 1); });
}

CASE(one_kernel_is_launched_by_all) {
  const nexus::Kernel scale = kernel("scale");
  inThreads([&](int, int) {
    const nexus::Buffer x = ones();
    scale({8, 32}, x, 3);
    EXPECT(all(x, 3.0f));
  });
}

CASE(objects_are_shared_and_end_together) {
  const nexus::Library shared = library();
  const nexus::Event event = cpu().createEvent();
  inThreads([&](int number, int round) {
    const nexus::Library copy = shared;
    const nexus::Kernel scale = copy.getKernel("scale");
    const nexus::Buffer x = ones();
    const nexus::Stream stream = cpu().createStream();
    const nexus::Schedule schedule = cpu().createSchedule();
    schedule.createCommand(scale, {8, 32}, x, 2);
    schedule.createSignalCommand(event, round);
    schedule.run(stream, NXS_ExecutionSettings_NonBlocking);
    event.wait(round);
    stream.synchronize();
    EXPECT(number >= 0 && all(x, 2.0f) && event.value() >= round);
  });
}

CASE(one_object_is_closed_by_all) {
  for (int round = 0; round < 20; ++round) {
    nexus::Buffer x = ones();
    inThreads([&](int number, int) {
      nexus::Buffer copy = x;
      if (number == 0) copy.close();
      try {
        EXPECT(copy.to<float>().size() == 32);
      } catch (const nexus::InvalidHandleError &error) {
        EXPECT(error.status() == NXS_InvalidBuffer);
      }
    });
  }
}

CASE(the_log_is_changed_while_it_is_written) {
  std::atomic<int> count{0};
  inThreads([&](int number, int) {
    if (number == 0) {
      nexus::setLog(nexus::LogLevel::debug, [&](nexus::LogLevel, std::string_view) { ++count; });
    }
    nexus::detail::log(nexus::LogLevel::error, [] { return std::string("a message"); });
  });
  nexus::setLog(nexus::LogLevel::off);
  EXPECT(count > 0);
}

int main(int count, char **names) { return runCases(count, names); }
