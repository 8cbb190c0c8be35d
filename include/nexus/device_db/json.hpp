/**
 * @file json.hpp
 * Reads JSON from sources that need not be trusted: what is refused is the same as in Python.
 */
#ifndef NEXUS_DEVICE_DB_JSON_HPP
#define NEXUS_DEVICE_DB_JSON_HPP

#include <nexus/device_db/json_value.hpp>
#include <nexus/error.hpp>

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace nexus {

/** A record of the device database, or a device's property Record, cannot be used. */
class RecordError : public Error {
 public:
  RecordError(const std::string &path, const std::string &place, const std::string &reason)
      : Error(path + ": " + (place.empty() ? "" : place + ": ") + reason),
        path_(path),
        place_(place),
        reason_(reason) {}

  /** The file, or another source. */
  const std::string &path() const noexcept { return path_; }
  /** "line 3, column 5" or the way to the value, "$.Limits"; empty for the whole. */
  const std::string &place() const noexcept { return place_; }
  /** What is wrong there. */
  const std::string &reason() const noexcept { return reason_; }

 private:
  std::string path_, place_, reason_;
};

namespace detail {

/** Reads one text. */
class JsonReader {
 public:
  JsonReader(const std::string &path, std::string_view text) : path_(path), text_(text) {}

  /** Returns the object that the whole text is; throws RecordError. */
  Json read() {
    Json found = value(1);
    skipSpace();
    if (at_ != text_.size()) fail("something follows the value");
    if (!found.isObject())
      throw RecordError(path_, "$", "it holds " + found.kind() + " where an object has to be");
    return found;
  }

 private:
  static constexpr int kMaxDepth = 64;
  static constexpr std::size_t kMaxDigits = 400;

  Json value(int depth) {
    skipSpace();
    switch (next()) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': return Json(string());
      case 't': return literal("true", Json(true));
      case 'f': return literal("false", Json(false));
      case 'n': return literal("null", Json());
      default: return number();
    }
  }

  Json object(int depth) {
    checkDepth(depth);
    Json::Object members;
    ++at_;
    skipSpace();
    if (next() == '}') return ++at_, Json(std::move(members));
    for (;;) {
      skipSpace();
      if (next() != '"') fail("a name in quotation marks is expected");
      const std::size_t begin = at_;
      std::string name = string();
      for (const auto &member : members) {
        if (member.first != name) continue;
        at_ = begin;
        fail("'" + name + "' stands there twice");
      }
      skipSpace();
      if (next() != ':') fail("a colon is expected");
      ++at_;
      members.emplace_back(std::move(name), value(depth + 1));
      if (endsAfterItem('}')) return Json(std::move(members));
    }
  }

  Json array(int depth) {
    checkDepth(depth);
    Json::Array items;
    ++at_;
    skipSpace();
    if (next() == ']') return ++at_, Json(std::move(items));
    for (;;) {
      items.push_back(value(depth + 1));
      if (endsAfterItem(']')) return Json(std::move(items));
    }
  }

  /** Passes the comma, or the end, of a list; returns whether it was the end. */
  bool endsAfterItem(char end) {
    skipSpace();
    const char found = next();
    if (found != ',' && found != end) fail(std::string("a comma or '") + end + "' is expected");
    ++at_;
    return found == end;
  }

  std::string string() {
    std::string text;
    ++at_;
    for (;;) {
      const char c = next();
      ++at_;
      if (c == '"') return text;
      if (static_cast<unsigned char>(c) < 0x20) --at_, fail("a control character in a string");
      if (c != '\\') {
        text += c;
        continue;
      }
      const char escaped = next();
      ++at_;
      constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
      const std::size_t place = kEscapes.find(escaped);
      if (place != kEscapes.npos) {
        text += kMeanings[place];
      } else if (escaped == 'u') {
        appendCharacter(text);
      } else {
        --at_;
        fail("an unknown escape sequence");
      }
    }
  }

  /** Appends a character, of which the digits follow, as UTF-8. */
  void appendCharacter(std::string &text) {
    unsigned code = fourDigits();
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const unsigned low = fourDigits();
      if (low < 0xDC00 || low > 0xDFFF) failHalf();
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xD800 && code <= 0xDFFF) {
      failHalf();
    }
    const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
    text += static_cast<char>(kLead[more] | code >> (6 * more));
    for (int left = more - 1; left >= 0; --left)
      text += static_cast<char>(0x80 | (code >> (6 * left) & 0x3F));
  }

  unsigned fourDigits() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const std::size_t digit = std::string_view("0123456789abcdef")
                                    .find(static_cast<char>(next() | (next() > '9' ? 0x20 : 0)));
      if (digit == std::string_view::npos) fail("four hexadecimal digits are expected");
      code = code << 4 | static_cast<unsigned>(digit);
    }
    return code;
  }

  Json number() {
    const std::size_t begin = at_;
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    const std::size_t digits = skipDigits();
    if (!digits) at_ = begin, fail("a value is expected");
    if (digits > 1 && text_[at_ - digits] == '0') at_ = begin, fail("a number begins with 0");
    bool whole = true;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_, whole = false;
      if (!skipDigits()) fail("digits are expected");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_, whole = false;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!skipDigits()) fail("digits are expected");
    }
    const std::string text(text_.substr(begin, at_ - begin));
    at_ = begin;
    if (text.size() > kMaxDigits)
      fail("a number of " + std::to_string(text.size()) + " characters is too long");
    const Json found = whole ? Json::integer(text) : Json(toDouble(text));
    if (!std::isfinite(found.asDouble())) fail(text + " is too large");
    at_ = begin + text.size();
    return found;
  }

  std::size_t skipDigits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - begin;
  }

  Json literal(std::string_view word, Json meaning) {
    if (text_.substr(at_, word.size()) != word) fail("a value is expected");
    at_ += word.size();
    return meaning;
  }

  void skipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != text_.npos) ++at_;
  }

  char next() const {
    if (at_ >= text_.size()) fail("it ends too early");
    return text_[at_];
  }

  void checkDepth(int depth) const {
    if (depth > kMaxDepth) fail("it is nested deeper than " + std::to_string(kMaxDepth));
  }

  [[noreturn]] void failHalf() const { fail("half of a surrogate pair is not a character"); }

  [[noreturn]] void fail(const std::string &reason) const {
    throw RecordError(path_, placeIn(text_, at_), "it is not JSON: " + reason);
  }

  /** Returns line and column, counted in bytes, of a position. */
  static std::string placeIn(std::string_view text, std::size_t position) {
    std::size_t line = 1, column = 1;
    for (const char c : text.substr(0, position)) c == '\n' ? (++line, column = 1) : ++column;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
  }

  const std::string &path_;
  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace detail
}  // namespace nexus

#endif  // NEXUS_DEVICE_DB_JSON_HPP
