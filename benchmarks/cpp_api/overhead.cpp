// Calls through the C++ API beside the same calls through the plugin's own functions. Prints a JSON
// object for each: the name, and the samples of both in ns, taken in turns.
#include <nexus/nexus.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using nexus::detail::Access;

constexpr const char *kSource = R"(
#include <nexus-api/nxs_kernel.h>
NXS_KERNEL(put, NXS_OUT(float, x), NXS_SCALAR(float, value)) { NXS_ITEMS x[NXS_GLOBAL_ID(0)] = value; }
)";

double seconds = 1;

void require(nxs_int result) {
  if (result < 0) std::abort();
}

template <class Call>
double sample(int count, const Call &call) {
  const auto begin = Clock::now();
  for (int i = 0; i < count; ++i) call();
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / count;
}

void print(const char *name, const std::vector<double> &samples) {
  std::printf("\"%s\": [", name);
  for (std::size_t i = 0; i < samples.size(); ++i) std::printf("%s%g", i ? ", " : "", samples[i]);
  std::printf("]");
}

template <class Raw, class Ours>
void race(const char *name, const Raw &raw, const Ours &ours) {
  // Blocks of about 2 ms, as in the other benchmarks.
  int count = 1;
  while (sample(count, raw) * count < 1e6) count *= 2;
  sample(count, ours);
  std::vector<double> raws;
  std::vector<double> api;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (raws.size() < 5 || Clock::now() < end) {
    const bool swapped = raws.size() % 2 != 0;
    if (swapped) api.push_back(sample(count, ours));
    raws.push_back(sample(count, raw));
    if (!swapped) api.push_back(sample(count, ours));
  }
  std::printf("{\"name\": \"%s\", ", name);
  print("raw", raws);
  std::printf(", ");
  print("api", api);
  std::printf("}\n");
}

}  // namespace

int main(int count, char **arguments) {
  seconds = count > 1 ? std::atof(arguments[1]) : seconds;
  const nexus::Device device = nexus::getRuntime("cpu").getDevice(0);
  const nexus::Kernel put = device.compile(kSource).getKernel("put");
  const nexus::Buffer x = device.createBuffer<float>(32);
  const nexus::Schedule schedule = device.createSchedule();
  schedule.createCommand(put, {32, 32}, x, 2.0f);
  std::vector<float> host(32);

  const nexus::detail::FunctionTable &table = Access::state(device).plugin.table;
  const nxs_int buffer = x.handle();
  const nxs_int runs = schedule.handle();
  const nxs_int kernel = put.handle();
  volatile nxs_long sink = 0;

  race("schedule.run()", [&] { require(table.RunSchedule(runs, -1, 0)); }, [&] { schedule.run(); });
  race(
      "buffer.copyTo(range), 128 B", [&] { require(table.CopyBuffer(buffer, host.data(), 0)); },
      [&] { x.copyTo(host); });
  race(
      "buffer.get<NP_Size>()",
      [&] {
        nxs_long value = 0;
        std::size_t size = sizeof value;
        require(table.GetBufferProperty(buffer, NP_Size, &value, &size));
        sink = value;
      },
      [&] { sink = x.get<NP_Size>(); });
  race(
      "kernel({group, items}, buffer, number)",
      [&] {
        const float value = 2;
        const nxs_launch_argument all[] = {{nullptr, buffer, 0}, {&value, -1, NXS_DataType_F32}};
        const nxs_launch launch = {{1, 1, 1}, {32, 1, 1}, 0, 2, all};
        require(table.Launch(kernel, -1, &launch, 0));
      },
      [&] { put({32, 32}, x, 2.0f); });
  return 0;
}
