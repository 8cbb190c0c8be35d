// The files that a compiled library was made from, and whether they are still the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/shell_words.hpp"

namespace nexus::cpu {

struct Input {
  std::string path;
  // The file's size, number and times; empty if it changed so recently that these may not show the
  // next change.
  std::string stamp;
  // A hash of the content. A file that was not there has none, and is to stay absent.
  std::string content;
};

// Describes a file as it is now.
Input describe(const std::string &path);

// Whether the file is still as described. Its content is read only where its stamp differs.
bool is_unchanged(const Input &input);

// The paths in a dependency file as compilers write it for make, without the target.
std::vector<std::string> dependencies_in(std::string_view text);

// The files that options name in any way, such as objects, libraries, response files and scripts of
// the linker.
std::vector<std::string> files_named_in(const Words &options);

// The folders that a compiler searches before its own: that of the source, if it is a file, and
// those of options and environment. Absolute.
std::vector<std::string> folders_searched(const Words &options, const std::string &source);

// Whether a file is in one of the folders, or in a folder in it.
bool is_below(const std::string &path, const std::vector<std::string> &folders);

// Where the compiler would have found other files than `included` if there were any: in folders
// that it searches earlier.
std::vector<std::string> places_before(const std::vector<std::string> &included,
                                       const std::vector<std::string> &folders);

}  // namespace nexus::cpu
