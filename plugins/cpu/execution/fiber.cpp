#if defined(__APPLE__)
// Its headers declare the functions of ucontext.h only with the first, and MAP_ANONYMOUS then only
// with the second.
#define _XOPEN_SOURCE 700
#define _DARWIN_C_SOURCE
#endif

#include "execution/fiber.hpp"

#include <cxxabi.h>
#include <ucontext.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "execution/stacks.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(_LIBCPP_VERSION)
// Part of the ABI, which libc++abi's header does not declare.
namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals *__cxa_get_globals() noexcept;
}  // namespace __cxxabiv1
#endif

namespace nexus::cpu {
namespace {

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

// The exceptions that a thread handles at the moment: __cxa_eh_globals of the Itanium C++ ABI
// (Exception Handling, 2.2.2). Each fiber has its own, since its item may wait in a catch block.
struct HandledExceptions {
  void *caught = nullptr;
  unsigned uncaught = 0;

  void swap_with_thread() {
    auto &thread = *reinterpret_cast<HandledExceptions *>(abi::__cxa_get_globals());
    std::swap(*this, thread);
  }
};

// Ends an item that waits when another item of its group has failed. No std::exception, which
// kernels may catch.
struct Abandoned {};

class Group;

// Runs items on a stack, one after the other until one of them waits. It lies at the top of that
// stack, and needs no destructor.
class Fiber {
 public:
  static Fiber &on(Stack stack) {
    constexpr std::size_t kOwn = (sizeof(Fiber) + 63) / 64 * 64;
    return *new (stack.bottom + Stack::kSize - kOwn) Fiber(stack, Stack::kSize - kOwn);
  }

  void start(Group &group);
  // Resumes the fiber until its item waits again or no items are left.
  void resume();
  // Called on the fiber: returns to the caller of resume().
  void pause();

  bool finished = false;

 private:
  Fiber(Stack stack, std::size_t size) : stack_(stack.bottom), size_(size) {}
  static void entry(unsigned high, unsigned low);

  std::byte *const stack_;
  const std::size_t size_;
  ucontext_t own_{}, caller_{};
  HandledExceptions handled_;
  const void *caller_stack_ = nullptr;
  std::size_t caller_stack_size_ = 0;
  Group *group_ = nullptr;
};

// The stack on which a thread runs the first items of each group: all of them, if none waits.
Stack first_stack() {
  thread_local const StackBlock own(1);
  return own[0];
}

class Group {
 public:
  Group(nxs_ulong count, FunctionRef<void(nxs_ulong, void *)> body) : count_(count), body_(body) {}
  Group(const Group &) = delete;
  Group &operator=(const Group &) = delete;
  ~Group() {
    if (!stacks_.empty()) StackPool::instance().put(std::move(stacks_));
  }

  void run() {
    std::vector<Fiber *> waiting;
    for (nxs_ulong number = 0; next_ < count_ && !failure_; ++number) {
      try {
        // Before an item runs, since a fiber that waits must not be lost.
        waiting.reserve(number == 0 ? 1 : count_);
        if (number == 1) stacks_ = StackPool::instance().take(count_ - next_);
        Fiber &fiber = Fiber::on(number == 0 ? first_stack() : stack(number - 1));
        fiber.start(*this);
        if (!is_over(fiber)) waiting.push_back(&fiber);
      } catch (...) {
        failure_ = std::current_exception();
      }
    }
    // Every item is at a barrier or has ended. After a failure the others are abandoned where they
    // wait, which runs the destructors of their variables.
    while (!waiting.empty())
      waiting.erase(std::remove_if(waiting.begin(), waiting.end(),
                                   [this](Fiber *fiber) { return is_over(*fiber); }),
                    waiting.end());
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
    if (failure_) throw Abandoned();  // NOLINT(bugprone-std-exception-baseclass)
  }

 private:
  Stack stack(nxs_ulong number) const {
    return stacks_[number / StackPool::kBlock][number % StackPool::kBlock];
  }

  // Lets the fiber go on until it waits again; returns whether its items have ended.
  bool is_over(Fiber &fiber) {
    current_ = &fiber;
    fiber.resume();
    return fiber.finished;
  }

  const nxs_ulong count_;
  const FunctionRef<void(nxs_ulong, void *)> body_;
  nxs_ulong next_ = 0;
  Fiber *current_ = nullptr;
  std::vector<StackBlock> stacks_;
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
  own_.uc_stack.ss_size = size_;
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
  const StackSwitch change(stack_, size_);
  handled_.swap_with_thread();
  swapcontext(&caller_, &own_);
  handled_.swap_with_thread();
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
