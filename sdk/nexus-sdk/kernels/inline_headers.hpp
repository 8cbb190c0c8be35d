// Puts the texts of the headers that kernels include in place of the #include lines, for compilers
// of kernels that take one text and look for no files.
#pragma once

#include <nexus-sdk/kernels/header_texts.hpp>
#include <nexus-sdk/kernels/source_text.hpp>
#include <nexus-sdk/objects/image.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace nexus::sdk {

// A directive by which the next line is the given one of a file. A name that is not UTF-8, or that
// has several lines, cannot be in one; it is left out.
inline std::string line_directive(std::size_t line, std::string_view file) {
  std::string text = "#line " + std::to_string(line);
  if (!is_text(file) || file.find_first_of("\n\r") != file.npos) return text + "\n";
  text += " \"";
  for (const char c : file) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text + "\"\n";
}

namespace detail {

// Not inlined: it is in a branch that a device's compiler skips.
inline constexpr std::string_view kHeaderOfCpus = "nexus-api/nxs_kernel_cpu.h";

inline const KernelHeader *kernel_header(std::string_view name) {
  const auto *const found =
      std::find_if(std::begin(kKernelHeaders), std::end(kKernelHeaders),
                   [&](const KernelHeader &header) { return name == header.name; });
  return found == std::end(kKernelHeaders) || name == kHeaderOfCpus ? nullptr : found;
}

// An #include of a header of kernels, from its # to behind the header's name.
struct KernelInclude {
  std::size_t begin, end;
  const KernelHeader *header;
};

// The include that begins at a # of the text; `code` is the text without comments.
inline std::optional<KernelInclude> kernel_include(std::string_view text, std::string_view code,
                                                   std::size_t begin) {
  constexpr std::string_view kInclude = "include";
  const std::size_t line = code.find_last_of('\n', begin) + 1;
  if (code.substr(line, begin - line).find_first_not_of(" \t\r") != code.npos) return {};
  std::size_t open = skip_blanks(code, begin + 1);
  if (!code.substr(open).starts_with(kInclude)) return {};
  open = skip_blanks(code, open + kInclude.size());
  if (open == code.size() || (code[open] != '<' && code[open] != '"')) return {};
  const std::size_t close = code.find_first_of(code[open] == '<' ? ">\n" : "\"\n", open + 1);
  if (close == code.npos || code[close] == '\n') return {};
  const KernelHeader *const header = kernel_header(text.substr(open + 1, close - open - 1));
  if (!header) return {};
  return KernelInclude{begin, close + 1, header};
}

inline std::string inlined(std::string_view text, std::string_view file) {
  const std::string code = without_comments(text);
  std::string result;
  std::size_t copied = 0, line = 1;
  for (std::size_t at = code.find('#'); at != code.npos; at = code.find('#', at + 1)) {
    const auto include = kernel_include(text, code, at);
    if (!include) continue;
    // What stands before it on its line remains, and what stands behind it begins a line of the
    // same number.
    const std::string_view before = text.substr(copied, include->begin - copied),
                           itself = text.substr(include->begin, include->end - include->begin);
    line += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n') +
                                     std::count(itself.begin(), itself.end(), '\n'));
    result.append(before).append("\n");
    result.append(line_directive(1, include->header->name));
    result.append(inlined(include->header->text, include->header->name)).append("\n");
    result.append(line_directive(line, file));
    copied = include->end;
  }
  return result.append(text.substr(copied));
}

}  // namespace detail

// The text with every #include of a header of kernels replaced by that header, and the headers that
// it includes. Lines keep their numbers, and messages of the compiler call the text `file`. A mark
// of the byte order is removed.
inline std::string inline_headers(std::string_view text, std::string_view file) {
  return line_directive(1, file) + detail::inlined(without_byte_order_mark(text), file);
}

}  // namespace nexus::sdk
