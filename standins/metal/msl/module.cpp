#include "module.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "../runtime/object.hpp"
#include "source.hpp"

extern char **environ;

namespace msl {
namespace {

namespace fs = std::filesystem;

// A temporary folder of the process, removed at the end.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "metal-standin-XXXXXX").string();
    if (!mkdtemp(pattern.data())) standin::die("no temporary folder can be made");
    path = pattern;
  }
  ~Scratch() {
    std::error_code ignored_as_it_is_the_systems_temporary_folder;
    fs::remove_all(path, ignored_as_it_is_the_systems_temporary_folder);
  }
  fs::path path;
};

std::string read(const fs::path &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> compiler() {
  const char *const variable = std::getenv("NEXUS_METAL_STANDIN_CXX");
  std::istringstream words(variable ? variable : "clang++");
  std::vector<std::string> command;
  for (std::string word; words >> word;) command.push_back(word);
  for (const char *option :
       {"-x", "c++", "-std=c++17", "-O2", "-fPIC", "-shared", "-nostdlib", "-nostdinc++",
        "-fno-exceptions", "-fno-rtti", "-ffp-contract=off", "-fno-math-errno",
        "-Wno-unused-command-line-argument", "-I" METAL_STANDIN_MSL "/include", "-include",
        METAL_STANDIN_MSL "/include/msl.hpp"})
    command.push_back(option);
  return command;
}

// Returns whether the command succeeded; its output goes to a file.
bool run(std::vector<std::string> command, const fs::path &output) {
  std::vector<char *> words;
  for (std::string &word : command) words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  pid_t child;
  const int failure = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure) standin::die("cannot run the compiler " + command[0] + " (NEXUS_METAL_STANDIN_CXX)");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
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
  const Translation translation = translate(source);
  const std::string text = translation.program + translation.entries;
  std::string key = text + METAL_STANDIN_VERSION;
  for (const std::string &word : compiler()) key += '\0' + word;
  const char *const cache = std::getenv("NEXUS_METAL_STANDIN_CACHE");
  const fs::path kept = cache ? fs::path(cache) / digest(key) : fs::path();
  if (cache && fs::exists(kept)) {
    messages = read(kept / "messages");
    return open(kept / "library.so");
  }
  const Scratch scratch;
  const fs::path library = scratch.path / "library.so";
  if (!compile_in(scratch.path, text, {"-o", library.string()})) {
    messages = diagnose(scratch.path, translation);
    return nullptr;
  }
  messages = read(scratch.path / "messages");
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
