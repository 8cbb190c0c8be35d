// Reading the text of kernels without a preprocessor.
#pragma once

#include <nexus-sdk/base/ascii.hpp>
#include <nexus-sdk/objects/image.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace nexus::sdk {

namespace detail {

// Whether the character can be part of a name or a number.
inline bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), result_(text) {}

  std::string run() {
    blank_to(text_.size() - without_byte_order_mark(text_).size());
    while (at_ < text_.size()) next();
    return std::move(result_);
  }

 private:
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  // Whether a line ends at a position and the next one continues it.
  bool is_continued(std::size_t end) const {
    if (end > 0 && text_[end - 1] == '\r') --end;
    return end > 0 && text_[end - 1] == '\\';
  }

  void blank_to(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) result_[at_] = ' ';
  }

  // Where the text first has these characters; behind its end if it has none.
  std::size_t find(std::string_view what, std::size_t from) const {
    return std::min(text_.find(what, from), text_.size());
  }

  void next() {
    const char c = text_[at_];
    if (starts("/*")) {
      blank_to(find("*/", at_ + 2) + 2);
    } else if (starts("//")) {
      std::size_t end = find("\n", at_);
      while (end < text_.size() && is_continued(end)) end = find("\n", end + 1);
      blank_to(end);
    } else if (c == '"' && at_ > 0 && text_[at_ - 1] == 'R') {
      const std::size_t open = find("(", at_);
      const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
      ++at_;
      blank_to(find(close, open) + close.size() - 1);
      ++at_;
    } else if (c == '"' || (c == '\'' && !in_number())) {
      literal(c);
    } else {
      ++at_;
    }
  }

  // Numbers may have separators: 1'000.
  bool in_number() const { return at_ > 0 && is_digit(text_[at_ - 1]); }

  // A quote without its partner, as in an #error, ends with the line.
  void literal(char quote) {
    std::size_t end = ++at_;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    blank_to(end);
    if (at_ < text_.size() && text_[at_] == quote) ++at_;
  }

  const std::string_view text_;
  std::string result_;
  std::size_t at_ = 0;
};

}  // namespace detail

// The text with blanks in place of a byte order mark, of comments, and of what is between quotes,
// the ends of lines in there included; all else stays where it is.
inline std::string without_comments(std::string_view text) { return detail::Blanker(text).run(); }

// Where something other than blanks is, from a position on. A backslash at the end of a line counts
// as a blank, and so does the line's end behind it.
inline std::size_t skip_blanks(std::string_view text, std::size_t at) {
  for (;;) {
    if (at < text.size() && (text[at] == ' ' || text[at] == '\t'))
      ++at;
    else if (text.substr(at).starts_with("\\\n"))
      at += 2;
    else if (text.substr(at).starts_with("\\\r\n"))
      at += 3;
    else
      return std::min(at, text.size());
  }
}

}  // namespace nexus::sdk
