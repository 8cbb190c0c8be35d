/**
 * @file error.hpp
 * The exceptions of the C++ API. All derive from nexus::Error.
 */
#ifndef NEXUS_ERROR_HPP
#define NEXUS_ERROR_HPP

#include <nexus-api.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace nexus {

/** A call failed. what() says what was asked, what is wrong, and what the plugin reports. */
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string &text, nxs_int status = NXS_InvalidValue,
                 const char *function = "")
      : std::runtime_error(text), status_(status), function_(function) {}

  /** An nxs_status, or another number where a plugin returned one that the headers lack. */
  nxs_int status() const noexcept { return status_; }

  /** The C function that failed, such as "nxsCreateBuffer"; empty if none was called. */
  const char *function() const noexcept { return function_; }

 private:
  nxs_int status_;
  const char *function_;
};

/** The memory of the device or of the host ran out. */
class OutOfMemoryError : public Error {
  using Error::Error;
};

/** An object is empty or closed, or belongs to another runtime or device. */
class InvalidHandleError : public Error {
  using Error::Error;
};

/** An argument cannot be used: a number that does not fit, a range of another size or type. */
class ArgumentError : public Error {
  using Error::Error;
};

/** The property does not exist, or this object does not have it. */
class PropertyNotFoundError : public Error {
  using Error::Error;
};

/** A property was requested as another type than its own. */
class PropertyTypeError : public Error {
  using Error::Error;
};

/** A kernel library could not be built or loaded, or lacks a kernel. */
class LibraryError : public Error {
 public:
  LibraryError(const std::string &text, nxs_int status, const char *function, std::string log = "")
      : Error(text, status, function), log_(std::move(log)) {}

  /** Output of the compiler or the loader; may be empty. */
  const std::string &log() const noexcept { return log_; }

 private:
  std::string log_;
};

/** The source needs a compiler that is not installed. */
class CompilerNotAvailableError : public LibraryError {
  using LibraryError::LibraryError;
};

/** The plugin lacks a function that the operation needs. */
class NotSupportedError : public Error {
  using Error::Error;
};

/** No runtime, device or record has that name or index. */
class NotFoundError : public Error {
  using Error::Error;
};

/** The device is lost, or this process is a fork of one that used it. */
class DeviceNotAvailableError : public Error {
  using Error::Error;
};

/** A wait ended at its time-out. */
class WaitTimeoutError : public Error {
  using Error::Error;
};

}  // namespace nexus

#endif  // NEXUS_ERROR_HPP
