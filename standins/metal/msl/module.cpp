#include "module.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "../runtime/object.hpp"
#include "preprocess.hpp"
#include "source.hpp"

namespace msl {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> compiler() {
  std::vector<std::string> command = cxx();
  for (const char *option :
       {"-x", "c++", "-std=c++17", "-O2", "-fPIC", "-shared", "-nostdlib", "-nostdinc++",
        "-fno-exceptions", "-fno-rtti", "-ffp-contract=off", "-fno-math-errno",
        "-Wno-unused-command-line-argument", "-D__METAL_VERSION__=310",
        "-I" METAL_STANDIN_MSL "/include", "-include", METAL_STANDIN_MSL "/include/msl.hpp"})
    command.push_back(option);
  return command;
}

// A hash of the contents, for names of files.
std::string digest(const std::string &text) {
  unsigned long long a = 14695981039346656037ull, b = 1099511628211ull;
  for (const unsigned char c : text) {
    a = (a ^ c) * 1099511628211ull;
    b = (b + c) * 6364136223846793005ull + 1442695040888963407ull;
  }
  char name[33];
  std::snprintf(name, sizeof name, "%016llx%016llx", a, b);
  return name;
}

// Writes a file atomically, since other processes read it.
void keep(const fs::path &scratch, const fs::path &target) {
  fs::path made = target;
  made += "." + std::to_string(getpid());
  fs::create_directories(made);
  for (const char *name : {"library.so", "messages"})
    fs::copy_file(scratch / name, made / name, fs::copy_options::overwrite_existing);
  std::error_code taken;
  fs::rename(made, target, taken);
  if (taken) fs::remove_all(made);
}

// Returns whether the source compiled; the library is then in the folder.
bool compile_in(const fs::path &folder, const std::string &text,
                const std::vector<std::string> &options) {
  std::ofstream(folder / "source.cpp") << text;
  std::vector<std::string> command = compiler();
  command.insert(command.end(), options.begin(), options.end());
  command.push_back((folder / "source.cpp").string());
  return run(command, folder / "messages");
}

// The compiler's errors, preferably those in the program itself.
std::string diagnose(const fs::path &folder, const Translation &translation) {
  std::string messages = read(folder / "messages");
  if (!compile_in(folder, translation.program, {"-c", "-o", (folder / "program.o").string()}))
    messages = read(folder / "messages");
  return messages;
}

std::unique_ptr<Module> open(const fs::path &library) {
  void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) standin::die(std::string("a compiled kernel does not load: ") + dlerror());
  return std::make_unique<Module>(handle);
}

}  // namespace

std::unique_ptr<Module> Module::compile(const std::string &source, std::string &messages) {
  std::string key = source + METAL_STANDIN_VERSION;
  for (const auto &command : {compiler(), clang()})
    for (const std::string &word : command) key += '\0' + word;
  const char *const cache = std::getenv("NEXUS_METAL_STANDIN_CACHE");
  const fs::path kept = cache ? fs::path(cache) / digest(key) : fs::path();
  if (cache && fs::exists(kept)) {
    messages = read(kept / "messages");
    return open(kept / "library.so");
  }
  const Scratch scratch;
  const auto preprocessed = preprocess(scratch, source, messages);
  if (!preprocessed) return nullptr;
  const std::string remarks = std::exchange(messages, broken_rules(scratch, *preprocessed));
  if (!messages.empty()) return nullptr;
  const Translation translation = translate(*preprocessed);
  const fs::path library = scratch.path / "library.so";
  if (!compile_in(scratch.path, translation.program + translation.entries,
                  {"-o", library.string()})) {
    messages = diagnose(scratch.path, translation);
    return nullptr;
  }
  messages = remarks + read(scratch.path / "messages");
  std::ofstream(scratch.path / "messages") << messages;
  auto module = open(library);
  if (cache) keep(scratch.path, kept);
  return module;
}

Module::Module(void *handle) : handle_(handle) {
  const auto kernels = static_cast<const Kernel *>(dlsym(handle, "msl_kernels"));
  const auto count = static_cast<const unsigned *>(dlsym(handle, "msl_kernel_count"));
  if (!kernels || !count) standin::die("a compiled kernel has no table of its kernels");
  kernels_ = {kernels, *count};
}

Module::~Module() { dlclose(handle_); }

}  // namespace msl
