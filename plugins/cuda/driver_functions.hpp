// The functions of NVIDIA's driver that the plugin calls, declared here so that it builds without
// CUDA. tests/cuda_declarations.cpp compares each with cuda.h.
//
// X(name, result and argument types): the name is the exported symbol, version suffix included.
#pragma once

#include <cstddef>

struct CUctx_st;
struct CUstream_st;
struct CUevent_st;
struct CUmod_st;
struct CUfunc_st;
struct CUgraph_st;
struct CUgraphExec_st;

namespace nexus::cuda::cu {

using Result = int;
using Device = int;
using Pointer = unsigned long long;
using Context = CUctx_st *;
using Stream = CUstream_st *;
using Event = CUevent_st *;
using Module = CUmod_st *;
using Function = CUfunc_st *;
using Graph = CUgraph_st *;
using GraphExec = CUgraphExec_st *;
struct Uuid {
  char bytes[16];
};

}  // namespace nexus::cuda::cu

// Without one of these the driver is too old.
#define NEXUS_CUDA_FUNCTIONS(X)                                                               \
  X(cuInit, unsigned)                                                                         \
  X(cuDriverGetVersion, int *)                                                                \
  X(cuGetErrorName, cu::Result, const char **)                                                \
  X(cuGetErrorString, cu::Result, const char **)                                              \
  X(cuDeviceGetCount, int *)                                                                  \
  X(cuDeviceGet, cu::Device *, int)                                                           \
  X(cuDeviceGetName, char *, int, cu::Device)                                                 \
  X(cuDeviceGetUuid_v2, cu::Uuid *, cu::Device)                                               \
  X(cuDeviceGetPCIBusId, char *, int, cu::Device)                                             \
  X(cuDeviceTotalMem_v2, std::size_t *, cu::Device)                                           \
  X(cuDeviceGetAttribute, int *, int, cu::Device)                                             \
  X(cuDevicePrimaryCtxRetain, cu::Context *, cu::Device)                                      \
  X(cuCtxGetCurrent, cu::Context *)                                                           \
  X(cuCtxPushCurrent_v2, cu::Context)                                                         \
  X(cuCtxPopCurrent_v2, cu::Context *)                                                        \
  X(cuMemAlloc_v2, cu::Pointer *, std::size_t)                                                \
  X(cuMemFree_v2, cu::Pointer)                                                                \
  X(cuMemHostAlloc, void **, std::size_t, unsigned)                                           \
  X(cuMemFreeHost, void *)                                                                    \
  X(cuMemHostGetDevicePointer_v2, cu::Pointer *, void *, unsigned)                            \
  X(cuMemcpyAsync, cu::Pointer, cu::Pointer, std::size_t, cu::Stream)                         \
  X(cuMemsetD8Async, cu::Pointer, unsigned char, std::size_t, cu::Stream)                     \
  X(cuMemsetD16Async, cu::Pointer, unsigned short, std::size_t, cu::Stream)                   \
  X(cuMemsetD32Async, cu::Pointer, unsigned, std::size_t, cu::Stream)                         \
  X(cuPointerGetAttribute, void *, int, cu::Pointer)                                          \
  X(cuStreamCreate, cu::Stream *, unsigned)                                                   \
  X(cuStreamDestroy_v2, cu::Stream)                                                           \
  X(cuStreamSynchronize, cu::Stream)                                                          \
  X(cuStreamWaitEvent, cu::Stream, cu::Event, unsigned)                                       \
  X(cuStreamBeginCapture_v2, cu::Stream, int)                                                 \
  X(cuStreamEndCapture, cu::Stream, cu::Graph *)                                              \
  X(cuEventCreate, cu::Event *, unsigned)                                                     \
  X(cuEventDestroy_v2, cu::Event)                                                             \
  X(cuEventRecord, cu::Event, cu::Stream)                                                     \
  X(cuEventQuery, cu::Event)                                                                  \
  X(cuEventSynchronize, cu::Event)                                                            \
  X(cuEventElapsedTime, float *, cu::Event, cu::Event)                                        \
  X(cuModuleLoadDataEx, cu::Module *, const void *, unsigned, int *, void **)                 \
  X(cuModuleUnload, cu::Module)                                                               \
  X(cuModuleGetFunction, cu::Function *, cu::Module, const char *)                            \
  X(cuFuncGetAttribute, int *, int, cu::Function)                                             \
  X(cuFuncSetAttribute, cu::Function, int, int)                                               \
  X(cuLaunchKernel, cu::Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, \
    unsigned, cu::Stream, void **, void **)                                                   \
  X(cuGraphInstantiateWithFlags, cu::GraphExec *, cu::Graph, unsigned long long)              \
  X(cuGraphLaunch, cu::GraphExec, cu::Stream)                                                 \
  X(cuGraphExecDestroy, cu::GraphExec)                                                        \
  X(cuGraphDestroy, cu::Graph)

// What newer drivers only have; NULL where this one does not.
#define NEXUS_CUDA_OPTIONAL_FUNCTIONS(X)                                         \
  X(cuFuncGetParamInfo, cu::Function, std::size_t, std::size_t *, std::size_t *) \
  X(cuFuncGetName, const char **, cu::Function)                                  \
  X(cuModuleGetFunctionCount, unsigned *, cu::Module)                            \
  X(cuModuleEnumerateFunctions, cu::Function *, unsigned, cu::Module)

// The constants of cuda.h that are used: name here, name there, value.
#define NEXUS_CUDA_CONSTANTS(X)                                                                \
  X(kSuccess, CUDA_SUCCESS, 0)                                                                 \
  X(kInvalidValue, CUDA_ERROR_INVALID_VALUE, 1)                                                \
  X(kOutOfMemory, CUDA_ERROR_OUT_OF_MEMORY, 2)                                                 \
  X(kNotInitialized, CUDA_ERROR_NOT_INITIALIZED, 3)                                            \
  X(kDeinitialized, CUDA_ERROR_DEINITIALIZED, 4)                                               \
  X(kDeviceUnavailable, CUDA_ERROR_DEVICE_UNAVAILABLE, 46)                                     \
  X(kNoDevice, CUDA_ERROR_NO_DEVICE, 100)                                                      \
  X(kInvalidDevice, CUDA_ERROR_INVALID_DEVICE, 101)                                            \
  X(kInvalidImage, CUDA_ERROR_INVALID_IMAGE, 200)                                              \
  X(kInvalidContext, CUDA_ERROR_INVALID_CONTEXT, 201)                                          \
  X(kMapFailed, CUDA_ERROR_MAP_FAILED, 205)                                                    \
  X(kNoBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU, 209)                                        \
  X(kEccUncorrectable, CUDA_ERROR_ECC_UNCORRECTABLE, 214)                                      \
  X(kInvalidPtx, CUDA_ERROR_INVALID_PTX, 218)                                                  \
  X(kNvlinkUncorrectable, CUDA_ERROR_NVLINK_UNCORRECTABLE, 220)                                \
  X(kJitCompilerNotFound, CUDA_ERROR_JIT_COMPILER_NOT_FOUND, 221)                              \
  X(kUnsupportedPtxVersion, CUDA_ERROR_UNSUPPORTED_PTX_VERSION, 222)                           \
  X(kJitDisabled, CUDA_ERROR_JIT_COMPILATION_DISABLED, 223)                                    \
  X(kContained, CUDA_ERROR_CONTAINED, 226)                                                     \
  X(kInvalidSource, CUDA_ERROR_INVALID_SOURCE, 300)                                            \
  X(kSharedObjectNotFound, CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND, 302)                     \
  X(kSharedObjectInit, CUDA_ERROR_SHARED_OBJECT_INIT_FAILED, 303)                              \
  X(kInvalidHandle, CUDA_ERROR_INVALID_HANDLE, 400)                                            \
  X(kNotFound, CUDA_ERROR_NOT_FOUND, 500)                                                      \
  X(kNotReady, CUDA_ERROR_NOT_READY, 600)                                                      \
  X(kIllegalAddress, CUDA_ERROR_ILLEGAL_ADDRESS, 700)                                          \
  X(kLaunchOutOfResources, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, 701)                            \
  X(kLaunchTimeout, CUDA_ERROR_LAUNCH_TIMEOUT, 702)                                            \
  X(kContextDestroyed, CUDA_ERROR_CONTEXT_IS_DESTROYED, 709)                                   \
  X(kAssert, CUDA_ERROR_ASSERT, 710)                                                           \
  X(kHardwareStackError, CUDA_ERROR_HARDWARE_STACK_ERROR, 714)                                 \
  X(kIllegalInstruction, CUDA_ERROR_ILLEGAL_INSTRUCTION, 715)                                  \
  X(kMisalignedAddress, CUDA_ERROR_MISALIGNED_ADDRESS, 716)                                    \
  X(kInvalidAddressSpace, CUDA_ERROR_INVALID_ADDRESS_SPACE, 717)                               \
  X(kInvalidPc, CUDA_ERROR_INVALID_PC, 718)                                                    \
  X(kLaunchFailed, CUDA_ERROR_LAUNCH_FAILED, 719)                                              \
  X(kTensorMemoryLeak, CUDA_ERROR_TENSOR_MEMORY_LEAK, 721)                                     \
  X(kNotPermitted, CUDA_ERROR_NOT_PERMITTED, 800)                                              \
  X(kNotSupported, CUDA_ERROR_NOT_SUPPORTED, 801)                                              \
  X(kSystemNotReady, CUDA_ERROR_SYSTEM_NOT_READY, 802)                                         \
  X(kDriverMismatch, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 803)                                   \
  X(kMpsConnectionFailed, CUDA_ERROR_MPS_CONNECTION_FAILED, 805)                               \
  X(kMpsRpcFailure, CUDA_ERROR_MPS_RPC_FAILURE, 806)                                           \
  X(kMpsServerNotReady, CUDA_ERROR_MPS_SERVER_NOT_READY, 807)                                  \
  X(kMpsClientTerminated, CUDA_ERROR_MPS_CLIENT_TERMINATED, 810)                               \
  X(kExternalDevice, CUDA_ERROR_EXTERNAL_DEVICE, 911)                                          \
  X(kStreamNonBlocking, CU_STREAM_NON_BLOCKING, 1)                                             \
  X(kEventDefault, CU_EVENT_DEFAULT, 0)                                                        \
  X(kEventDisableTiming, CU_EVENT_DISABLE_TIMING, 2)                                           \
  X(kHostAllocPortable, CU_MEMHOSTALLOC_PORTABLE, 1)                                           \
  X(kHostAllocDeviceMap, CU_MEMHOSTALLOC_DEVICEMAP, 2)                                         \
  X(kCaptureRelaxed, CU_STREAM_CAPTURE_MODE_RELAXED, 2)                                        \
  X(kPointerMemoryType, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, 2)                                   \
  X(kPointerDevicePointer, CU_POINTER_ATTRIBUTE_DEVICE_POINTER, 3)                             \
  X(kPointerDeviceOrdinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, 9)                             \
  X(kPointerRangeStart, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, 11)                             \
  X(kPointerRangeSize, CU_POINTER_ATTRIBUTE_RANGE_SIZE, 12)                                    \
  X(kJitInfoLog, CU_JIT_INFO_LOG_BUFFER, 3)                                                    \
  X(kJitInfoLogSize, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, 4)                                     \
  X(kJitErrorLog, CU_JIT_ERROR_LOG_BUFFER, 5)                                                  \
  X(kJitErrorLogSize, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, 6)                                   \
  X(kFunctionMaxThreads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 0)                           \
  X(kFunctionSharedSize, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, 1)                               \
  X(kFunctionRegisters, CU_FUNC_ATTRIBUTE_NUM_REGS, 4)                                         \
  X(kFunctionMaxDynamicShared, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 8)             \
  X(kMaxThreadsPerBlock, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1)                         \
  X(kMaxBlockX, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 2)                                        \
  X(kMaxBlockY, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 3)                                        \
  X(kMaxBlockZ, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 4)                                        \
  X(kMaxGridX, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 5)                                          \
  X(kMaxGridY, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 6)                                          \
  X(kMaxGridZ, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 7)                                          \
  X(kMaxSharedPerBlock, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 8)                    \
  X(kWarpSize, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 10)                                              \
  X(kClockRate, CU_DEVICE_ATTRIBUTE_CLOCK_RATE, 13)                                            \
  X(kMultiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 16)                            \
  X(kMemoryClockRate, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE, 36)                               \
  X(kMemoryBusWidth, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH, 37)                          \
  X(kMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 75)                                  \
  X(kMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 76)                                  \
  X(kMaxSharedPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR, 81) \
  X(kMaxRegistersPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR, 82)  \
  X(kMaxSharedPerBlockOptin, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 97)        \
  X(kMaxBlocksPerMultiprocessor, CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR, 106)

namespace nexus::cuda::cu {

#define NEXUS_CUDA_CONSTANT(NAME, THEIRS, VALUE) inline constexpr int NAME = VALUE;
NEXUS_CUDA_CONSTANTS(NEXUS_CUDA_CONSTANT)
#undef NEXUS_CUDA_CONSTANT

}  // namespace nexus::cuda::cu
