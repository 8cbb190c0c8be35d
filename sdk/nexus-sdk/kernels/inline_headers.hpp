// Puts the texts of the headers that kernels include in place of the #include lines, for compilers
// of kernels that take one text and look for no files.
#pragma once

#include <nexus-sdk/kernels/header_texts.hpp>
#include <nexus-sdk/objects/image.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace nexus::sdk {

namespace detail {

// Not inlined: it is in a branch that a device's compiler skips.
inline constexpr std::string_view kHeaderOfCpus = "nexus-api/nxs_kernel_cpu.h";

inline const KernelHeader *kernel_header(std::string_view name) {
  const auto *const found =
      std::find_if(std::begin(kKernelHeaders), std::end(kKernelHeaders),
                   [&](const KernelHeader &header) { return name == header.name; });
  return found == std::end(kKernelHeaders) || name == kHeaderOfCpus ? nullptr : found;
}

// A directive that makes the compiler count from here on: this line is the given one of a file.
inline std::string line_directive(std::size_t line, std::string_view file) {
  std::string text = "#line " + std::to_string(line) + " \"";
  for (const char c : file) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text + "\"\n";
}

class Inliner {
 public:
  Inliner(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  std::string run() {
    while (at_ < text_.size()) next();
    return std::move(result_) + std::string(text_.substr(copied_));
  }

 private:
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  // Moves on, and counts the lines that this passes.
  void skip_to(std::size_t end) {
    end = std::min(end, text_.size());
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(end),
                                                 '\n'));
    at_ = end;
  }
  void skip_past(std::string_view what, std::size_t from) {
    const std::size_t found = text_.find(what, from);
    skip_to(found == text_.npos ? found : found + what.size());
  }

  void next() {
    const char c = text_[at_];
    if (c == '\n') {
      line_begins_ = true;
      skip_to(at_ + 1);
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
    } else if (starts("\\\n") || starts("\\\r\n")) {
      skip_past("\n", at_);
    } else if (starts("/*")) {
      skip_past("*/", at_ + 2);
    } else if (starts("//")) {
      // The next line is part of the comment if this one ends in a backslash.
      do skip_to(std::min(text_.find('\n', at_ + 1), text_.size()));
      while (at_ < text_.size() && text_[text_[at_ - 1] == '\r' ? at_ - 2 : at_ - 1] == '\\');
    } else if (c == '"' || (c == '\'' && !in_number())) {
      literal(c);
    } else {
      if (c == '#' && line_begins_)
        directive();
      else
        ++at_;
      line_begins_ = false;
    }
  }

  // Numbers may have separators: 1'000.
  bool in_number() const {
    return at_ > 0 && std::isdigit(static_cast<unsigned char>(text_[at_ - 1]));
  }

  void literal(char quote) {
    line_begins_ = false;
    if (quote == '"' && at_ > 0 && text_[at_ - 1] == 'R') {
      const std::size_t open = std::min(text_.find('(', at_), text_.size());
      return skip_past(")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"", open);
    }
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    // A quote without its partner, as in a #error, ends with the line.
    skip_to(end < text_.size() && text_[end] == quote ? end + 1 : end);
  }

  void skip_blanks() {
    for (;;) {
      if (starts(" ") || starts("\t"))
        ++at_;
      else if (starts("\\\n") || starts("\\\r\n"))
        skip_past("\n", at_);
      else if (starts("/*"))
        skip_past("*/", at_ + 2);
      else
        return;
    }
  }

  // At a #.
  void directive() {
    const std::size_t begin = at_++;
    skip_blanks();
    if (!starts("include")) return;
    at_ += std::string_view("include").size();
    skip_blanks();
    const std::size_t open = at_;
    if (open >= text_.size() || (text_[open] != '<' && text_[open] != '"')) return;
    const std::size_t close = text_.find_first_of(text_[open] == '<' ? ">\n" : "\"\n", open + 1);
    if (close == text_.npos || text_[close] == '\n') return;
    at_ = close + 1;
    const KernelHeader *const header = kernel_header(text_.substr(open + 1, close - open - 1));
    if (!header) return;
    result_.append(text_.substr(copied_, begin - copied_)).append("\n");
    result_.append(line_directive(1, header->name));
    result_.append(Inliner(header->text, header->name).run()).append("\n");
    result_.append(line_directive(line_, file_));
    copied_ = at_;
  }

  const std::string_view text_, file_;
  std::size_t at_ = 0, copied_ = 0, line_ = 1;
  // Whether only blanks and comments stand before this on its line.
  bool line_begins_ = true;
  std::string result_;
};

}  // namespace detail

// The text with every #include of a header of kernels replaced by that header, and the headers that
// it includes. Lines keep their numbers, and messages of the compiler call the text `file`. A mark
// of the byte order is removed.
inline std::string inline_headers(std::string_view text, std::string_view file) {
  text = without_byte_order_mark(text);
  return detail::line_directive(1, file) + detail::Inliner(text, file).run();
}

}  // namespace nexus::sdk
