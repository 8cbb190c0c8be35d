#include "compiler.hpp"

#include <dlfcn.h>
#include <nexus-api.h>
#include <nexus-sdk/base/error.hpp>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <vector>

#include "file.hpp"
#include "host/host_info.hpp"
#include "images/child_process.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

using Words = std::vector<std::string>;

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

Words split(const std::string &text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

// The folder of the headers that kernels include; it is next to the plugin's folder.
std::string include_folder() {
  Dl_info plugin{};
  if (!dladdr(reinterpret_cast<const void *>(&nxsGetApiVersion), &plugin)) return {};
  return (std::filesystem::path(plugin.dli_fname).parent_path().parent_path() / "include").string();
}

struct Compiler {
  // The program, followed by arguments if the environment variable holds any.
  Words program;
  // The output of `--version`.
  std::string identity;
};

Compiler find_compiler(Language language) {
  const bool c = language == Language::kC;
  const std::string wanted = environment(c ? "CC" : "CXX");
  Compiler compiler{split(wanted.empty() ? (c ? "cc" : "c++") : wanted), {}};
  Words command = compiler.program;
  command.push_back("--version");
  const Finished finished = run_program(command);
  if (finished.end == End::kNotFound)
    fail(NXS_CompilerNotAvailable, "the compiler '", command[0],
         "' is not installed; install one, or name one in ", c ? "CC" : "CXX");
  compiler.identity = finished.output;
  return compiler;
}

Words flags(Language language) {
  // Items are independent, so the compiler may compute both sides of a branch: no item can trap or
  // set errno for another.
  Words words{"-O3",
              "-march=native",
              "-fPIC",
              "-fvisibility=hidden",
              "-fno-math-errno",
              "-fno-trapping-math",
              language == Language::kC ? "-std=gnu11" : "-std=gnu++17",
              "-I" + include_folder()};
#if defined(__x86_64__)
  if (host_info().simd_lanes == 16) words.push_back("-mprefer-vector-width=512");
#endif
  for (const std::string &word : split(environment("NEXUS_CPU_CFLAGS"))) words.push_back(word);
  return words;
}

// FNV-1a with 128 bits (Fowler, Noll, Vo: The FNV Non-Cryptographic Hash Algorithm,
// draft-eastlake-fnv).
std::string digest(const Words &parts) {
  __extension__ using Wide = unsigned __int128;
  constexpr Wide kPrime = (Wide{1} << 88) + 0x13b;
  Wide hash = Wide{0x6c62272e07bb0142} << 64 | 0x62b821756295c58d;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * kPrime; };
  for (const std::string &part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
    // A separator, so that ("ab", "c") and ("a", "bc") differ.
    add(0);
  }
  std::string text;
  for (int shift = 124; shift >= 0; shift -= 4)
    text.push_back("0123456789abcdef"[(hash >> shift) & 15]);
  return text;
}

std::filesystem::path cache_folder() {
  std::filesystem::path root = environment("NEXUS_CACHE_DIR");
  if (root.empty()) {
    root = environment("XDG_CACHE_HOME");
    if (root.empty() && !environment("HOME").empty())
      root = std::filesystem::path(environment("HOME")) / ".cache";
    if (root.empty()) root = std::filesystem::path(temporary_folder());
    root /= "nexus";
  }
  root /= "cpu";
  std::error_code error;
  std::filesystem::create_directories(root, error);
  if (error)
    fail(NXS_OutOfResources, "the cache folder '", root.string(),
         "' cannot be made: ", error.message());
  // Code from this folder is executed, so only this user may write to it.
  std::filesystem::permissions(root, std::filesystem::perms::owner_all, error);
  return root;
}

[[noreturn]] void reject(const std::string &source, const std::string &errors) {
  fail(NXS_BuildProgramFailure, "'", source, "' does not compile:\n", errors);
}

Finished run_compiler(const Compiler &compiler, const Words &words, const std::string &source) {
  Words command = compiler.program;
  command.insert(command.end(), words.begin(), words.end());
  Finished finished = run_program(command);
  if (finished.end == End::kNotFound)
    fail(NXS_CompilerNotAvailable, "the compiler '", command[0], "' is no longer there");
  const bool succeeded = finished.end == End::kExited && finished.code == 0;
  if (!succeeded && finished.end != End::kUnknown) reject(source, finished.errors);
  return finished;
}

}  // namespace

std::string compile_file(const std::string &source, Language language) {
  const Compiler compiler = find_compiler(language);
  Words words = flags(language);
  Words preprocess = words;
  preprocess.insert(preprocess.end(), {"-E", "-P", source});
  const std::string text = run_compiler(compiler, preprocess, source).output;

  const std::filesystem::path folder = cache_folder();
  Words key = words;
  key.insert(key.end(), {text, compiler.program[0], compiler.identity, host_info().features});
  const std::string cached = (folder / (digest(key) + ".so")).string();
  if (std::filesystem::exists(cached)) return cached;

  TemporaryFile object(folder.string(), ".so");
  words.insert(words.end(), {"-shared", "-o", object.path(), source, "-lm"});
  const Finished finished = run_compiler(compiler, words, source);
  // Compilers that fail leave no output; this decides when the exit code is unknown.
  std::error_code error;
  const auto size = std::filesystem::file_size(object.path(), error);
  if (error || size == 0) reject(source, finished.errors);
  object.keep_as(cached);
  return cached;
}

std::string compile_text(std::span<const std::byte> text) {
  TemporaryFile source(temporary_folder(), ".c");
  source.write(text);
  return compile_file(source.path(), Language::kC);
}

}  // namespace nexus::cpu
