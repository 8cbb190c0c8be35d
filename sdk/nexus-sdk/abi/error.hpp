// How a failure travels inside a plugin: as an exception that carries the status and the sentence
// that the caller of the C function reads.
#pragma once

#include <nexus-api/nxs.h>

#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace nexus::sdk {

class Error : public std::exception {
 public:
  Error(nxs_status status, std::string message) : status_(status), message_(std::move(message)) {}

  nxs_status status() const noexcept { return status_; }
  const char *what() const noexcept override { return message_.c_str(); }

 private:
  nxs_status status_;
  std::string message_;
};

namespace detail {
inline void append(std::string &text, std::string_view part) { text.append(part); }
inline void append(std::string &text, std::integral auto part) {
  text.append(std::to_string(part));
}
}  // namespace detail

// Strings and integers, one after the other.
template <class... Parts>
std::string concat(const Parts &...parts) {
  std::string text;
  (detail::append(text, parts), ...);
  return text;
}

template <class... Parts>
[[noreturn]] void fail(nxs_status status, const Parts &...parts) {
  throw Error(status, concat(parts...));
}

}  // namespace nexus::sdk
