#include "thread.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "block.hpp"

namespace standin::ptx {
namespace {

// Instructions per turn of a thread. Turns end, since a thread may spin until another one has
// written.
constexpr int kShare = 1 << 16;
constexpr std::size_t kMostLocal = 512 << 10;
constexpr std::size_t kMostFrames = 4096;

std::uint64_t nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

void copy(std::byte *into, Parameter to, const std::byte *out_of, Parameter from) {
  std::memcpy(into + to.offset, out_of + from.offset, std::min(to.size, from.size));
}

std::string hexadecimal(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

void Thread::start(Block &block, const Function &entry, unsigned number) {
  block_ = &block;
  number_ = number;
  state = ThreadState::running;
  frames_.clear();
  used_slots_ = used_local_ = 0;
  enter(entry, nullptr);
}

void Thread::enter(const Function &function, const Call *call) {
  if (frames_.size() >= kMostFrames || used_local_ + function.local_size > kMostLocal)
    throw Trap{TrapKind::launch_failure, name() + " has used up its stack"};
  frames_.push_back({&function, call, used_slots_, used_local_, next_});
  const std::size_t first = used_slots_;
  used_slots_ += function.frame.size();
  if (slots_.size() < used_slots_) slots_.resize(used_slots_ * 2);
  frame_ = slots_.data() + first;
  std::copy(function.frame.begin(), function.frame.end(), frame_);
  // Aligned for any type of local variable.
  used_local_ = (used_local_ + function.local_size + 15) & ~std::size_t{15};
  if (local_.size() < used_local_) local_.resize(used_local_);
  for (const auto &[slot, offset] : function.locals)
    frame_[slot] = frames_.back().first_local + offset;
  const std::vector<std::size_t> &offsets = block_->launch.entry->shared_offsets;
  for (const auto &[slot, number] : function.shared) frame_[slot] = offsets[number];
  for (const auto &[slot, which] : function.specials) frame_[slot] = special(which);
  next_ = function.first;
}

void Thread::call(const Call &call, const Function &callee) {
  const std::size_t caller = frames_.back().first_slot;
  enter(callee, &call);
  const auto *from = reinterpret_cast<const std::byte *>(slots_.data() + caller);
  for (std::size_t n = 0; n < call.arguments.size(); ++n)
    copy(frame_bytes(), callee.parameters[n], from, call.arguments[n]);
}

void Thread::leave() {
  const Frame left = frames_.back();
  frames_.pop_back();
  if (frames_.empty()) return end();
  const std::byte *from = frame_bytes();
  frame_ = slots_.data() + frames_.back().first_slot;
  for (std::size_t n = 0; n < left.call->results.size(); ++n)
    copy(frame_bytes(), left.call->results[n], from, left.function->results[n]);
  used_slots_ = left.first_slot;
  used_local_ = left.first_local;
  next_ = left.back;
}

void Thread::end() {
  state = ThreadState::done;
  block_->ended();
}

void Thread::run() {
  const Instruction *instructions = block_->launch.program->instructions.data();
  for (int left = kShare; left && state == ThreadState::running; --left) {
    const Instruction &instruction = instructions[next_++];
    if (instruction.guard != kNoSlot &&
        (frame_[instruction.guard] & 1) == instruction.guard_negated)
      continue;
    instruction.run(*this, instruction);
  }
}

std::byte *Thread::within(std::vector<std::byte> &bytes, std::uint64_t offset, std::size_t size,
                          const char *what, const Instruction &at) {
  if (offset > bytes.size() || size > bytes.size() - offset)
    trap(TrapKind::illegal_address,
         std::string("reaches beyond ") + what + " memory of " + std::to_string(bytes.size()) +
             " bytes: " + std::to_string(size) + " at " + hexadecimal(offset),
         at);
  return bytes.data() + offset;
}

std::byte *Thread::memory(Space space, std::uint64_t address, std::size_t size,
                          const Instruction &at) {
  if (address & (size - 1))
    trap(TrapKind::misaligned_address,
         "reaches " + std::to_string(size) + " bytes at the unaligned address " +
             hexadecimal(address),
         at);
  if (space == Space::generic) {
    if (address - kSharedWindow < kWindowSize) {
      space = Space::shared;
      address -= kSharedWindow;
    } else if (address - kLocalWindow < kWindowSize) {
      space = Space::local;
      address -= kLocalWindow;
    } else if (address - kParameterWindow < kWindowSize) {
      space = Space::param;
      address -= kParameterWindow;
    }
  }
  switch (space) {
    case Space::shared: return within(block_->shared, address, size, "shared", at);
    case Space::local: return within(local_, address, size, "local", at);
    case Space::param:
      // Arguments are read-only and the same for all threads.
      return within(const_cast<std::vector<std::byte> &>(block_->launch.arguments), address, size,
                    "parameter", at);
    default: break;
  }
  Span &span = block_->spans[at.index];
  if (!span.contains(address, size)) {
    span = block_->memory.find(address);
    if (!span.contains(address, size))
      trap(TrapKind::illegal_address,
           "reaches " + std::to_string(size) + " bytes at " + hexadecimal(address) +
               (span.bytes ? ", beyond the end of an allocation" : ", where nothing is allocated"),
           at);
  }
  return span.bytes + (address - span.begin);
}

std::string Thread::name() const {
  const auto &[x, y, z] = block_->place;
  const auto &shape = block_->launch.block;
  const auto text = [](unsigned a, unsigned b, unsigned c) {
    return "(" + std::to_string(a) + ", " + std::to_string(b) + ", " + std::to_string(c) + ")";
  };
  return "thread " +
         text(number_ % shape[0], number_ / shape[0] % shape[1], number_ / shape[0] / shape[1]) +
         " of block " + text(x, y, z) + " of " + block_->launch.entry->name;
}

void Thread::trap(TrapKind kind, const std::string &what, const Instruction &at) const {
  throw Trap{kind, name() + ", line " + std::to_string(at.line) + " of the PTX: " + what};
}

std::uint64_t Thread::special(Special which) const {
  const Launch &launch = block_->launch;
  const auto &shape = launch.block;
  const unsigned lane = number_ % 32;
  const unsigned threads = shape[0] * shape[1] * shape[2];
  switch (which) {
    case Special::tid_x: return number_ % shape[0];
    case Special::tid_y: return number_ / shape[0] % shape[1];
    case Special::tid_z: return number_ / shape[0] / shape[1];
    case Special::ntid_x: return shape[0];
    case Special::ntid_y: return shape[1];
    case Special::ntid_z: return shape[2];
    case Special::ctaid_x: return block_->place[0];
    case Special::ctaid_y: return block_->place[1];
    case Special::ctaid_z: return block_->place[2];
    case Special::nctaid_x: return launch.grid[0];
    case Special::nctaid_y: return launch.grid[1];
    case Special::nctaid_z: return launch.grid[2];
    case Special::laneid: return lane;
    case Special::warpid: return number_ / 32;
    case Special::nwarpid: return (threads + 31) / 32;
    case Special::smid: return 0;
    case Special::nsmid: return 1;
    case Special::gridid: return 1;
    case Special::lanemask_eq: return 1u << lane;
    case Special::lanemask_lt: return (1u << lane) - 1;
    case Special::lanemask_le: return (2u << lane) - 1;
    case Special::lanemask_ge: return ~((1u << lane) - 1);
    case Special::lanemask_gt: return ~((2u << lane) - 1);
    case Special::dynamic_smem_size: return launch.dynamic_shared;
    case Special::total_smem_size: return block_->shared.size();
    case Special::clock:
    case Special::globaltimer: return nanoseconds();
  }
  return 0;
}

}  // namespace standin::ptx
