// The functions of OpenCL that its plugin calls, and the layer that tests put under it, declared
// here so that both build without OpenCL's headers. tests/drivers/opencl_declarations.cpp compares
// each with those.
#pragma once

#include <cstddef>
#include <cstdint>

// OpenCL's own names of structures, so that its handles are the same types here.
// NOLINTBEGIN(bugprone-reserved-identifier,bugprone-macro-parentheses)
#define NEXUS_OPENCL_HANDLE(NAME, STRUCT) \
  struct STRUCT;                          \
  namespace nexus::sdk::cl {              \
  using NAME = STRUCT *;                  \
  }
NEXUS_OPENCL_HANDLE(Platform, _cl_platform_id)
NEXUS_OPENCL_HANDLE(Device, _cl_device_id)
NEXUS_OPENCL_HANDLE(Context, _cl_context)
NEXUS_OPENCL_HANDLE(Queue, _cl_command_queue)
NEXUS_OPENCL_HANDLE(Mem, _cl_mem)
NEXUS_OPENCL_HANDLE(Program, _cl_program)
NEXUS_OPENCL_HANDLE(Kernel, _cl_kernel)
NEXUS_OPENCL_HANDLE(Event, _cl_event)
#undef NEXUS_OPENCL_HANDLE
// NOLINTEND(bugprone-reserved-identifier,bugprone-macro-parentheses)

// X(result type, name, argument types), with the types of the namespace below. All are part of
// OpenCL 1.2 but the last four, which a loader of OpenCL 2.1 has for devices that do not.
#define NEXUS_OPENCL_FUNCTIONS(X)                                                                 \
  X(Int, clGetPlatformIDs, Uint, Platform *, Uint *)                                              \
  X(Int, clGetPlatformInfo, Platform, Uint, Size, void *, Size *)                                 \
  X(Int, clGetDeviceIDs, Platform, Ulong, Uint, Device *, Uint *)                                 \
  X(Int, clGetDeviceInfo, Device, Uint, Size, void *, Size *)                                     \
  X(Context, clCreateContext, const std::intptr_t *, Uint, const Device *, ContextNotify *,       \
    void *, Int *)                                                                                \
  X(Queue, clCreateCommandQueue, Context, Device, Ulong, Int *)                                   \
  X(Int, clReleaseCommandQueue, Queue)                                                            \
  X(Mem, clCreateBuffer, Context, Ulong, Size, void *, Int *)                                     \
  X(Int, clReleaseMemObject, Mem)                                                                 \
  X(Int, clEnqueueReadBuffer, Queue, Mem, Uint, Size, Size, void *, Uint, const Event *, Event *) \
  X(Int, clEnqueueWriteBuffer, Queue, Mem, Uint, Size, Size, const void *, Uint, const Event *,   \
    Event *)                                                                                      \
  X(Int, clEnqueueFillBuffer, Queue, Mem, const void *, Size, Size, Size, Uint, const Event *,    \
    Event *)                                                                                      \
  X(Int, clEnqueueCopyBuffer, Queue, Mem, Mem, Size, Size, Size, Uint, const Event *, Event *)    \
  X(Program, clCreateProgramWithSource, Context, Uint, const char **, const Size *, Int *)        \
  X(Program, clCreateProgramWithBinary, Context, Uint, const Device *, const Size *,              \
    const unsigned char **, Int *, Int *)                                                         \
  X(Int, clBuildProgram, Program, Uint, const Device *, const char *, BuildNotify *, void *)      \
  X(Int, clGetProgramInfo, Program, Uint, Size, void *, Size *)                                   \
  X(Int, clGetProgramBuildInfo, Program, Device, Uint, Size, void *, Size *)                      \
  X(Int, clReleaseProgram, Program)                                                               \
  X(Kernel, clCreateKernel, Program, const char *, Int *)                                         \
  X(Int, clReleaseKernel, Kernel)                                                                 \
  X(Int, clGetKernelInfo, Kernel, Uint, Size, void *, Size *)                                     \
  X(Int, clGetKernelArgInfo, Kernel, Uint, Uint, Size, void *, Size *)                            \
  X(Int, clGetKernelWorkGroupInfo, Kernel, Device, Uint, Size, void *, Size *)                    \
  X(Int, clSetKernelArg, Kernel, Uint, Size, const void *)                                        \
  X(Int, clEnqueueNDRangeKernel, Queue, Kernel, Uint, const Size *, const Size *, const Size *,   \
    Uint, const Event *, Event *)                                                                 \
  X(Int, clEnqueueMarkerWithWaitList, Queue, Uint, const Event *, Event *)                        \
  X(Int, clEnqueueBarrierWithWaitList, Queue, Uint, const Event *, Event *)                       \
  X(Int, clFlush, Queue)                                                                          \
  X(Int, clFinish, Queue)                                                                         \
  X(Int, clWaitForEvents, Uint, const Event *)                                                    \
  X(Int, clGetEventInfo, Event, Uint, Size, void *, Size *)                                       \
  X(Int, clGetEventProfilingInfo, Event, Uint, Size, void *, Size *)                              \
  X(Int, clReleaseEvent, Event)                                                                   \
  X(void *, clSVMAlloc, Context, Ulong, Size, Uint)                                               \
  X(void, clSVMFree, Context, void *)                                                             \
  X(Int, clSetKernelArgSVMPointer, Kernel, Uint, const void *)                                    \
  X(Int, clEnqueueSVMMemcpy, Queue, Uint, void *, const void *, Size, Uint, const Event *,        \
    Event *)                                                                                      \
  X(Program, clCreateProgramWithIL, Context, const void *, Size, Int *)

// X(name, OpenCL's name, value)
#define NEXUS_OPENCL_CONSTANTS(X)                                          \
  X(kSuccess, CL_SUCCESS, 0)                                               \
  X(kDeviceNotFound, CL_DEVICE_NOT_FOUND, -1)                              \
  X(kAllocationFailure, CL_MEM_OBJECT_ALLOCATION_FAILURE, -4)              \
  X(kInvalidValue, CL_INVALID_VALUE, -30)                                  \
  X(kInvalidBufferSize, CL_INVALID_BUFFER_SIZE, -61)                       \
  X(kNoPlatforms, CL_PLATFORM_NOT_FOUND_KHR, -1001)                        \
  X(kTrue, CL_TRUE, 1)                                                     \
  X(kComplete, CL_COMPLETE, 0)                                             \
  X(kPlatformVersion, CL_PLATFORM_VERSION, 0x0901)                         \
  X(kPlatformName, CL_PLATFORM_NAME, 0x0902)                               \
  X(kTypeGpu, CL_DEVICE_TYPE_GPU, 4)                                       \
  X(kTypeCpu, CL_DEVICE_TYPE_CPU, 2)                                       \
  X(kTypeAll, CL_DEVICE_TYPE_ALL, 0xFFFFFFFF)                              \
  X(kDeviceType, CL_DEVICE_TYPE, 0x1000)                                   \
  X(kVendorId, CL_DEVICE_VENDOR_ID, 0x1001)                                \
  X(kComputeUnits, CL_DEVICE_MAX_COMPUTE_UNITS, 0x1002)                    \
  X(kMaxGroupSize, CL_DEVICE_MAX_WORK_GROUP_SIZE, 0x1004)                  \
  X(kMaxItemSizes, CL_DEVICE_MAX_WORK_ITEM_SIZES, 0x1005)                  \
  X(kClock, CL_DEVICE_MAX_CLOCK_FREQUENCY, 0x100C)                         \
  X(kAddressBits, CL_DEVICE_ADDRESS_BITS, 0x100D)                          \
  X(kMaxAllocation, CL_DEVICE_MAX_MEM_ALLOC_SIZE, 0x1010)                  \
  X(kGlobalMemory, CL_DEVICE_GLOBAL_MEM_SIZE, 0x101F)                      \
  X(kConstantMemory, CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, 0x1020)           \
  X(kLocalMemory, CL_DEVICE_LOCAL_MEM_SIZE, 0x1023)                        \
  X(kDeviceName, CL_DEVICE_NAME, 0x102B)                                   \
  X(kDeviceVendor, CL_DEVICE_VENDOR, 0x102C)                               \
  X(kDriverVersion, CL_DRIVER_VERSION, 0x102D)                             \
  X(kDeviceVersion, CL_DEVICE_VERSION, 0x102F)                             \
  X(kExtensions, CL_DEVICE_EXTENSIONS, 0x1030)                             \
  X(kDoubleConfig, CL_DEVICE_DOUBLE_FP_CONFIG, 0x1032)                     \
  X(kHalfConfig, CL_DEVICE_HALF_FP_CONFIG, 0x1033)                         \
  X(kHostUnified, CL_DEVICE_HOST_UNIFIED_MEMORY, 0x1035)                   \
  X(kLanguageVersion, CL_DEVICE_OPENCL_C_VERSION, 0x103D)                  \
  X(kSvmCapabilities, CL_DEVICE_SVM_CAPABILITIES, 0x1053)                  \
  X(kIlVersion, CL_DEVICE_IL_VERSION, 0x105B)                              \
  X(kDeviceUuid, CL_DEVICE_UUID_KHR, 0x106A)                               \
  X(kNvidiaMajor, CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV, 0x4000)           \
  X(kNvidiaMinor, CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV, 0x4001)           \
  X(kNvidiaWarp, CL_DEVICE_WARP_SIZE_NV, 0x4003)                           \
  X(kAmdTopology, CL_DEVICE_TOPOLOGY_AMD, 0x4037)                          \
  X(kAmdBoard, CL_DEVICE_BOARD_NAME_AMD, 0x4038)                           \
  X(kAmdWavefront, CL_DEVICE_WAVEFRONT_WIDTH_AMD, 0x4043)                  \
  X(kIntelIpVersion, CL_DEVICE_IP_VERSION_INTEL, 0x4250)                   \
  X(kIntelSlices, CL_DEVICE_NUM_SLICES_INTEL, 0x4252)                      \
  X(kIntelSubSlices, CL_DEVICE_NUM_SUB_SLICES_PER_SLICE_INTEL, 0x4253)     \
  X(kPciBusInfo, CL_DEVICE_PCI_BUS_INFO_KHR, 0x410F)                       \
  X(kSvmFineGrainBuffer, CL_DEVICE_SVM_FINE_GRAIN_BUFFER, 2)               \
  X(kSvmFineGrainSystem, CL_DEVICE_SVM_FINE_GRAIN_SYSTEM, 4)               \
  X(kQueueProfiling, CL_QUEUE_PROFILING_ENABLE, 2)                         \
  X(kMemReadWrite, CL_MEM_READ_WRITE, 1)                                   \
  X(kMemUseHostPointer, CL_MEM_USE_HOST_PTR, 8)                            \
  X(kMemAllocHostPointer, CL_MEM_ALLOC_HOST_PTR, 16)                       \
  X(kMemFineGrain, CL_MEM_SVM_FINE_GRAIN_BUFFER, 1024)                     \
  X(kProgramBinarySizes, CL_PROGRAM_BINARY_SIZES, 0x1165)                  \
  X(kProgramBinaries, CL_PROGRAM_BINARIES, 0x1166)                         \
  X(kProgramKernelNames, CL_PROGRAM_KERNEL_NAMES, 0x1168)                  \
  X(kBuildLog, CL_PROGRAM_BUILD_LOG, 0x1183)                               \
  X(kKernelArguments, CL_KERNEL_NUM_ARGS, 0x1191)                          \
  X(kArgSpace, CL_KERNEL_ARG_ADDRESS_QUALIFIER, 0x1196)                    \
  X(kArgTypeName, CL_KERNEL_ARG_TYPE_NAME, 0x1198)                         \
  X(kArgTypeQualifier, CL_KERNEL_ARG_TYPE_QUALIFIER, 0x1199)               \
  X(kArgName, CL_KERNEL_ARG_NAME, 0x119A)                                  \
  X(kSpaceLocal, CL_KERNEL_ARG_ADDRESS_LOCAL, 0x119C)                      \
  X(kSpaceConstant, CL_KERNEL_ARG_ADDRESS_CONSTANT, 0x119D)                \
  X(kSpacePrivate, CL_KERNEL_ARG_ADDRESS_PRIVATE, 0x119E)                  \
  X(kTypeConst, CL_KERNEL_ARG_TYPE_CONST, 1)                               \
  X(kKernelGroupSize, CL_KERNEL_WORK_GROUP_SIZE, 0x11B0)                   \
  X(kKernelOnlyGroup, CL_KERNEL_COMPILE_WORK_GROUP_SIZE, 0x11B1)           \
  X(kKernelLocalMemory, CL_KERNEL_LOCAL_MEM_SIZE, 0x11B2)                  \
  X(kKernelMultiple, CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, 0x11B3) \
  X(kEventStatus, CL_EVENT_COMMAND_EXECUTION_STATUS, 0x11D3)               \
  X(kProfilingQueued, CL_PROFILING_COMMAND_QUEUED, 0x1280)                 \
  X(kProfilingStart, CL_PROFILING_COMMAND_START, 0x1282)                   \
  X(kProfilingEnd, CL_PROFILING_COMMAND_END, 0x1283)

namespace nexus::sdk::cl {

using Int = std::int32_t;
using Uint = std::uint32_t;
using Ulong = std::uint64_t;
using Size = std::size_t;
using ContextNotify = void(const char *, const void *, Size, void *);
using BuildNotify = void(Program, void *);

struct Functions {
#define NEXUS_OPENCL_FUNCTION(RETURN, NAME, ...) RETURN (*NAME)(__VA_ARGS__) = nullptr;
  NEXUS_OPENCL_FUNCTIONS(NEXUS_OPENCL_FUNCTION)
#undef NEXUS_OPENCL_FUNCTION
};

#define NEXUS_OPENCL_CONSTANT(NAME, THEIRS, VALUE) inline constexpr auto NAME = VALUE;
NEXUS_OPENCL_CONSTANTS(NEXUS_OPENCL_CONSTANT)
#undef NEXUS_OPENCL_CONSTANT

// As cl_device_pci_bus_info_khr.
struct PciBusInfo {
  Uint domain, bus, device, function;
};

// As cl_device_topology_amd; the type is 1 for PCI Express.
struct AmdTopology {
  Uint type;
  char unused[17];
  unsigned char bus, device, function;
};

}  // namespace nexus::sdk::cl
