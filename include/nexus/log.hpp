/**
 * @file log.hpp
 * The log: off by default, turned on by the environment variable NEXUS_LOG or by a callback.
 */
#ifndef NEXUS_LOG_HPP
#define NEXUS_LOG_HPP

#include <nexus/detail/names.hpp>
#include <nexus/detail/reference.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace nexus {

/** How important a message is. */
enum class LogLevel { debug, info, warning, error, off };

/** Receives the messages of the log, from any thread. */
using LogCallback = std::function<void(LogLevel level, std::string_view text)>;

namespace detail {

inline constexpr const char *kLogLevelNames[] = {"debug", "info", "warning", "error"};

/** Writes a line of the log to standard error. */
inline void writeToStandardError(LogLevel level, std::string_view text) {
  std::fprintf(stderr, "nexus %s: %.*s\n", kLogLevelNames[static_cast<int>(level)],
               static_cast<int>(text.size()), text.data());
}

/** A callback, which is kept while it is called. */
struct Receiver : Counted {
  explicit Receiver(LogCallback receives) : callback(std::move(receives)) {}
  const LogCallback callback;
};

/** Who receives messages, and from which level on. */
class Log {
 public:
  static Log &instance() {
    // Never destroyed, since objects that are released at exit may write to it.
    static Log *const log = new Log;
    return *log;
  }

  bool takes(LogLevel level) const noexcept {
    return level >= level_.load(std::memory_order_relaxed);
  }

  void set(LogLevel level, LogCallback callback) {
    const Reference<Receiver> receiver(callback ? new Receiver(std::move(callback)) : nullptr);
    Reference<Receiver> before;
    const std::lock_guard<std::mutex> lock(mutex_);
    before = receiver_;
    receiver_ = receiver;
    level_ = level;
  }

  /** Passes a message on. An exception of the callback is reported, and goes no further. */
  void write(LogLevel level, std::string_view text) noexcept {
    try {
      Reference<Receiver> receiver;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        receiver = receiver_;
      }
      receiver ? receiver->callback(level, text) : writeToStandardError(level, text);
    } catch (const std::exception &error) {
      std::fprintf(stderr, "nexus error: the log's callback threw: %s\n", error.what());
    } catch (...) {
      std::fprintf(stderr, "nexus error: the log's callback threw an exception\n");
    }
  }

  /** Passes a message on that std::snprintf makes, of at most 255 bytes; allocates nothing. */
  template <class... Values>
  void writeFormatted(LogLevel level, const char *format, Values... values) noexcept {
    char text[256];
    std::snprintf(text, sizeof text, format, values...);
    write(level, text);
  }

 private:
  Log() {
    const char *const wanted = std::getenv("NEXUS_LOG");
    if (!wanted || !*wanted) return;
    for (int level = 0; level < static_cast<int>(LogLevel::off); ++level) {
      if (lower(wanted) == kLogLevelNames[level]) level_ = static_cast<LogLevel>(level);
    }
    if (level_ == LogLevel::off) {
      const std::string known = listed(kLogLevelNames);
      writeToStandardError(LogLevel::warning,
                           "NEXUS_LOG=" + quoted(wanted) + " is not a level; use one of " + known);
    }
  }

  std::atomic<LogLevel> level_{LogLevel::off};
  std::mutex mutex_;
  Reference<Receiver> receiver_;
};

/** Writes a message that a function makes, if the level is logged. */
template <class Text>
void log(LogLevel level, const Text &text) {
  Log &log = Log::instance();
  if (log.takes(level)) log.write(level, text());
}

}  // namespace detail

/**
 * Sends messages from a level on to a callback, or to standard error without one. Overrides
 * NEXUS_LOG. The callback may be called from several threads at once; what it throws is reported on
 * standard error and otherwise ignored, as destructors write to the log too.
 *
 *     nexus::setLog(nexus::LogLevel::info, [](auto level, auto text) { ... });
 */
inline void setLog(LogLevel level, LogCallback callback = nullptr) {
  detail::Log::instance().set(level, std::move(callback));
}

}  // namespace nexus

#endif  // NEXUS_LOG_HPP
