// Launches, runs and copies allocate no memory, from their second call on.
#include "device.hpp"

#include <array>
#include <new>

namespace {

long allocations = 0;

template <class Call>
long allocationsOf(const Call &call) {
  call();
  const long before = allocations;
  for (int i = 0; i < 100; ++i) call();
  return allocations - before;
}

}  // namespace

[[gnu::noinline]] void *operator new(std::size_t size) {
  ++allocations;
  if (void *const memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void *memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

CASE(nothing_is_allocated) {
  const nexus::Kernel scale = kernel("scale");
  const nexus::Buffer x = ones();
  const nexus::Stream stream = cpu().createStream();
  const nexus::Schedule schedule = cpu().createSchedule();
  schedule.createCommand(scale, {8, 32}, x, 1);
  std::array<float, 32> host{};
  EXPECT(allocationsOf([&] { scale({8, 32}, x, 1); }) == 0);
  EXPECT(allocationsOf([&] { scale(nexus::Launch(8, nexus::groups(4)).on(stream), x, 1.0); }) == 0);
  EXPECT(allocationsOf([&] { schedule.run(); }) == 0);
  EXPECT(allocationsOf([&] { schedule.run(stream); }) == 0);
  EXPECT(allocationsOf([&] { x.copyTo(host); }) == 0);
  EXPECT(allocationsOf([&] { x.copyFrom(host); }) == 0);
  EXPECT(allocationsOf([&] { x.fill(1); }) == 0);
  EXPECT(allocationsOf([&] { x.get<NP_Size>(); }) == 0);
  EXPECT(allocationsOf([&] { x.getProperty<int>("Size"); }) == 0);
  EXPECT(allocationsOf([&] { nexus::Buffer copy = x; }) == 0);
  // That something is counted at all.
  EXPECT(allocationsOf([&] { cpu().createBuffer(16); }) > 0);
}

int main(int count, char **names) { return runCases(count, names); }
