// The exception for failures inside a plugin. It carries the status and the message for the caller
// of the C function.
#pragma once

#include <nexus-api/nxs.h>

#include <concepts>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace nexus::sdk {

class Error : public std::exception {
 public:
  Error(nxs_status status, std::string message)
      : status_(status), message_(std::make_shared<const std::string>(std::move(message))) {}

  nxs_status status() const noexcept { return status_; }
  const char *what() const noexcept override { return message_->c_str(); }

 private:
  nxs_status status_;
  // Shared, so that copying an Error needs no memory and never fails.
  std::shared_ptr<const std::string> message_;
};

namespace detail {
inline void append(std::string &text, std::string_view part) { text.append(part); }
inline void append(std::string &text, std::integral auto part) {
  text.append(std::to_string(part));
}
}  // namespace detail

// Joins strings and integers.
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
