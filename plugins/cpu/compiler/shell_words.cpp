#include "compiler/shell_words.hpp"

#include <nexus-api/nxs.h>
#include <nexus-sdk/base/error.hpp>

#include <cstdlib>
#include <sstream>
#include <string_view>

namespace nexus::cpu {
using namespace sdk;
namespace {

bool is_one_of(std::string_view characters, char c) {
  return characters.find(c) != std::string_view::npos;
}

}  // namespace

std::string environment(const char *name) {
  const char *const value = std::getenv(name);
  return value ? value : "";
}

Words words_in(const char *name) {
  const std::string text = environment(name);
  Words words;
  bool in_word = false;
  const auto add = [&](char c) {
    if (!in_word) words.emplace_back();
    in_word = true;
    words.back().push_back(c);
  };
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
    // Between double quotes, a backslash is only special before these.
    const bool escapes = c == '\\' && next && (!quote || is_one_of("\"\\$`\n", next));
    if (quote && c == quote) {
      quote = 0;
    } else if (quote != '\'' && escapes) {
      ++i;
      if (next != '\n') add(next);
    } else if (!quote && (c == '"' || c == '\'')) {
      quote = c;
      // An empty pair of quotes is a word.
      if (!in_word) words.emplace_back();
      in_word = true;
    } else if (!quote && is_one_of(" \t\r\n", c)) {
      in_word = false;
    } else {
      add(c);
    }
  }
  if (quote)
    fail(NXS_InvalidCompilerOptions, name, "=", text, " has a ", quote == '"' ? "\"" : "'",
         " that is not closed");
  return words;
}

std::vector<std::string> folders_in(const char *name) {
  std::vector<std::string> folders;
  std::istringstream list(environment(name));
  for (std::string folder; std::getline(list, folder, ':');)
    folders.push_back(folder.empty() ? "." : folder);
  return folders;
}

}  // namespace nexus::cpu
