#if defined(__APPLE__)
// Its headers declare the functions of ucontext.h only with the first, and MAP_ANONYMOUS then only
// with the second.
#define _XOPEN_SOURCE 700
#define _DARWIN_C_SOURCE
#endif

#include "execution/fiber.hpp"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <exception>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace nexus::cpu {
namespace {

constexpr std::size_t kStackSize = 128 * 1024;

// Announces changes of the stack to AddressSanitizer.
class StackSwitch {
 public:
  StackSwitch([[maybe_unused]] const void *bottom, [[maybe_unused]] std::size_t size) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&fake_stack_, bottom, size);
#endif
  }
  // Called on the stack that the switch left, when execution returns to it.
  ~StackSwitch() { arrived(fake_stack_); }

  static void arrived([[maybe_unused]] void *fake_stack,
                      [[maybe_unused]] const void **bottom = nullptr,
                      [[maybe_unused]] std::size_t *size = nullptr) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, bottom, size);
#endif
  }

 private:
  void *fake_stack_ = nullptr;
};

class Group;

// A stack on which items run, one after the other until one of them waits.
class Fiber {
 public:
  Fiber() {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void *const memory = mmap(nullptr, kStackSize + page, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<std::byte *>(memory);
    size_ = kStackSize + page;
    // A guard page: stack overflow faults instead of overwriting another item's variables.
    mprotect(memory_, page, PROT_NONE);
    stack_ = memory_ + page;
  }
  Fiber(const Fiber &) = delete;
  Fiber &operator=(const Fiber &) = delete;
  ~Fiber() { munmap(memory_, size_); }

  void start(Group &group);
  // Resumes the fiber until its item waits again or no items are left.
  void resume();
  // Called on the fiber: returns to the caller of resume().
  void pause();

  bool finished = false;

 private:
  static void entry(unsigned high, unsigned low);

  std::byte *memory_ = nullptr, *stack_ = nullptr;
  std::size_t size_ = 0;
  ucontext_t own_{}, caller_{};
  const void *caller_stack_ = nullptr;
  std::size_t caller_stack_size_ = 0;
  Group *group_ = nullptr;
};

// Each thread keeps its stacks for the next group.
std::vector<std::unique_ptr<Fiber>> &spare_fibers() {
  thread_local std::vector<std::unique_ptr<Fiber>> fibers;
  return fibers;
}

class Group {
 public:
  Group(nxs_ulong count, FunctionRef<void(nxs_ulong, void *)> body) : count_(count), body_(body) {}

  void run() {
    std::vector<std::unique_ptr<Fiber>> waiting;
    while (next_ < count_ && !failure_) {
      std::unique_ptr<Fiber> fiber = take_fiber();
      fiber->start(*this);
      continue_with(std::move(fiber), waiting);
    }
    // Every item is at a barrier or has ended. After a failure the others continue as well, because
    // the destructors of their variables have to run.
    while (!waiting.empty())
      for (auto &fiber : std::exchange(waiting, {})) continue_with(std::move(fiber), waiting);
    if (failure_) std::rethrow_exception(failure_);
  }

  // Called on a fiber: runs items until there are no more.
  void work(Fiber &fiber) noexcept {
    while (next_ < count_ && !failure_) {
      current_ = &fiber;
      try {
        body_(next_++, this);
      } catch (...) {
        if (!failure_) failure_ = std::current_exception();
      }
    }
  }

  void wait() {
    if (count_ > 1) current_->pause();
  }

 private:
  static std::unique_ptr<Fiber> take_fiber() {
    auto &spare = spare_fibers();
    if (spare.empty()) return std::make_unique<Fiber>();
    std::unique_ptr<Fiber> fiber = std::move(spare.back());
    spare.pop_back();
    return fiber;
  }

  void continue_with(std::unique_ptr<Fiber> fiber, std::vector<std::unique_ptr<Fiber>> &waiting) {
    current_ = fiber.get();
    fiber->resume();
    (fiber->finished ? spare_fibers() : waiting).push_back(std::move(fiber));
  }

  const nxs_ulong count_;
  const FunctionRef<void(nxs_ulong, void *)> body_;
  nxs_ulong next_ = 0;
  Fiber *current_ = nullptr;
  std::exception_ptr failure_;
};

#if defined(__APPLE__)
// macOS deprecates ucontext.h without a replacement.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#endif

void Fiber::start(Group &group) {
  group_ = &group;
  finished = false;
  getcontext(&own_);
  own_.uc_stack.ss_sp = stack_;
  own_.uc_stack.ss_size = kStackSize;
  own_.uc_link = nullptr;
  // makecontext passes only ints.
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&own_, reinterpret_cast<void (*)()>(&Fiber::entry), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
}

void Fiber::entry(unsigned high, unsigned low) {
  auto *const self = reinterpret_cast<Fiber *>(std::uintptr_t{high} << 32 | low);
  StackSwitch::arrived(nullptr, &self->caller_stack_, &self->caller_stack_size_);
  self->group_->work(*self);
  self->finished = true;
  self->pause();
}

void Fiber::resume() {
  const StackSwitch change(stack_, kStackSize);
  swapcontext(&caller_, &own_);
}

void Fiber::pause() {
  const StackSwitch change(caller_stack_, caller_stack_size_);
  swapcontext(&own_, &caller_);
}

#if defined(__APPLE__)
#pragma clang diagnostic pop
#endif

}  // namespace

void run_items(nxs_ulong count, FunctionRef<void(nxs_ulong, void *)> body) {
  Group(count, body).run();
}

}  // namespace nexus::cpu

extern "C" void _cpu_barrier(void *barrier) { static_cast<nexus::cpu::Group *>(barrier)->wait(); }
