#include "preprocess.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include "source.hpp"

namespace msl {
namespace {

using Command = std::vector<std::string>;

void add(Command &command, std::initializer_list<const char *> options) {
  command.insert(command.end(), options.begin(), options.end());
}

void replace(std::string &text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// The language's words, and Clang's for the same.
constexpr std::pair<std::string_view, std::string_view> kSpaces[] = {
    {"__global", "device"},
    {"__local", "threadgroup"},
    {"__constant", "constant"},
    {"__private", "thread"},
};

// What Clang says where two address spaces do not go together. Copies of classes, which it refuses
// in other words, are right in Metal.
constexpr std::string_view kMismatches[] = {"cannot initialize a", "assigning to", "converting '",
                                            "passing '", "cannot cast"};

bool is_about_spaces(std::string_view line) {
  const auto has = [&](std::string_view text) { return line.find(text) != line.npos; };
  if (!has("error: ")) return false;
  if (has("address space") && !has("candidate")) return true;
  const auto mentioned = std::count_if(std::begin(kSpaces), std::end(kSpaces),
                                       [&](const auto &space) { return has(space.first); });
  return mentioned > 1 && has(" *") &&
         std::any_of(std::begin(kMismatches), std::end(kMismatches), has);
}

// The errors about address spaces, each with the lines of source that follow it, in the language's
// words. Of other errors, most are about what C++ for OpenCL lacks.
std::string about_spaces(const std::string &said) {
  std::istringstream lines(said);
  std::string all, line;
  bool wanted = false;
  while (std::getline(lines, line)) {
    const bool is_message = line.find("error: ") != line.npos || line.find("note: ") != line.npos ||
                            line.find(" generated.") != line.npos;
    if (is_message) wanted = is_about_spaces(line);
    if (wanted) all += line + "\n";
  }
  for (const auto &[theirs, ours] : kSpaces) replace(all, theirs, ours);
  return all;
}

// The line of the user's that a position comes from, as the line markers before it say.
std::string place_of(std::string_view text, std::size_t position) {
  std::string file = "program_source";
  std::size_t line = 0;
  for (std::size_t begin = 0; begin <= position;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view one = text.substr(begin, end - begin);
    ++line;
    if (one.starts_with("# ") && one.find('"') != one.npos) {
      line = std::stoul(std::string(one.substr(2))) - 1;
      file = one.substr(one.find('"') + 1, one.rfind('"') - one.find('"') - 1);
    } else if (position < end) {
      return file + ":" + std::to_string(line) + ":" + std::to_string(position - begin + 1);
    }
    begin = end + 1;
  }
  return file;
}

std::string about_doubles(std::string_view text) {
  std::string all;
  for (const Token &token : tokenize(text))
    if (token.text == "double")
      all += place_of(text, token.position) + ": error: 'double' is not supported in Metal\n";
  return all;
}

}  // namespace

Command cxx() { return command_of("NEXUS_METAL_STANDIN_CXX", "clang++"); }
Command clang() { return command_of("NEXUS_METAL_STANDIN_CLANG", "clang"); }

std::optional<std::string> preprocess(const Scratch &scratch, const std::string &source,
                                      std::string &messages) {
  const auto in = scratch.path / "source.metal", out = scratch.path / "preprocessed.metal";
  std::ofstream(in) << "#line 1 \"program_source\"\n" << source << "\n";
  Command command = cxx();
  add(command,
      {"-x", "c++", "-std=c++17", "-E", "-nostdinc", "-nostdinc++", "-D__METAL_VERSION__=310",
       "-I" METAL_STANDIN_MSL "/preprocess", in.c_str(), "-o", out.c_str()});
  const bool succeeded = run(command, scratch.path / "messages");
  messages = read(scratch.path / "messages");
  if (!succeeded) return std::nullopt;
  std::string text = read(out);
  replace(text, "#pragma METAL_STANDIN ", "#include ");
  return text;
}

std::string broken_rules(const Scratch &scratch, const std::string &preprocessed) {
  std::string text = preprocessed;
  // Instead of Metal's headers the command includes one for the rules.
  replace(text, "#include <metal_", "// <metal_");
  const auto in = scratch.path / "rules.cl";
  std::ofstream(in) << text;
  Command command = clang();
  add(command, {"-x",
                "cl",
                "-cl-no-stdinc",
                "-cl-std=clc++2021",
                "-target",
                "spir64-unknown-unknown",
                "-Xclang",
                "-fdeclare-opencl-builtins",
                "-Xclang",
                "-cl-ext=-__opencl_c_generic_address_space,-__opencl_c_pipes,"
                "-__opencl_c_device_enqueue,-__opencl_c_program_scope_global_variables",
                "-nostdinc",
                "-I" METAL_STANDIN_PRELUDES,
                "-I" METAL_STANDIN_INCLUDE,
                "-include",
                "metal_stdlib",
                "-Dthread=__private",
                "-fsyntax-only",
                "-ferror-limit=0",
                "-fno-color-diagnostics",
                "-w",
                in.c_str()});
  run(command, scratch.path / "rules");
  return about_doubles(preprocessed) + about_spaces(read(scratch.path / "rules"));
}

}  // namespace msl
