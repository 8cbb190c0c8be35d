// libhiprtc.so of our own: the functions of AMD's compiler library over NVRTC, so what it compiles
// is PTX.
#include <nvrtc.h>

#include <string>
#include <string_view>
#include <vector>

#define STANDIN_API_OF_HIPRTC extern "C" __attribute__((visibility("default")))

namespace {

constexpr int kInvalidOption = 5;

// The options of clang that NVRTC has too.
bool is_common(std::string_view option) {
  for (const std::string_view start : {"-I", "-D", "-U", "-std="})
    if (option.starts_with(start)) return true;
  return false;
}

}  // namespace

STANDIN_API_OF_HIPRTC int hiprtcCreateProgram(nvrtcProgram *program, const char *source,
                                              const char *name, int count, const char **headers,
                                              const char **names) {
  // hiprtc knows this header; NVRTC declares by itself what is in it.
  std::vector<const char *> all = {""}, all_names = {"hip/hip_runtime.h"};
  all.insert(all.end(), headers, headers + count);
  all_names.insert(all_names.end(), names, names + count);
  return nvrtcCreateProgram(program, source, name, count + 1, all.data(), all_names.data());
}

STANDIN_API_OF_HIPRTC int hiprtcDestroyProgram(nvrtcProgram *program) {
  return nvrtcDestroyProgram(program);
}

STANDIN_API_OF_HIPRTC int hiprtcCompileProgram(nvrtcProgram program, int count,
                                               const char **options) {
  constexpr std::string_view kTarget = "--offload-arch=";
  std::vector<const char *> ours = {"--gpu-architecture=compute_80"};
  for (int i = 0; i < count; ++i) {
    const std::string_view option = options[i];
    // The real one ends the process if it does not know a target.
    if (option.starts_with(kTarget) && !option.substr(kTarget.size()).starts_with("gfx"))
      return kInvalidOption;
    if (is_common(option)) ours.push_back(options[i]);
  }
  return nvrtcCompileProgram(program, static_cast<int>(ours.size()), ours.data());
}

STANDIN_API_OF_HIPRTC int hiprtcGetCodeSize(nvrtcProgram program, std::size_t *size) {
  return nvrtcGetPTXSize(program, size);
}

STANDIN_API_OF_HIPRTC int hiprtcGetCode(nvrtcProgram program, char *code) {
  return nvrtcGetPTX(program, code);
}

STANDIN_API_OF_HIPRTC int hiprtcGetProgramLogSize(nvrtcProgram program, std::size_t *size) {
  return nvrtcGetProgramLogSize(program, size);
}

STANDIN_API_OF_HIPRTC int hiprtcGetProgramLog(nvrtcProgram program, char *log) {
  return nvrtcGetProgramLog(program, log);
}

STANDIN_API_OF_HIPRTC const char *hiprtcGetErrorString(int result) {
  return nvrtcGetErrorString(static_cast<nvrtcResult>(result));
}

STANDIN_API_OF_HIPRTC int hiprtcVersion(int *major, int *minor) {
  return nvrtcVersion(major, minor);
}
