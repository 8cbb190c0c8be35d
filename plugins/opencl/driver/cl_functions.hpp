// The functions of OpenCL that the plugin calls, declared here so that it builds without OpenCL's
// headers. tests/drivers/opencl_declarations.cpp compares each with those.
//
// X(result type, name, argument types)
#pragma once

#include <cstddef>
#include <cstdint>

// OpenCL's own names, so that its handles are the same types here.
// NOLINTBEGIN(bugprone-reserved-identifier)
struct _cl_platform_id;
struct _cl_device_id;
struct _cl_context;
struct _cl_command_queue;
struct _cl_mem;
struct _cl_program;
struct _cl_kernel;
struct _cl_event;
struct _cl_command_buffer_khr;
struct _cl_mutable_command_khr;
// NOLINTEND(bugprone-reserved-identifier)

namespace nexus::opencl::cl {

using Int = std::int32_t;
using Uint = std::uint32_t;
using Ulong = std::uint64_t;
using Size = std::size_t;
using Platform = _cl_platform_id *;
using Device = _cl_device_id *;
using Context = _cl_context *;
using Queue = _cl_command_queue *;
using Mem = _cl_mem *;
using Program = _cl_program *;
using Kernel = _cl_kernel *;
using Event = _cl_event *;
using CommandBuffer = _cl_command_buffer_khr *;
using MutableCommand = _cl_mutable_command_khr *;
using ContextNotify = void(const char *, const void *, Size, void *);
using BuildNotify = void(Program, void *);

}  // namespace nexus::opencl::cl

// Required functions: all are part of OpenCL 1.2.
#define NEXUS_OPENCL_FUNCTIONS(X)                                                                  \
  X(cl::Int, clGetPlatformIDs, cl::Uint, cl::Platform *, cl::Uint *)                               \
  X(cl::Int, clGetPlatformInfo, cl::Platform, cl::Uint, cl::Size, void *, cl::Size *)              \
  X(cl::Int, clGetDeviceIDs, cl::Platform, cl::Ulong, cl::Uint, cl::Device *, cl::Uint *)          \
  X(cl::Int, clGetDeviceInfo, cl::Device, cl::Uint, cl::Size, void *, cl::Size *)                  \
  X(cl::Context, clCreateContext, const std::intptr_t *, cl::Uint, const cl::Device *,             \
    cl::ContextNotify *, void *, cl::Int *)                                                        \
  X(cl::Queue, clCreateCommandQueue, cl::Context, cl::Device, cl::Ulong, cl::Int *)                \
  X(cl::Int, clReleaseCommandQueue, cl::Queue)                                                     \
  X(cl::Mem, clCreateBuffer, cl::Context, cl::Ulong, cl::Size, void *, cl::Int *)                  \
  X(cl::Int, clReleaseMemObject, cl::Mem)                                                          \
  X(cl::Int, clEnqueueReadBuffer, cl::Queue, cl::Mem, cl::Uint, cl::Size, cl::Size, void *,        \
    cl::Uint, const cl::Event *, cl::Event *)                                                      \
  X(cl::Int, clEnqueueWriteBuffer, cl::Queue, cl::Mem, cl::Uint, cl::Size, cl::Size, const void *, \
    cl::Uint, const cl::Event *, cl::Event *)                                                      \
  X(cl::Int, clEnqueueFillBuffer, cl::Queue, cl::Mem, const void *, cl::Size, cl::Size, cl::Size,  \
    cl::Uint, const cl::Event *, cl::Event *)                                                      \
  X(cl::Int, clEnqueueCopyBuffer, cl::Queue, cl::Mem, cl::Mem, cl::Size, cl::Size, cl::Size,       \
    cl::Uint, const cl::Event *, cl::Event *)                                                      \
  X(cl::Program, clCreateProgramWithSource, cl::Context, cl::Uint, const char **,                  \
    const cl::Size *, cl::Int *)                                                                   \
  X(cl::Program, clCreateProgramWithBinary, cl::Context, cl::Uint, const cl::Device *,             \
    const cl::Size *, const unsigned char **, cl::Int *, cl::Int *)                                \
  X(cl::Int, clBuildProgram, cl::Program, cl::Uint, const cl::Device *, const char *,              \
    cl::BuildNotify *, void *)                                                                     \
  X(cl::Int, clGetProgramInfo, cl::Program, cl::Uint, cl::Size, void *, cl::Size *)                \
  X(cl::Int, clGetProgramBuildInfo, cl::Program, cl::Device, cl::Uint, cl::Size, void *,           \
    cl::Size *)                                                                                    \
  X(cl::Int, clReleaseProgram, cl::Program)                                                        \
  X(cl::Kernel, clCreateKernel, cl::Program, const char *, cl::Int *)                              \
  X(cl::Int, clReleaseKernel, cl::Kernel)                                                          \
  X(cl::Int, clGetKernelInfo, cl::Kernel, cl::Uint, cl::Size, void *, cl::Size *)                  \
  X(cl::Int, clGetKernelArgInfo, cl::Kernel, cl::Uint, cl::Uint, cl::Size, void *, cl::Size *)     \
  X(cl::Int, clGetKernelWorkGroupInfo, cl::Kernel, cl::Device, cl::Uint, cl::Size, void *,         \
    cl::Size *)                                                                                    \
  X(cl::Int, clSetKernelArg, cl::Kernel, cl::Uint, cl::Size, const void *)                         \
  X(cl::Int, clEnqueueNDRangeKernel, cl::Queue, cl::Kernel, cl::Uint, const cl::Size *,            \
    const cl::Size *, const cl::Size *, cl::Uint, const cl::Event *, cl::Event *)                  \
  X(cl::Int, clEnqueueMarkerWithWaitList, cl::Queue, cl::Uint, const cl::Event *, cl::Event *)     \
  X(cl::Int, clEnqueueBarrierWithWaitList, cl::Queue, cl::Uint, const cl::Event *, cl::Event *)    \
  X(cl::Int, clFlush, cl::Queue)                                                                   \
  X(cl::Int, clFinish, cl::Queue)                                                                  \
  X(cl::Int, clWaitForEvents, cl::Uint, const cl::Event *)                                         \
  X(cl::Int, clGetEventInfo, cl::Event, cl::Uint, cl::Size, void *, cl::Size *)                    \
  X(cl::Int, clGetEventProfilingInfo, cl::Event, cl::Uint, cl::Size, void *, cl::Size *)           \
  X(cl::Int, clReleaseEvent, cl::Event)                                                            \
  X(void *, clGetExtensionFunctionAddressForPlatform, cl::Platform, const char *)

// Functions of OpenCL 2.0 and later. A loader may have them for devices that do not.
#define NEXUS_OPENCL_OPTIONAL_FUNCTIONS(X)                                              \
  X(void *, clSVMAlloc, cl::Context, cl::Ulong, cl::Size, cl::Uint)                     \
  X(void, clSVMFree, cl::Context, void *)                                               \
  X(cl::Int, clSetKernelArgSVMPointer, cl::Kernel, cl::Uint, const void *)              \
  X(cl::Program, clCreateProgramWithIL, cl::Context, const void *, cl::Size, cl::Int *) \
  X(cl::Int, clGetDeviceAndHostTimer, cl::Device, cl::Ulong *, cl::Ulong *)

// Functions of extensions, which the loader looks up for each platform.
#define NEXUS_OPENCL_EXTENSION_FUNCTIONS(X)                                                      \
  X(cl::Program, clCreateProgramWithILKHR, cl::Context, const void *, cl::Size, cl::Int *)       \
  X(cl::CommandBuffer, clCreateCommandBufferKHR, cl::Uint, const cl::Queue *, const cl::Ulong *, \
    cl::Int *)                                                                                   \
  X(cl::Int, clFinalizeCommandBufferKHR, cl::CommandBuffer)                                      \
  X(cl::Int, clReleaseCommandBufferKHR, cl::CommandBuffer)                                       \
  X(cl::Int, clEnqueueCommandBufferKHR, cl::Uint, cl::Queue *, cl::CommandBuffer, cl::Uint,      \
    const cl::Event *, cl::Event *)                                                              \
  X(cl::Int, clCommandNDRangeKernelKHR, cl::CommandBuffer, cl::Queue, const cl::Ulong *,         \
    cl::Kernel, cl::Uint, const cl::Size *, const cl::Size *, const cl::Size *, cl::Uint,        \
    const cl::Uint *, cl::Uint *, cl::MutableCommand *)

// X(name, OpenCL's name, value)
#define NEXUS_OPENCL_CONSTANTS(X)                                                  \
  X(kSuccess, CL_SUCCESS, 0)                                                       \
  X(kDeviceNotFound, CL_DEVICE_NOT_FOUND, -1)                                      \
  X(kDeviceNotAvailable, CL_DEVICE_NOT_AVAILABLE, -2)                              \
  X(kAllocationFailure, CL_MEM_OBJECT_ALLOCATION_FAILURE, -4)                      \
  X(kBuildFailure, CL_BUILD_PROGRAM_FAILURE, -11)                                  \
  X(kArgInfoNotAvailable, CL_KERNEL_ARG_INFO_NOT_AVAILABLE, -19)                   \
  X(kInvalidValue, CL_INVALID_VALUE, -30)                                          \
  X(kInvalidKernelName, CL_INVALID_KERNEL_NAME, -46)                               \
  X(kInvalidBufferSize, CL_INVALID_BUFFER_SIZE, -61)                               \
  X(kNoPlatforms, CL_PLATFORM_NOT_FOUND_KHR, -1001)                                \
  X(kFalse, CL_FALSE, 0)                                                           \
  X(kTrue, CL_TRUE, 1)                                                             \
  X(kComplete, CL_COMPLETE, 0)                                                     \
  X(kPlatformVersion, CL_PLATFORM_VERSION, 0x0901)                                 \
  X(kPlatformName, CL_PLATFORM_NAME, 0x0902)                                       \
  X(kTypeGpu, CL_DEVICE_TYPE_GPU, 4)                                               \
  X(kTypeCpu, CL_DEVICE_TYPE_CPU, 2)                                               \
  X(kTypeAll, CL_DEVICE_TYPE_ALL, 0xFFFFFFFF)                                      \
  X(kDeviceType, CL_DEVICE_TYPE, 0x1000)                                           \
  X(kVendorId, CL_DEVICE_VENDOR_ID, 0x1001)                                        \
  X(kComputeUnits, CL_DEVICE_MAX_COMPUTE_UNITS, 0x1002)                            \
  X(kMaxGroupSize, CL_DEVICE_MAX_WORK_GROUP_SIZE, 0x1004)                          \
  X(kMaxItemSizes, CL_DEVICE_MAX_WORK_ITEM_SIZES, 0x1005)                          \
  X(kClock, CL_DEVICE_MAX_CLOCK_FREQUENCY, 0x100C)                                 \
  X(kAddressBits, CL_DEVICE_ADDRESS_BITS, 0x100D)                                  \
  X(kMaxAllocation, CL_DEVICE_MAX_MEM_ALLOC_SIZE, 0x1010)                          \
  X(kCacheSize, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, 0x101E)                           \
  X(kGlobalMemory, CL_DEVICE_GLOBAL_MEM_SIZE, 0x101F)                              \
  X(kConstantMemory, CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, 0x1020)                   \
  X(kLocalMemory, CL_DEVICE_LOCAL_MEM_SIZE, 0x1023)                                \
  X(kAvailable, CL_DEVICE_AVAILABLE, 0x1027)                                       \
  X(kCompilerAvailable, CL_DEVICE_COMPILER_AVAILABLE, 0x1028)                      \
  X(kDeviceName, CL_DEVICE_NAME, 0x102B)                                           \
  X(kDeviceVendor, CL_DEVICE_VENDOR, 0x102C)                                       \
  X(kDriverVersion, CL_DRIVER_VERSION, 0x102D)                                     \
  X(kDeviceVersion, CL_DEVICE_VERSION, 0x102F)                                     \
  X(kExtensions, CL_DEVICE_EXTENSIONS, 0x1030)                                     \
  X(kDoubleConfig, CL_DEVICE_DOUBLE_FP_CONFIG, 0x1032)                             \
  X(kHostUnified, CL_DEVICE_HOST_UNIFIED_MEMORY, 0x1035)                           \
  X(kLanguageVersion, CL_DEVICE_OPENCL_C_VERSION, 0x103D)                          \
  X(kSvmCapabilities, CL_DEVICE_SVM_CAPABILITIES, 0x1053)                          \
  X(kIlVersion, CL_DEVICE_IL_VERSION, 0x105B)                                      \
  X(kDeviceUuid, CL_DEVICE_UUID_KHR, 0x106A)                                       \
  X(kCommandBufferCapabilities, CL_DEVICE_COMMAND_BUFFER_CAPABILITIES_KHR, 0x12A9) \
  X(kNvidiaMajor, CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV, 0x4000)                   \
  X(kNvidiaMinor, CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV, 0x4001)                   \
  X(kNvidiaWarp, CL_DEVICE_WARP_SIZE_NV, 0x4003)                                   \
  X(kAmdTopology, CL_DEVICE_TOPOLOGY_AMD, 0x4037)                                  \
  X(kAmdBoard, CL_DEVICE_BOARD_NAME_AMD, 0x4038)                                   \
  X(kAmdWavefront, CL_DEVICE_WAVEFRONT_WIDTH_AMD, 0x4043)                          \
  X(kIntelIpVersion, CL_DEVICE_IP_VERSION_INTEL, 0x4250)                           \
  X(kIntelSlices, CL_DEVICE_NUM_SLICES_INTEL, 0x4252)                              \
  X(kIntelSubSlices, CL_DEVICE_NUM_SUB_SLICES_PER_SLICE_INTEL, 0x4253)             \
  X(kPciBusInfo, CL_DEVICE_PCI_BUS_INFO_KHR, 0x410F)                               \
  X(kSvmFineGrainBuffer, CL_DEVICE_SVM_FINE_GRAIN_BUFFER, 2)                       \
  X(kSvmFineGrainSystem, CL_DEVICE_SVM_FINE_GRAIN_SYSTEM, 4)                       \
  X(kQueueProfiling, CL_QUEUE_PROFILING_ENABLE, 2)                                 \
  X(kMemReadWrite, CL_MEM_READ_WRITE, 1)                                           \
  X(kMemUseHostPointer, CL_MEM_USE_HOST_PTR, 8)                                    \
  X(kMemAllocHostPointer, CL_MEM_ALLOC_HOST_PTR, 16)                               \
  X(kMemFineGrain, CL_MEM_SVM_FINE_GRAIN_BUFFER, 1024)                             \
  X(kProgramBinarySizes, CL_PROGRAM_BINARY_SIZES, 0x1165)                          \
  X(kProgramBinaries, CL_PROGRAM_BINARIES, 0x1166)                                 \
  X(kProgramKernelNames, CL_PROGRAM_KERNEL_NAMES, 0x1168)                          \
  X(kBuildLog, CL_PROGRAM_BUILD_LOG, 0x1183)                                       \
  X(kKernelArguments, CL_KERNEL_NUM_ARGS, 0x1191)                                  \
  X(kArgSpace, CL_KERNEL_ARG_ADDRESS_QUALIFIER, 0x1196)                            \
  X(kArgTypeName, CL_KERNEL_ARG_TYPE_NAME, 0x1198)                                 \
  X(kArgTypeQualifier, CL_KERNEL_ARG_TYPE_QUALIFIER, 0x1199)                       \
  X(kArgName, CL_KERNEL_ARG_NAME, 0x119A)                                          \
  X(kSpaceGlobal, CL_KERNEL_ARG_ADDRESS_GLOBAL, 0x119B)                            \
  X(kSpaceLocal, CL_KERNEL_ARG_ADDRESS_LOCAL, 0x119C)                              \
  X(kSpaceConstant, CL_KERNEL_ARG_ADDRESS_CONSTANT, 0x119D)                        \
  X(kSpacePrivate, CL_KERNEL_ARG_ADDRESS_PRIVATE, 0x119E)                          \
  X(kTypeConst, CL_KERNEL_ARG_TYPE_CONST, 1)                                       \
  X(kKernelGroupSize, CL_KERNEL_WORK_GROUP_SIZE, 0x11B0)                           \
  X(kKernelOnlyGroup, CL_KERNEL_COMPILE_WORK_GROUP_SIZE, 0x11B1)                   \
  X(kKernelLocalMemory, CL_KERNEL_LOCAL_MEM_SIZE, 0x11B2)                          \
  X(kKernelMultiple, CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, 0x11B3)         \
  X(kEventStatus, CL_EVENT_COMMAND_EXECUTION_STATUS, 0x11D3)                       \
  X(kProfilingQueued, CL_PROFILING_COMMAND_QUEUED, 0x1280)                         \
  X(kProfilingStart, CL_PROFILING_COMMAND_START, 0x1282)                           \
  X(kProfilingEnd, CL_PROFILING_COMMAND_END, 0x1283)                               \
  X(kCommandBufferFlags, CL_COMMAND_BUFFER_FLAGS_KHR, 0x1293)                      \
  X(kSimultaneousUse, CL_COMMAND_BUFFER_SIMULTANEOUS_USE_KHR, 1)                   \
  X(kCanUseSimultaneously, CL_COMMAND_BUFFER_CAPABILITY_SIMULTANEOUS_USE_KHR, 4)

namespace nexus::opencl::cl {

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

}  // namespace nexus::opencl::cl
