// What the device tells of itself: the numbers of an H100 (SXM5).
#pragma once

#include "api/api.hpp"

namespace standin {

inline constexpr int kMajor = 9, kMinor = 0;
inline constexpr int kSharedPerBlock = 49152, kSharedPerBlockOptin = 232448;
inline constexpr int kSharedPerMultiprocessor = 233472, kReservedShared = 1024;
inline constexpr int kThreadsPerMultiprocessor = 2048, kBlocksPerMultiprocessor = 32;
inline constexpr int kRegisters = 65536;
inline constexpr unsigned kMostBlock[] = {1024, 1024, 64};
inline constexpr unsigned kMostGrid[] = {2147483647, 65535, 65535};
inline constexpr unsigned kMostThreads = 1024;

// Zero for what the device has not; fails for what is no attribute.
int device_attribute(CUdevice_attribute attribute, CUdevice device);

}  // namespace standin
