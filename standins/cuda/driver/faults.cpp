#include "faults.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>

namespace standin {
namespace {

struct Fault {
  long first, last;  // calls
  int result;
};

struct State {
  std::mutex mutex;
  // Looked up by C string: counting a call allocates nothing, since allocation may be what fails.
  std::map<std::string, long, std::less<>> calls;
  std::multimap<std::string, Fault, std::less<>> faults;
  long kernels = 0, failing_kernel = 0;
  int kernel_result = 0;
  std::atomic<long> delay{0}, passed{0};
  std::string last_words;
};

// Never destroyed: threads of streams may still run at exit.
State &state() {
  static State *const made = new State;
  return *made;
}

[[noreturn]] void refuse(const std::string &option) {
  std::fprintf(stderr, "CUDA_STANDIN: \"%s\" is not known\n", option.c_str());
  std::abort();
}

void set_option(Options &options, const std::string &option) {
  const std::size_t equals = option.find('=');
  if (equals == option.npos) refuse(option);
  const std::string name = option.substr(0, equals), value = option.substr(equals + 1);
  if (name == "fail") {
    const std::size_t colon = value.find(':');
    long nth = 0;
    int result = 0;
    if (colon == value.npos || std::sscanf(value.c_str() + colon, ":%ld:%d", &nth, &result) != 2)
      refuse(option);
    return fail_call(value.substr(0, colon).c_str(), nth, result, 1);
  }
  const long number = std::atol(value.c_str());
  if (name == "devices")
    options.devices = static_cast<int>(number);
  else if (name == "memory")
    options.memory = static_cast<std::size_t>(number);
  else if (name == "driver")
    options.driver = static_cast<int>(number);
  else if (name == "stream_memory_operations")
    options.stream_memory_operations = number;
  else if (name == "delay_us")
    delay_streams(number);
  else
    refuse(option);
}

Options read_environment() {
  Options read;
  if (const char *text = std::getenv("CUDA_STANDIN")) {
    std::istringstream stream{std::string(text)};
    for (std::string option; std::getline(stream, option, ',');)
      if (!option.empty()) set_option(read, option);
  }
  return read;
}

}  // namespace

const Options &options() {
  static const Options read = read_environment();
  return read;
}

int count_call(const char *function) {
  options();
  State &all = state();
  const std::lock_guard guard(all.mutex);
  const auto known = all.calls.find(function);
  const long call = known != all.calls.end() ? ++known->second : ++all.calls[function];
  const auto [begin, end] = all.faults.equal_range(function);
  for (auto fault = begin; fault != end; ++fault)
    if (call >= fault->second.first && call <= fault->second.last) return fault->second.result;
  return 0;
}

long calls_of(const char *function) {
  State &all = state();
  const std::lock_guard guard(all.mutex);
  const auto found = all.calls.find(function);
  return found == all.calls.end() ? 0 : found->second;
}

void fail_call(const char *function, long nth, int result, long times) {
  State &all = state();
  const std::lock_guard guard(all.mutex);
  const long first = all.calls[function] + nth;
  all.faults.insert({function, {first, first + times - 1, result}});
}

void fail_kernel(long nth, int result) {
  State &all = state();
  const std::lock_guard guard(all.mutex);
  all.failing_kernel = all.kernels + nth;
  all.kernel_result = result;
}

int count_kernel() {
  State &all = state();
  const std::lock_guard guard(all.mutex);
  return ++all.kernels == all.failing_kernel ? all.kernel_result : 0;
}

void delay_streams(long microseconds) { state().delay = microseconds; }
long stream_delay() { return state().delay; }

void pass_time(long seconds) { state().passed += seconds; }
long passed_time() { return state().passed; }

void clear_faults() {
  State &all = state();
  const std::lock_guard guard(all.mutex);
  all.faults.clear();
  all.failing_kernel = 0;
  all.delay = 0;
}

void tell(const std::string &text) {
  State &all = state();
  const std::lock_guard guard(all.mutex);
  all.last_words = text;
}

std::string last_words() {
  State &all = state();
  const std::lock_guard guard(all.mutex);
  return all.last_words;
}

}  // namespace standin
