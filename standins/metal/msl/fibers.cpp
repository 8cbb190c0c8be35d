#include "fibers.hpp"

#include <cstdint>

namespace msl {

void Fibers::run(unsigned count, std::function<void(unsigned)> body) {
  body_ = std::move(body);
  fibers_ = std::vector<Fiber>(count);
  if (stacks_.size() < count * kStack) stacks_.resize(count * kStack);
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  for (unsigned i = 0; i < count; ++i) {
    ucontext_t &context = fibers_[i].context;
    getcontext(&context);
    context.uc_stack.ss_sp = &stacks_[i * kStack];
    context.uc_stack.ss_size = kStack;
    context.uc_link = &main_;
    makecontext(&context, reinterpret_cast<void (*)()>(enter), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
  }
  for (unsigned left = count; left;)
    for (unsigned i = 0; i < count; ++i) {
      if (fibers_[i].done) continue;
      current_ = i;
      swapcontext(&main_, &fibers_[i].context);
      left -= fibers_[i].done;
    }
}

void Fibers::yield(unsigned fiber) { swapcontext(&fibers_[fiber].context, &main_); }

void Fibers::enter(unsigned high, unsigned low) {
  auto *self = reinterpret_cast<Fibers *>(std::uintptr_t{high} << 32 | low);
  const unsigned fiber = self->current_;
  self->body_(fiber);
  self->fibers_[fiber].done = true;
}

}  // namespace msl
