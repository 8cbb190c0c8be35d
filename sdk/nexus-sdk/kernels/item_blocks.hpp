// Finds jumps out of a kernel's item blocks, which on a CPU end more than one item.
#pragma once

#include <nexus-sdk/base/ascii.hpp>
#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/kernels/source_text.hpp>
#include <nexus-sdk/kernels/tokens.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nexus::sdk {
namespace detail {

// How an item block begins: as it is written, and as the innermost loop of nxs_kernel_cpu.h.
inline constexpr std::array<std::string_view, 1> kItemsWritten{"NXS_ITEMS"};
inline constexpr std::array<std::string_view, 4> kItemsExpanded{"for", "(", "nxs_int",
                                                                "nxs_local_0"};

inline constexpr int kDeepest = 500;

// Where a statement lies.
struct Place {
  // Whether `break` ends a loop or switch of the item.
  bool breaks = false;
  // In a function of its own, such as a lambda.
  bool function = false;
};

class Blocks {
 public:
  Blocks(std::vector<Token> tokens, std::span<const std::string_view> begin)
      : tokens_(std::move(tokens)), begin_(begin) {}

  std::string problems() {
    while (at_ < tokens_.size())
      if (items_begin()) {
        ++at_;
        // Of the loop.
        if (begin_.size() > 1) parentheses({});
        labels_.clear();
        jumps_.clear();
        statement({});
        check_jumps();
      } else {
        ++at_;
      }
    return std::move(problems_);
  }

 private:
  bool items_begin() const {
    if (tokens_.size() - at_ < begin_.size()) return false;
    return std::equal(begin_.begin(), begin_.end(),
                      tokens_.begin() + static_cast<std::ptrdiff_t>(at_),
                      [](std::string_view text, const Token &token) { return text == token.text; });
  }

  bool at(std::string_view text) const { return at_ < tokens_.size() && tokens_[at_].text == text; }
  bool take(std::string_view text) {
    if (!at(text)) return false;
    ++at_;
    return true;
  }

  void report(const Token &token, const char *what) {
    problems_ += concat(token.file, ":", token.line, ": error: ", what, "\n");
  }

  // Counts how deep statements are nested.
  class Level {
   public:
    explicit Level(int &depth) : depth_(++depth) {}
    Level(const Level &) = delete;
    Level &operator=(const Level &) = delete;
    ~Level() { --depth_; }

   private:
    int &depth_;
  };

  void statement(Place place) {
    const Level level(depth_);
    // No kernel is nested so deeply; the rest is left to the compiler.
    if (depth_ > kDeepest) at_ = tokens_.size();
    if (at_ >= tokens_.size() || at("}")) return;
    if (at("{")) return block(place);
    if (take("for") || take("while") || take("switch")) {
      parentheses(place);
      return statement({true, place.function});
    }
    if (take("do")) {
      statement({true, place.function});
      take("while");
      return expression(place);
    }
    if (take("if")) {
      take("constexpr");
      parentheses(place);
      statement(place);
      if (take("else")) statement(place);
      return;
    }
    if (take("try")) {
      block(place);
      while (take("catch")) {
        parentheses(place);
        block(place);
      }
      return;
    }
    if (take("case")) {
      while (at_ < tokens_.size() && !at(":") && !at(";")) ++at_;
      ++at_;
      return statement(place);
    }
    if (is_label()) {
      labels_.push_back(tokens_[at_].text);
      at_ += 2;
      return statement(place);
    }
    expression(place);
  }

  // A name or `default`, and one colon.
  bool is_label() const {
    if (at_ + 2 >= tokens_.size() || tokens_[at_ + 1].text != ":") return false;
    const char first = tokens_[at_].text[0];
    return (first == '_' || is_letter(first)) && tokens_[at_ + 2].text != ":";
  }

  void block(Place place) {
    if (!take("{")) return;
    while (at_ < tokens_.size() && !take("}")) {
      const std::size_t before = at_;
      statement(place);
      if (at_ == before) ++at_;
    }
  }

  void parentheses(Place place) {
    if (take("(")) expression(place, ")");
  }

  // An expression or declaration, up to and with its end.
  void expression(Place place, std::string_view end = ";") {
    const Level level(depth_);
    if (depth_ > kDeepest) at_ = tokens_.size();
    while (at_ < tokens_.size() && !take(end)) {
      // The end is missing, which the compiler reports.
      if (at("}") || at(")") || at("]")) return;
      jump(place);
      if (take("(")) {
        // `({ ... })` holds statements of the same function.
        if (at("{")) block(place);
        expression(place, ")");
      } else if (take("[")) {
        expression(place, "]");
      } else if (at("{")) {
        const bool defines = place.function || ends_with_definition();
        block({false, true});
        if (defines && end == ";" && !is_continued()) return;
      } else {
        ++at_;
      }
    }
  }

  // The body of a member function has no semicolon behind it.
  bool ends_with_definition() const { return at_ > 0 && tokens_[at_ - 1].text == ")"; }
  bool is_continued() const {
    static constexpr std::string_view kContinue = ";,)(]}.";
    return at_ < tokens_.size() && kContinue.find(tokens_[at_].text[0]) != std::string_view::npos;
  }

  void jump(Place place) {
    if (place.function) return;
    const Token &token = tokens_[at_];
    if (token.text == "return")
      report(token,
             "'return' in an item block ends it for all items of the group that come later; use "
             "'continue', which ends one item, and 'return' outside of item blocks");
    if (token.text == "break" && !place.breaks)
      report(token,
             "'break' in an item block ends it for all items of the group that come later; use "
             "'continue', which ends one item");
    if (token.text == "goto" && at_ + 1 < tokens_.size()) jumps_.push_back(&tokens_[at_ + 1]);
  }

  void check_jumps() {
    for (const Token *target : jumps_)
      if (std::find(labels_.begin(), labels_.end(), target->text) == labels_.end())
        report(*target,
               "'goto' leaves an item block, which ends it for all items of the group that come "
               "later; use 'continue', which ends one item");
  }

  const std::vector<Token> tokens_;
  const std::span<const std::string_view> begin_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string_view> labels_;
  std::vector<const Token *> jumps_;
  std::string problems_;
};

}  // namespace detail

// Returns a line for each `return`, `break` and `goto` that leaves an item block, in the form of a
// compiler's errors; empty if there are none. An item block is a loop over the group's items
// (NXS_ITEMS), which such a statement would end for all items that come later.
//
// `text` is what the preprocessor made of a source for a CPU, with its line markers. A lexer and
// the nesting of statements suffice. The bodies of lambdas and of local classes are functions of
// their own, and may return.
inline std::string problems_in_item_blocks(std::string_view text) {
  return detail::Blocks(tokens_of(text), detail::kItemsExpanded).problems();
}

// The same for a source as it is written, which messages call `file`: for compilers that show no
// preprocessed text. Jumps that a macro hides are not found.
inline std::string problems_in_source(std::string_view source, std::string_view file) {
  const std::string code = without_comments(source);
  return detail::Blocks(tokens_of(code, file), detail::kItemsWritten).problems();
}

}  // namespace nexus::sdk
