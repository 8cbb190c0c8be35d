#include "compiler/item_blocks.hpp"

#include <nexus-sdk/base/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "compiler/tokens.hpp"

namespace nexus::cpu {
using namespace sdk;
namespace {

// How the innermost loop of NXS_ITEMS begins, in nxs_kernel.h.
constexpr std::array<std::string_view, 4> kItems{"for", "(", "nxs_int", "nxs_local_0"};

constexpr int kDeepest = 500;

// Where a statement lies.
struct Place {
  // Whether `break` ends a loop or switch of the item.
  bool breaks = false;
  // In a function of its own, such as a lambda.
  bool function = false;
};

class Blocks {
 public:
  explicit Blocks(std::string_view text) : tokens_(tokens_of(text)) {}

  std::string problems() {
    while (at_ < tokens_.size())
      if (items_begin()) {
        ++at_;
        parentheses({});
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
    if (tokens_.size() - at_ < kItems.size()) return false;
    return std::equal(kItems.begin(), kItems.end(),
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
    const bool name =
        first == '_' || (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    return name && tokens_[at_ + 2].text != ":";
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
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string_view> labels_;
  std::vector<const Token *> jumps_;
  std::string problems_;
};

}  // namespace

std::string problems_in_item_blocks(std::string_view text) { return Blocks(text).problems(); }

}  // namespace nexus::cpu
