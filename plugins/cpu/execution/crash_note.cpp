#include "execution/crash_note.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace nexus::cpu {
namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL};
// How far from a buffer an address still is said to be beside it.
constexpr std::uintptr_t kBeside = 1 << 16;

thread_local CrashNote *running = nullptr;
std::array<struct sigaction, kSignals.size()> before;

// Text of a limited length, made without functions that a signal handler may not call.
class Text {
 public:
  Text &operator<<(const char *text) {
    while (*text && size_ < sizeof text_) text_[size_++] = *text++;
    return *this;
  }
  Text &operator<<(std::uintptr_t number) {
    std::array<char, 21> digits{};
    std::size_t i = digits.size() - 1;
    do digits[--i] = static_cast<char>('0' + number % 10);
    while (number /= 10);
    return *this << &digits[i];
  }
  void print() const {
    // There is nobody to tell that it could not be written.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text_, size_);
  }

 private:
  char text_[512];
  std::size_t size_ = 0;
};

}  // namespace

struct CrashHandler {
  // Says which buffer the address is nearest to, if it is near one.
  static void say_where(Text &text, const Launch &launch, std::uintptr_t address) {
    std::uintptr_t least = kBeside;
    std::size_t nearest = 0;
    bool behind = false;
    for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
      const auto *const buffer = launch.arguments[i].buffer.get();
      if (!buffer) continue;
      const auto begin = static_cast<std::uintptr_t>(buffer->address());
      const std::uintptr_t end = begin + buffer->size;
      // Between the two there is no fault.
      const std::uintptr_t distance = address < begin ? begin - address : address - end;
      if (distance >= least) continue;
      least = distance;
      nearest = i;
      behind = address >= end;
    }
    if (least == kBeside) return;
    text << ", " << least << " bytes " << (behind ? "behind the end" : "before the start")
         << " of argument " << nearest;
  }

  static void handle(int number, siginfo_t *info, void *) {
    if (const CrashNote *const note = running) {
      Text text;
      text << "nexus: signal " << static_cast<std::uintptr_t>(number) << " in kernel "
           << note->kernel_.c_str();
      if (number == SIGSEGV || number == SIGBUS)
        say_where(text, note->launch_, reinterpret_cast<std::uintptr_t>(info->si_addr));
      text << "\n";
      text.print();
    }
    // The instruction runs again, and the signal goes to who would have had it.
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      if (kSignals[i] == number) sigaction(number, &before[i], nullptr);
  }

  static bool install() {
    struct sigaction action{};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before[i]);
    return true;
  }
};

CrashNote::CrashNote(const std::string &kernel, const Launch &launch)
    : kernel_(kernel), launch_(launch), outer_(running) {
  static const bool kInstalled = CrashHandler::install();
  static_cast<void>(kInstalled);
  running = this;
}

CrashNote::~CrashNote() { running = outer_; }

}  // namespace nexus::cpu
