// The functions and constants of drivers that the plugins call, declared here so that they build
// without the vendors' headers. tests/drivers/ compares each with the vendors' headers.
//
// NVIDIA's driver and AMD's HIP runtime have the same functions under other names, so a row has the
// name here, theirs, and the types of the arguments. Each returns a result. Handles are opaque, and
// addresses of devices are numbers, though HIP declares them as pointers.
#pragma once

#include <cstddef>

namespace nexus::gpu::native {

using Result = int;
using Device = int;
using Pointer = unsigned long long;
using Context = struct ContextState *;
using Stream = struct StreamState *;
using Event = struct EventState *;
using Module = struct ModuleState *;
using Function = struct FunctionState *;
using Graph = struct GraphState *;
using GraphExec = struct GraphExecState *;
struct Uuid {
  char bytes[16];
};

}  // namespace nexus::gpu::native

// Required functions, X(name, NVIDIA's, AMD's, argument types): a driver that lacks one is too old.
#define NEXUS_GPU_FUNCTIONS(X)                                                                     \
  X(init, cuInit, hipInit, unsigned)                                                               \
  X(driverGetVersion, cuDriverGetVersion, hipRuntimeGetVersion, int *)                             \
  X(deviceGetCount, cuDeviceGetCount, hipGetDeviceCount, int *)                                    \
  X(deviceGet, cuDeviceGet, hipDeviceGet, native::Device *, int)                                   \
  X(deviceGetName, cuDeviceGetName, hipDeviceGetName, char *, int, native::Device)                 \
  X(deviceGetUuid, cuDeviceGetUuid_v2, hipDeviceGetUuid, native::Uuid *, native::Device)           \
  X(deviceGetPCIBusId, cuDeviceGetPCIBusId, hipDeviceGetPCIBusId, char *, int, native::Device)     \
  X(deviceTotalMem, cuDeviceTotalMem_v2, hipDeviceTotalMem, std::size_t *, native::Device)         \
  X(deviceGetAttribute, cuDeviceGetAttribute, hipDeviceGetAttribute, int *, int, native::Device)   \
  X(memAlloc, cuMemAlloc_v2, hipMalloc, native::Pointer *, std::size_t)                            \
  X(memFree, cuMemFree_v2, hipFree, native::Pointer)                                               \
  X(memHostAlloc, cuMemHostAlloc, hipHostMalloc, void **, std::size_t, unsigned)                   \
  X(memFreeHost, cuMemFreeHost, hipHostFree, void *)                                               \
  X(memHostGetDevicePointer, cuMemHostGetDevicePointer_v2, hipHostGetDevicePointer,                \
    native::Pointer *, void *, unsigned)                                                           \
  X(memsetD8Async, cuMemsetD8Async, hipMemsetD8Async, native::Pointer, unsigned char, std::size_t, \
    native::Stream)                                                                                \
  X(memsetD16Async, cuMemsetD16Async, hipMemsetD16Async, native::Pointer, unsigned short,          \
    std::size_t, native::Stream)                                                                   \
  X(memsetD32Async, cuMemsetD32Async, hipMemsetD32Async, native::Pointer, unsigned, std::size_t,   \
    native::Stream)                                                                                \
  X(pointerGetAttribute, cuPointerGetAttribute, hipPointerGetAttribute, void *, int,               \
    native::Pointer)                                                                               \
  X(streamCreate, cuStreamCreate, hipStreamCreateWithFlags, native::Stream *, unsigned)            \
  X(streamDestroy, cuStreamDestroy_v2, hipStreamDestroy, native::Stream)                           \
  X(streamQuery, cuStreamQuery, hipStreamQuery, native::Stream)                                    \
  X(streamSynchronize, cuStreamSynchronize, hipStreamSynchronize, native::Stream)                  \
  X(streamWaitEvent, cuStreamWaitEvent, hipStreamWaitEvent, native::Stream, native::Event,         \
    unsigned)                                                                                      \
  X(streamBeginCapture, cuStreamBeginCapture_v2, hipStreamBeginCapture, native::Stream, int)       \
  X(streamEndCapture, cuStreamEndCapture, hipStreamEndCapture, native::Stream, native::Graph *)    \
  X(threadExchangeStreamCaptureMode, cuThreadExchangeStreamCaptureMode,                            \
    hipThreadExchangeStreamCaptureMode, int *)                                                     \
  X(eventCreate, cuEventCreate, hipEventCreateWithFlags, native::Event *, unsigned)                \
  X(eventDestroy, cuEventDestroy_v2, hipEventDestroy, native::Event)                               \
  X(eventRecord, cuEventRecord, hipEventRecord, native::Event, native::Stream)                     \
  X(eventQuery, cuEventQuery, hipEventQuery, native::Event)                                        \
  X(eventSynchronize, cuEventSynchronize, hipEventSynchronize, native::Event)                      \
  X(eventElapsedTime, cuEventElapsedTime, hipEventElapsedTime, float *, native::Event,             \
    native::Event)                                                                                 \
  X(moduleLoadDataEx, cuModuleLoadDataEx, hipModuleLoadDataEx, native::Module *, const void *,     \
    unsigned, int *, void **)                                                                      \
  X(moduleUnload, cuModuleUnload, hipModuleUnload, native::Module)                                 \
  X(moduleGetFunction, cuModuleGetFunction, hipModuleGetFunction, native::Function *,              \
    native::Module, const char *)                                                                  \
  X(moduleGetGlobal, cuModuleGetGlobal_v2, hipModuleGetGlobal, native::Pointer *, std::size_t *,   \
    native::Module, const char *)                                                                  \
  X(funcGetAttribute, cuFuncGetAttribute, hipFuncGetAttribute, int *, int, native::Function)       \
  X(launchKernel, cuLaunchKernel, hipModuleLaunchKernel, native::Function, unsigned, unsigned,     \
    unsigned, unsigned, unsigned, unsigned, unsigned, native::Stream, void **, void **)            \
  X(graphInstantiateWithFlags, cuGraphInstantiateWithFlags, hipGraphInstantiateWithFlags,          \
    native::GraphExec *, native::Graph, unsigned long long)                                        \
  X(graphLaunch, cuGraphLaunch, hipGraphLaunch, native::GraphExec, native::Stream)                 \
  X(graphExecDestroy, cuGraphExecDestroy, hipGraphExecDestroy, native::GraphExec)                  \
  X(graphDestroy, cuGraphDestroy, hipGraphDestroy, native::Graph)

// Functions for which AMD's plugin has a substitute, X(name, NVIDIA's, argument types).
#define NEXUS_GPU_SUBSTITUTED_FUNCTIONS(X)                                               \
  X(devicePrimaryCtxRetain, cuDevicePrimaryCtxRetain, native::Context *, native::Device) \
  X(ctxGetCurrent, cuCtxGetCurrent, native::Context *)                                   \
  X(ctxSetCurrent, cuCtxSetCurrent, native::Context)                                     \
  X(memcpyAsync, cuMemcpyAsync, native::Pointer, native::Pointer, std::size_t, native::Stream)

// Functions that only NVIDIA's driver has, X(name, NVIDIA's, argument types); NULL elsewhere, and
// except for the first in NVIDIA's drivers before CUDA 12.4.
#define NEXUS_GPU_NVIDIA_FUNCTIONS(X)                                                   \
  X(funcSetAttribute, cuFuncSetAttribute, native::Function, int, int)                   \
  X(funcGetParamInfo, cuFuncGetParamInfo, native::Function, std::size_t, std::size_t *, \
    std::size_t *)                                                                      \
  X(funcGetName, cuFuncGetName, const char **, native::Function)                        \
  X(moduleGetFunctionCount, cuModuleGetFunctionCount, unsigned *, native::Module)       \
  X(moduleEnumerateFunctions, cuModuleEnumerateFunctions, native::Function *, unsigned, \
    native::Module)

// Functions that only AMD's runtime has in this form, X(name, AMD's, result type, argument types).
// NULL elsewhere, but for the last two, for which NVIDIA's plugin has a substitute.
#define NEXUS_GPU_AMD_FUNCTIONS(X)                             \
  X(getLastError, hipGetLastError, native::Result, void)       \
  X(peekAtLastError, hipPeekAtLastError, native::Result, void) \
  X(errorName, hipGetErrorName, const char *, native::Result)  \
  X(errorText, hipGetErrorString, const char *, native::Result)

// The constants that both vendors have, X(name, NVIDIA's, AMD's, value).
#define NEXUS_GPU_CONSTANTS(X)                                                                    \
  X(kSuccess, CUDA_SUCCESS, hipSuccess, 0)                                                        \
  X(kInvalidValue, CUDA_ERROR_INVALID_VALUE, hipErrorInvalidValue, 1)                             \
  X(kOutOfMemory, CUDA_ERROR_OUT_OF_MEMORY, hipErrorOutOfMemory, 2)                               \
  X(kNotInitialized, CUDA_ERROR_NOT_INITIALIZED, hipErrorNotInitialized, 3)                       \
  X(kDeinitialized, CUDA_ERROR_DEINITIALIZED, hipErrorDeinitialized, 4)                           \
  X(kNoDevice, CUDA_ERROR_NO_DEVICE, hipErrorNoDevice, 100)                                       \
  X(kInvalidDevice, CUDA_ERROR_INVALID_DEVICE, hipErrorInvalidDevice, 101)                        \
  X(kInvalidImage, CUDA_ERROR_INVALID_IMAGE, hipErrorInvalidImage, 200)                           \
  X(kInvalidContext, CUDA_ERROR_INVALID_CONTEXT, hipErrorInvalidContext, 201)                     \
  X(kMapFailed, CUDA_ERROR_MAP_FAILED, hipErrorMapFailed, 205)                                    \
  X(kNoBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU, hipErrorNoBinaryForGpu, 209)                   \
  X(kEccUncorrectable, CUDA_ERROR_ECC_UNCORRECTABLE, hipErrorECCNotCorrectable, 214)              \
  X(kInvalidPtx, CUDA_ERROR_INVALID_PTX, hipErrorInvalidKernelFile, 218)                          \
  X(kInvalidSource, CUDA_ERROR_INVALID_SOURCE, hipErrorInvalidSource, 300)                        \
  X(kSharedObjectNotFound, CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND,                             \
    hipErrorSharedObjectSymbolNotFound, 302)                                                      \
  X(kSharedObjectInit, CUDA_ERROR_SHARED_OBJECT_INIT_FAILED, hipErrorSharedObjectInitFailed, 303) \
  X(kInvalidHandle, CUDA_ERROR_INVALID_HANDLE, hipErrorInvalidHandle, 400)                        \
  X(kNotFound, CUDA_ERROR_NOT_FOUND, hipErrorNotFound, 500)                                       \
  X(kNotReady, CUDA_ERROR_NOT_READY, hipErrorNotReady, 600)                                       \
  X(kIllegalAddress, CUDA_ERROR_ILLEGAL_ADDRESS, hipErrorIllegalAddress, 700)                     \
  X(kLaunchOutOfResources, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, hipErrorLaunchOutOfResources, 701) \
  X(kLaunchTimeout, CUDA_ERROR_LAUNCH_TIMEOUT, hipErrorLaunchTimeOut, 702)                        \
  X(kContextDestroyed, CUDA_ERROR_CONTEXT_IS_DESTROYED, hipErrorContextIsDestroyed, 709)          \
  X(kAssert, CUDA_ERROR_ASSERT, hipErrorAssert, 710)                                              \
  X(kLaunchFailed, CUDA_ERROR_LAUNCH_FAILED, hipErrorLaunchFailure, 719)                          \
  X(kNotSupported, CUDA_ERROR_NOT_SUPPORTED, hipErrorNotSupported, 801)                           \
  X(kStreamNonBlocking, CU_STREAM_NON_BLOCKING, hipStreamNonBlocking, 1)                          \
  X(kEventDefault, CU_EVENT_DEFAULT, hipEventDefault, 0)                                          \
  X(kEventDisableTiming, CU_EVENT_DISABLE_TIMING, hipEventDisableTiming, 2)                       \
  X(kHostAllocPortable, CU_MEMHOSTALLOC_PORTABLE, hipHostMallocPortable, 1)                       \
  X(kHostAllocDeviceMap, CU_MEMHOSTALLOC_DEVICEMAP, hipHostMallocMapped, 2)                       \
  X(kCaptureRelaxed, CU_STREAM_CAPTURE_MODE_RELAXED, hipStreamCaptureModeRelaxed, 2)              \
  X(kPointerMemoryType, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, HIP_POINTER_ATTRIBUTE_MEMORY_TYPE, 2)   \
  X(kPointerDevicePointer, CU_POINTER_ATTRIBUTE_DEVICE_POINTER,                                   \
    HIP_POINTER_ATTRIBUTE_DEVICE_POINTER, 3)                                                      \
  X(kPointerDeviceOrdinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,                                   \
    HIP_POINTER_ATTRIBUTE_DEVICE_ORDINAL, 9)                                                      \
  X(kPointerRangeStart, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR,                                    \
    HIP_POINTER_ATTRIBUTE_RANGE_START_ADDR, 11)                                                   \
  X(kPointerRangeSize, CU_POINTER_ATTRIBUTE_RANGE_SIZE, HIP_POINTER_ATTRIBUTE_RANGE_SIZE, 12)     \
  X(kJitInfoLog, CU_JIT_INFO_LOG_BUFFER, hipJitOptionInfoLogBuffer, 3)                            \
  X(kJitInfoLogSize, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, hipJitOptionInfoLogBufferSizeBytes, 4)    \
  X(kJitErrorLog, CU_JIT_ERROR_LOG_BUFFER, hipJitOptionErrorLogBuffer, 5)                         \
  X(kJitErrorLogSize, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, hipJitOptionErrorLogBufferSizeBytes, 6) \
  X(kFunctionMaxThreads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK,                                 \
    HIP_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 0)                                                  \
  X(kFunctionSharedSize, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES,                                     \
    HIP_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, 1)                                                      \
  X(kFunctionRegisters, CU_FUNC_ATTRIBUTE_NUM_REGS, HIP_FUNC_ATTRIBUTE_NUM_REGS, 4)               \
  X(kFunctionMaxDynamicShared, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,                   \
    HIP_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 8)

// The constants that only NVIDIA's driver has, X(name, NVIDIA's, value).
#define NEXUS_GPU_NVIDIA_CONSTANTS(X)                                \
  X(kDeviceUnavailable, CUDA_ERROR_DEVICE_UNAVAILABLE, 46)           \
  X(kNvlinkUncorrectable, CUDA_ERROR_NVLINK_UNCORRECTABLE, 220)      \
  X(kJitCompilerNotFound, CUDA_ERROR_JIT_COMPILER_NOT_FOUND, 221)    \
  X(kUnsupportedPtxVersion, CUDA_ERROR_UNSUPPORTED_PTX_VERSION, 222) \
  X(kJitDisabled, CUDA_ERROR_JIT_COMPILATION_DISABLED, 223)          \
  X(kContained, CUDA_ERROR_CONTAINED, 226)                           \
  X(kHardwareStackError, CUDA_ERROR_HARDWARE_STACK_ERROR, 714)       \
  X(kIllegalInstruction, CUDA_ERROR_ILLEGAL_INSTRUCTION, 715)        \
  X(kMisalignedAddress, CUDA_ERROR_MISALIGNED_ADDRESS, 716)          \
  X(kInvalidAddressSpace, CUDA_ERROR_INVALID_ADDRESS_SPACE, 717)     \
  X(kInvalidPc, CUDA_ERROR_INVALID_PC, 718)                          \
  X(kTensorMemoryLeak, CUDA_ERROR_TENSOR_MEMORY_LEAK, 721)           \
  X(kNotPermitted, CUDA_ERROR_NOT_PERMITTED, 800)                    \
  X(kSystemNotReady, CUDA_ERROR_SYSTEM_NOT_READY, 802)               \
  X(kDriverMismatch, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 803)         \
  X(kMpsConnectionFailed, CUDA_ERROR_MPS_CONNECTION_FAILED, 805)     \
  X(kMpsRpcFailure, CUDA_ERROR_MPS_RPC_FAILURE, 806)                 \
  X(kMpsServerNotReady, CUDA_ERROR_MPS_SERVER_NOT_READY, 807)        \
  X(kMpsClientTerminated, CUDA_ERROR_MPS_CLIENT_TERMINATED, 810)     \
  X(kExternalDevice, CUDA_ERROR_EXTERNAL_DEVICE, 911)

// The attributes of a device, X(name, NVIDIA's, its number, AMD's, its number).
#define NEXUS_GPU_ATTRIBUTES(X)                                                                \
  X(kMaxThreadsPerBlock, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1,                         \
    hipDeviceAttributeMaxThreadsPerBlock, 56)                                                  \
  X(kMaxBlockX, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 2, hipDeviceAttributeMaxBlockDimX, 26)    \
  X(kMaxBlockY, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 3, hipDeviceAttributeMaxBlockDimY, 27)    \
  X(kMaxBlockZ, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 4, hipDeviceAttributeMaxBlockDimZ, 28)    \
  X(kMaxGridX, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 5, hipDeviceAttributeMaxGridDimX, 29)       \
  X(kMaxGridY, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 6, hipDeviceAttributeMaxGridDimY, 30)       \
  X(kMaxGridZ, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 7, hipDeviceAttributeMaxGridDimZ, 31)       \
  X(kMaxSharedPerBlock, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 8,                    \
    hipDeviceAttributeMaxSharedMemoryPerBlock, 74)                                             \
  X(kConstantMemory, CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY, 9,                             \
    hipDeviceAttributeTotalConstantMemory, 83)                                                 \
  X(kWarpSize, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 10, hipDeviceAttributeWarpSize, 87)              \
  X(kMaxRegistersPerBlock, CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK, 12,                    \
    hipDeviceAttributeMaxRegistersPerBlock, 71)                                                \
  X(kClockRate, CU_DEVICE_ATTRIBUTE_CLOCK_RATE, 13, hipDeviceAttributeClockRate, 5)            \
  X(kMultiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 16,                            \
    hipDeviceAttributeMultiprocessorCount, 63)                                                 \
  X(kMemoryClockRate, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE, 36,                               \
    hipDeviceAttributeMemoryClockRate, 60)                                                     \
  X(kMemoryBusWidth, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH, 37,                          \
    hipDeviceAttributeMemoryBusWidth, 59)                                                      \
  X(kL2Size, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, 38, hipDeviceAttributeL2CacheSize, 19)         \
  X(kMaxThreadsPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR, 39,      \
    hipDeviceAttributeMaxThreadsPerMultiProcessor, 57)                                         \
  X(kMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 75,                                  \
    hipDeviceAttributeComputeCapabilityMajor, 23)                                              \
  X(kMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 76,                                  \
    hipDeviceAttributeComputeCapabilityMinor, 61)                                              \
  X(kMaxSharedPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR, 81, \
    hipDeviceAttributeMaxSharedMemoryPerMultiprocessor, 10002)                                 \
  X(kMaxRegistersPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR, 82,  \
    hipDeviceAttributeMaxRegistersPerMultiprocessor, 72)                                       \
  X(kMaxSharedPerBlockOptin, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 97,        \
    hipDeviceAttributeSharedMemPerBlockOptin, 75)                                              \
  X(kMaxBlocksPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR, 106,       \
    hipDeviceAttributeMaxBlocksPerMultiProcessor, 25)                                          \
  X(kReservedSharedPerBlock, CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK, 111,        \
    hipDeviceAttributeReservedSharedMemPerBlock, 73)

namespace nexus::gpu::native {

#define NEXUS_GPU_CONSTANT(NAME, NVIDIA, AMD, VALUE) inline constexpr int NAME = VALUE;
NEXUS_GPU_CONSTANTS(NEXUS_GPU_CONSTANT)
#undef NEXUS_GPU_CONSTANT
#define NEXUS_GPU_CONSTANT(NAME, NVIDIA, VALUE) inline constexpr int NAME = VALUE;
NEXUS_GPU_NVIDIA_CONSTANTS(NEXUS_GPU_CONSTANT)
#undef NEXUS_GPU_CONSTANT

#define NEXUS_GPU_ATTRIBUTE(NAME, ...) NAME,
enum Attribute { NEXUS_GPU_ATTRIBUTES(NEXUS_GPU_ATTRIBUTE) kAttributeCount };
#undef NEXUS_GPU_ATTRIBUTE

}  // namespace nexus::gpu::native
