#include "host/host_load.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>

#include "host/host_info.hpp"
#if defined(__APPLE__)
#include <mach/mach.h>
#else
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "host/text_file.hpp"
#endif

namespace nexus::cpu {
namespace {

#if defined(__APPLE__)

std::optional<CoreTimes> read_core_times() {
  natural_t cores = 0;
  processor_info_array_t ticks = nullptr;
  mach_msg_type_number_t size = 0;
  const mach_port_t host = mach_host_self();
  const kern_return_t status =
      host_processor_info(host, PROCESSOR_CPU_LOAD_INFO, &cores, &ticks, &size);
  mach_port_deallocate(mach_task_self(), host);
  if (status != KERN_SUCCESS) return {};
  CoreTimes times;
  for (natural_t core = 0; core < cores; ++core)
    for (int state = 0; state < CPU_STATE_MAX; ++state) {
      // The counters are unsigned 32-bit numbers.
      const auto count = static_cast<std::uint32_t>(ticks[core * CPU_STATE_MAX + state]);
      times.all += count;
      if (state != CPU_STATE_IDLE) times.busy += count;
    }
  vm_deallocate(mach_task_self(), reinterpret_cast<vm_address_t>(ticks), size * sizeof(integer_t));
  return times;
}

std::optional<nxs_long> read_used_memory() {
  vm_statistics64_data_t pages{};
  mach_msg_type_number_t size = HOST_VM_INFO64_COUNT;
  const mach_port_t host = mach_host_self();
  vm_size_t page = 0;
  const bool known =
      host_page_size(host, &page) == KERN_SUCCESS &&
      host_statistics64(host, HOST_VM_INFO64, reinterpret_cast<host_info64_t>(&pages), &size) ==
          KERN_SUCCESS;
  mach_port_deallocate(mach_task_self(), host);
  if (!known) return {};
  // The rest is free, or caches files.
  const nxs_long used =
      nxs_long{pages.active_count} + pages.wire_count + pages.compressor_page_count;
  return used * static_cast<nxs_long>(page);
}

#else

std::optional<CoreTimes> read_core_times() {
  // The order is user, nice, system, idle, iowait, irq, softirq, steal; the two times of guests
  // that follow are part of the first two (proc_stat(5)).
  std::istringstream line(first_line("/proc/stat"));
  std::string name;
  line >> name;
  CoreTimes times;
  nxs_ulong ticks = 0;
  for (int state = 0; state < 8 && line >> ticks; ++state) {
    times.all += ticks;
    if (state != 3 && state != 4) times.busy += ticks;
  }
  if (name != "cpu" || times.all == 0) return {};
  return times;
}

std::optional<nxs_long> read_used_memory() {
  // Under a limit, all memory that counts against it is in use, except cached files.
  if (number_in(kMemoryLimit) == host_info().memory) {
    const nxs_long current = number_in("/sys/fs/cgroup/memory.current");
    std::ifstream parts("/sys/fs/cgroup/memory.stat");
    std::string name;
    nxs_long cached = 0;
    while (parts >> name >> cached && name != "inactive_file") {
    }
    if (current > 0) return current - (name == "inactive_file" ? cached : 0);
  }
  const auto bytes = [](const char *key) {
    return 1024 * std::strtoll(value_of("/proc/meminfo", key).c_str(), nullptr, 10);
  };
  const nxs_long all = bytes("MemTotal"), available = bytes("MemAvailable");
  if (all <= 0) return {};
  return all - available;
}

#endif

using Clock = std::chrono::steady_clock;
constexpr auto kShortest = std::chrono::milliseconds(100);

// The last reading, shared by all threads.
struct Load {
  std::mutex mutex;
  std::optional<CoreTimes> before;
  Clock::time_point when;
  nxs_long answer = -1;
};

Load &load() {
  static Load *const load = new Load;
  return *load;
}

}  // namespace

nxs_long busy_percent(const CoreTimes &before, const CoreTimes &after) {
  // Counters of idle time can go back a little.
  if (after.all <= before.all) return -1;
  const nxs_ulong busy = after.busy > before.busy ? after.busy - before.busy : 0;
  return std::min<nxs_long>(static_cast<nxs_long>(100 * busy / (after.all - before.all)), 100);
}

void start_core_utilization() {
  const std::lock_guard lock(load().mutex);
  if (load().before) return;
  load().before = read_core_times();
  load().when = Clock::now();
}

nxs_long core_utilization() {
  start_core_utilization();
  Load &state = load();
  const std::lock_guard lock(state.mutex);
  if (!state.before) return -1;
  const auto now = Clock::now();
  if (now - state.when < kShortest && state.answer >= 0) return state.answer;
  const auto after = read_core_times();
  const nxs_long busy = after ? busy_percent(*state.before, *after) : -1;
  // No tick has passed since the start, so the machine counts as idle.
  if (busy < 0) return std::max<nxs_long>(state.answer, 0);
  state.before = after;
  state.when = now;
  return state.answer = busy;
}

nxs_long memory_utilization() {
  const auto used = read_used_memory();
  const nxs_long all = host_info().memory;
  if (!used || all <= 0) return -1;
  return std::clamp<nxs_long>(100 * *used / all, 0, 100);
}

}  // namespace nexus::cpu
