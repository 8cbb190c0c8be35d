// Operating-system functions: forks, threads and files.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nexus-sdk/base/error.hpp>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

namespace nexus::sdk {

namespace detail {
inline std::atomic<bool> forked{false};
}

// Notes, at the first call, that this process uses the plugin.
inline void mark_process_as_user() {
  static const bool registered = [] {
    pthread_atfork(nullptr, nullptr, [] { detail::forked.store(true, std::memory_order_relaxed); });
    return true;
  }();
  static_cast<void>(registered);
}

// Whether this process is a fork of one that used the plugin. The parent's threads do not exist
// here, and its locks may be held, so the plugin cannot be used.
inline bool is_fork_of_user() { return detail::forked.load(std::memory_order_relaxed); }

// Fails with NXS_InvalidValue unless the path is a regular file that this process can read. Checked
// before the file is opened, since opening a pipe without a writer would block.
inline void check_readable_file(const std::string &path) {
  struct stat info{};
  const bool there = stat(path.c_str(), &info) == 0;
  if (there && !S_ISREG(info.st_mode))
    fail(NXS_InvalidValue, "'", path, "' cannot be read: it is not a regular file");
  if (!there || access(path.c_str(), R_OK) != 0)
    fail(NXS_InvalidValue, "'", path, "' cannot be read: ", std::strerror(errno));
}

// Starts a detached thread that receives no signals from outside: they belong to the program. The
// signals of faults stay open, since a blocked one ends the process before any handler, such as a
// crash reporter's, is called.
template <class Body>
void start_thread(Body &&body) {
  sigset_t all, before;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread(std::forward<Body>(body)).detach();
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace nexus::sdk
