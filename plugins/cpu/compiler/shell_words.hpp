// Commands and options in environment variables.
#pragma once

#include <string>
#include <vector>

namespace nexus::cpu {

using Words = std::vector<std::string>;

// The value of an environment variable; empty if it is not set.
std::string environment(const char *name);

// The words of an environment variable, split as a shell does: quotes keep spaces, and a backslash
// the character behind it. Nothing is expanded.
//
// Fails with NXS_InvalidCompilerOptions for a quote that is not closed.
Words words_in(const char *name);

// The folders in an environment variable that lists them with colons.
std::vector<std::string> folders_in(const char *name);

}  // namespace nexus::cpu
