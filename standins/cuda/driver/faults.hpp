// Options of the driver, and the failures that tests request.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

namespace standin {

// From the environment variable CUDA_STANDIN: "devices=2,memory=1000000,fail=cuMemAlloc_v2:3:2".
struct Options {
  int devices = 1;
  std::size_t memory = std::size_t{1} << 30;  // bytes of each device
  int driver = 12090;                         // its version
  bool stream_memory_operations = true;
};
const Options &options();

// Counts a call, and returns the error that it must return, or 0.
int count_call(const char *function);
long calls_of(const char *function);

// Makes the nth call of a function from now on, and times - 1 after it, return result.
void fail_call(const char *function, long nth, int result, long times);
// Makes the nth kernel from now on break its context.
void fail_kernel(long nth, int result);
// Returns the error with which the kernel that starts now must end, or 0.
int count_kernel();
// The minimum duration of every operation in a stream.
void delay_streams(long microseconds);
long stream_delay();
// Advances the clock for later measurements.
void pass_time(long seconds);
long passed_time();
void clear_faults();

// Returns why the last kernel stopped or the last module was refused.
void tell(const std::string &text);
std::string last_words();

}  // namespace standin
