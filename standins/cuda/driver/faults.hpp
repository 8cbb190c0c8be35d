// What tests ask for: how the driver is, and what it fails at.
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

// Counts the call, and returns the error that it is to end with, or 0.
int count_call(const char *function);
long calls_of(const char *function);

// The nth call from now on of that function, and as many after it as times tells, end with result.
void fail_call(const char *function, long nth, int result, long times);
// The nth kernel from now on breaks its context.
void fail_kernel(long nth, int result);
// The error that the kernel which starts now is to end with, or 0.
int count_kernel();
// How long every operation of a stream takes at least.
void delay_streams(long microseconds);
long stream_delay();
// Lets so much time pass for what is measured from now on.
void pass_time(long seconds);
long passed_time();
void clear_faults();

// Why the last kernel stopped, or the last module was refused.
void tell(const std::string &text);
std::string last_words();

}  // namespace standin
