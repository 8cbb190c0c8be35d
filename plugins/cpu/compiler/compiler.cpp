#include "compiler/compiler.hpp"

#include <nexus-api/nxs.h>
#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/kernels/item_blocks.hpp>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>

#include "compiler/cache_entry.hpp"
#include "compiler/cache_folder.hpp"
#include "compiler/digest.hpp"
#include "compiler/failure.hpp"
#include "compiler/inputs.hpp"
#include "host/host_info.hpp"
#include "images/child_process.hpp"
#include "text.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

namespace fs = std::filesystem;

// Raised when entries change their form or their meaning.
constexpr const char *kCacheVersion = "2";

struct Source {
  // The path of the file; empty for text in memory.
  std::string path;
  Bytes text;
  Language language;

  std::string name() const { return path.empty() ? kSourceText : path; }
};

std::string joined(const Words &words) {
  std::string text;
  for (const std::string &word : words) text += word + "\n";
  return text;
}

// The key of a source's cache entry, which is known before anything is compiled.
std::string key_of(const Source &source, const Toolchain &toolchain, const Words &own,
                   const Words &users) {
  const std::string folder = fs::current_path().string();
  std::string variables;
  for (const char *const name :
       {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH",
        "GCC_EXEC_PREFIX", "SDKROOT", "MACOSX_DEPLOYMENT_TARGET", "SOURCE_DATE_EPOCH"})
    variables += std::string(name) + "=" + environment(name) + "\n";
  // Paths in the options, and that of the source, are relative to the current folder.
  const bool relative = !users.empty() || (!source.path.empty() && source.path[0] != '/');
  const std::string own_words = joined(own), user_words = joined(users);
  const std::string command = joined(toolchain.wanted);
  return digest({kCacheVersion, source.language == Language::kC ? "C" : "C++", source.path,
                 text_of(source.text), command, own_words, user_words, host_info().features,
                 variables, relative ? folder : ""});
}

// Whether an entry is what compiling again would yield. An entry outlives its compiler: where that
// is gone, it is not replaced with what another one makes.
bool is_current(const CacheEntry &entry, const Toolchain &toolchain) {
  if (toolchain.found && entry.command != joined(toolchain.command)) return false;
  const bool same = entry.command == joined(toolchain.command);
  return std::all_of(entry.inputs.begin(), entry.inputs.end(), [&](const Input &input) {
    const bool is_compiler = entry.command.starts_with(input.path + "\n");
    return (is_compiler && !same) || is_unchanged(input);
  });
}

// The name of an entry's file: the key, and a hash of what an entry is compared with.
std::string name_of(const CacheEntry &entry) {
  std::vector<std::string_view> parts{entry.command};
  for (const Input &input : entry.inputs) parts.insert(parts.end(), {input.path, input.content});
  return entry.key + "-" + digest(parts) + ".so";
}

// Whether a file says things that depend on more than the files that the compiler lists: the time,
// files that the assembler reads, and files that may be missing.
bool is_fickle(std::string_view text) {
  constexpr std::string_view kMarks[] = {".incbin",       "__DATE__",      "__TIME__",
                                         "__TIMESTAMP__", "__has_include", "__has_embed"};
  return std::any_of(std::begin(kMarks), std::end(kMarks),
                     [&](std::string_view mark) { return contains(text, mark); });
}

// The files that the result depends on; nothing if not all of them can be told.
std::optional<std::vector<Input>> inputs_of(const Source &source, const Toolchain &toolchain,
                                            const Words &users, const std::string &source_file,
                                            const Bytes &dependencies) {
  if (is_fickle(text_of(source.text))) return {};
  std::vector<std::string> included = dependencies_in(text_of(dependencies));
  std::erase(included, source_file);
  const std::vector<std::string> folders = folders_searched(users, source.path);
  // The compiler's own headers depend on what is installed, which changes files of its own as well.
  for (const std::string &path : included)
    if ((is_below(path, folders) || contains(text_of(source.text), path)) &&
        is_fickle(text_of(read_file(path))))
      return {};
  std::vector<Input> inputs;
  const auto add = [&](const std::vector<std::string> &paths) {
    for (const std::string &path : paths) inputs.push_back(describe(fs::absolute(path).string()));
  };
  add(toolchain.programs);
  add(included);
  add(files_named_in(users));
  add(places_before(included, folders));
  return inputs;
}

// Compilers and assemblers keep their temporary files in the folder, which is removed afterwards.
Words variables_for(const TemporaryFolder &folder, const CacheFolder &cache) {
  Words variables{"TMPDIR=" + folder.path()};
  // Zig has a cache of its own, which needs a place too.
  if (!cache.problem().empty() && environment("ZIG_GLOBAL_CACHE_DIR").empty())
    variables.push_back("ZIG_GLOBAL_CACHE_DIR=" + folder.file("zig"));
  return variables;
}

// Fails if an item block has a statement that ends it for more than one item.
void check_item_blocks(const Source &source, const std::string &file, Words command,
                       const Words &variables, const TemporaryFolder &folder,
                       const std::string &compiler) {
  // A source that includes nothing has no item blocks: NXS_ITEMS is a macro of nxs_kernel.h.
  if (!contains(text_of(source.text), "include")) return;
  const std::string preprocessed = folder.file("source.i");
  command.insert(command.end(), {"-E", "-o", preprocessed});
  const Finished finished = run_guarded(command, variables, folder.path());
  // A signal such as Ctrl-C is meant for the whole compilation, not for this step only.
  if (finished.end == End::kSignal) reject_build(finished, source.name(), compiler);
  std::error_code error;
  // The compilation that follows reports the error.
  if (finished.failed() || !fs::exists(preprocessed, error)) return;
  std::string problems = problems_in_item_blocks(text_of(read_file(preprocessed)));
  if (source.path.empty()) problems = replaced(problems, file, kSourceText);
  if (!problems.empty())
    fail(NXS_BuildProgramFailure, "'", source.name(), "' does not compile:\n", problems);
}

// Compiles, and fills the entry; its inputs are left out where they cannot all be told.
CacheEntry build(const Source &source, const Toolchain &toolchain, const Words &own,
                 const Words &users, const CacheFolder &cache) {
  const TemporaryFolder folder;
  const std::string object = folder.file("kernels.so"), dependencies = folder.file("inputs");
  const Words variables = variables_for(folder, cache);
  std::string file = source.path;
  Words command = toolchain.command;
  const auto add = [&](const Words &words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  add(own);
  add(dialect_options(toolchain, variables, folder.path()));
  if (source.path.empty()) {
    file = folder.file("source.c");
    write_file(file, source.text);
    add({"-ffile-prefix-map=" + file + "=" + kSourceText});
  } else if (file[0] == '-' || file[0] == '@') {
    // So that the compiler does not take the name for an option.
    file = "./" + file;
  }
  // Libraries come after what needs them.
  add({file});
  add(users);
  check_item_blocks(source, file, command, variables, folder, toolchain.wanted[0]);
  add({"-shared", "-o", object, "-MD", "-MF", dependencies, "-lm"});

  Finished finished = run_guarded(command, variables, folder.path());
  if (source.path.empty()) finished.errors = replaced(finished.errors, file, kSourceText);
  std::error_code error;
  const auto size = fs::file_size(object, error);
  // Compilers that fail leave no output; this decides where the exit code is unknown.
  if (finished.end == End::kNotFound) reject_missing(toolchain, source.language);
  if (finished.failed() || error || size == 0)
    reject_build(finished, source.name(), toolchain.wanted[0]);
  CacheEntry entry{{}, read_file(object), finished.errors, joined(toolchain.command), {}};
  if (!fs::exists(dependencies, error)) return entry;
  if (auto inputs = inputs_of(source, toolchain, users, file, read_file(dependencies));
      inputs && (source.path.empty() || read_file(source.path) == source.text))
    entry.inputs = std::move(*inputs);
  return entry;
}

// The sentence about a cache that is not used, the first time in this process that there is that
// reason.
std::string warning_about(const CacheFolder &cache) {
  static std::mutex mutex;
  static std::set<std::string> told;
  const std::lock_guard lock(mutex);
  if (cache.problem().empty() || !told.insert(cache.problem()).second) return {};
  return concat("compiled kernels are not kept: the cache folder ", cache.problem(),
                "; set NEXUS_CACHE_DIR to a folder that only you can write to\n");
}

Compiled compile(const Source &source) {
  const Toolchain toolchain = find_toolchain(source.language);
  const Words own = options(source.language), users = users_options();
  const std::string key = key_of(source, toolchain, own, users);
  CacheFolder cache;
  for (const std::string &name : cache.names(key + "-")) {
    const auto kept = cache.read(name);
    auto entry = kept ? unpack(*kept) : std::nullopt;
    if (entry && entry->key == key && is_current(*entry, toolchain))
      return {std::move(entry->image), std::move(entry->message)};
  }
  if (toolchain.command.empty()) reject_missing(toolchain, source.language);
  CacheEntry entry = build(source, toolchain, own, users, cache);
  entry.key = key;
  if (!entry.inputs.empty()) cache.write(name_of(entry), pack(entry));
  return {std::move(entry.image), warning_about(cache) + entry.message};
}

}  // namespace

Compiled compile_file(const std::string &path, Language language) {
  return compile({path, read_file(path), language});
}

Compiled compile_text(std::span<const std::byte> text) {
  return compile({{}, {text.begin(), text.end()}, Language::kC});
}

}  // namespace nexus::cpu
