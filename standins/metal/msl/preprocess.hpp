// What comes before the translation: the preprocessor, and the language's rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler.hpp"

namespace msl {

// The compiler of C++, and Clang itself, for languages that the former does not pass on.
std::vector<std::string> cxx();
std::vector<std::string> clang();

// The source with macros expanded and directives followed. Metal's own headers are included later,
// so that the language's words are still there. Returns nothing, and the compiler's messages, if
// that fails.
std::optional<std::string> preprocess(const Scratch &scratch, const std::string &source,
                                      std::string &messages);

// Messages about rules that C++ does not have and preprocessed source breaks: those of address
// spaces, for which Clang's C++ for OpenCL has the same, and that there is no double. Empty if the
// source keeps them.
std::string broken_rules(const Scratch &scratch, const std::string &preprocessed);

}  // namespace msl
