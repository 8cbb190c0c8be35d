// Names of errors, and functions by their names.
#include <dlfcn.h>

#include <string>

#include "api.hpp"

using namespace standin;

namespace {

struct ErrorName {
  CUresult result;
  const char *name, *sentence;
};

constexpr ErrorName kErrors[] = {
#define ERROR(NAME, SENTENCE) {NAME, #NAME, SENTENCE},
#include "../errors.inc"
#undef ERROR
};

const ErrorName &error_named(CUresult result) {
  for (const ErrorName &error : kErrors)
    if (error.result == result) return error;
  fail(CUDA_ERROR_INVALID_VALUE);
}

// Functions of which there came another version, and the driver that it came with. What is not
// here has had its suffix since 3.2.
struct Version {
  const char *name, *symbol;
  int since;
};
constexpr Version kVersions[] = {
    {"cuCtxCreate", "cuCtxCreate_v4", 12050},
    {"cuEventElapsedTime", "cuEventElapsedTime_v2", 12080},
    {"cuDeviceGetUuid", "cuDeviceGetUuid_v2", 11040},
    {"cuDevicePrimaryCtxRelease", "cuDevicePrimaryCtxRelease_v2", 11000},
    {"cuDevicePrimaryCtxReset", "cuDevicePrimaryCtxReset_v2", 11000},
    {"cuDevicePrimaryCtxSetFlags", "cuDevicePrimaryCtxSetFlags_v2", 11000},
    {"cuGetProcAddress", "cuGetProcAddress_v2", 12000},
    {"cuGraphAddKernelNode", "cuGraphAddKernelNode_v2", 12000},
    {"cuGraphKernelNodeSetParams", "cuGraphKernelNodeSetParams_v2", 12000},
    {"cuGraphExecKernelNodeSetParams", "cuGraphExecKernelNodeSetParams_v2", 12000},
    {"cuGraphExecUpdate", "cuGraphExecUpdate_v2", 12000},
    {"cuGraphInstantiate", "cuGraphInstantiateWithFlags", 12000},
    {"cuStreamBeginCapture", "cuStreamBeginCapture_v2", 10010},
    {"cuStreamGetCaptureInfo", "cuStreamGetCaptureInfo_v2", 11030},
    {"cuStreamWaitValue32", "cuStreamWaitValue32_v2", 11070},
    {"cuStreamWaitValue64", "cuStreamWaitValue64_v2", 11070},
    {"cuStreamWriteValue32", "cuStreamWriteValue32_v2", 11070},
    {"cuStreamWriteValue64", "cuStreamWriteValue64_v2", 11070},
    {"cuStreamBatchMemOp", "cuStreamBatchMemOp_v2", 11070}};

void *own_symbol(const std::string &name) {
  static void *const self = [] {
    Dl_info info;
    dladdr(reinterpret_cast<void *>(&cuInit), &info);
    return dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  }();
  return dlsym(self, name.c_str());
}

void *find(const std::string &name, int version, bool &is_newer) {
  for (const Version &one : kVersions) {
    if (name != one.name) continue;
    if (version >= one.since) return own_symbol(one.symbol);
    is_newer = true;
    // The context's creation had a version in between.
    if (name == "cuCtxCreate") return own_symbol("cuCtxCreate_v2");
    return own_symbol(name);
  }
  if (void *second = own_symbol(name + "_v2")) return second;
  return own_symbol(name);
}

}  // namespace

STANDIN_API cuGetErrorName(CUresult result, const char **name) {
  return guarded(__func__, [&] {
    require(name);
    *name = nullptr;
    *name = error_named(result).name;
  });
}

STANDIN_API cuGetErrorString(CUresult result, const char **sentence) {
  return guarded(__func__, [&] {
    require(sentence);
    *sentence = nullptr;
    *sentence = error_named(result).sentence;
  });
}

STANDIN_API cuGetProcAddress_v2(const char *name, void **function, int version, cuuint64_t,
                                CUdriverProcAddressQueryResult *status) {
  return guarded(__func__, [&] {
    require(name && function);
    bool is_newer = false;
    *function = find(name, version, is_newer);
    if (status)
      *status = *function  ? CU_GET_PROC_ADDRESS_SUCCESS
                : is_newer ? CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT
                           : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
    require(*function, CUDA_ERROR_NOT_FOUND);
  });
}

STANDIN_API cuGetProcAddress(const char *name, void **function, int version, cuuint64_t flags) {
  return cuGetProcAddress_v2(name, function, version, flags, nullptr);
}

// NVIDIA's own libraries look for tables of functions here, and do without them.
STANDIN_API cuGetExportTable(const void **table, const CUuuid *) {
  return guarded(__func__, [&] {
    require(table);
    *table = nullptr;
    fail(CUDA_ERROR_NOT_FOUND);
  });
}
