// A thread of a block: its registers and its view of memory.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "error.hpp"
#include "launch.hpp"
#include "program.hpp"

namespace standin::ptx {

// Windows in the generic address space, disjoint from all allocations.
inline constexpr std::uint64_t kWindowSize = 1ull << 24;
inline constexpr std::uint64_t kSharedWindow = 0x0100'0000;
inline constexpr std::uint64_t kLocalWindow = 0x0200'0000;
inline constexpr std::uint64_t kParameterWindow = 0x0300'0000;
inline constexpr std::uint64_t kFunctionWindow = 0x0400'0000;

class Block;

enum class ThreadState : std::uint8_t { running, waiting, done };

class Thread {
 public:
  void start(Block &block, const Function &entry, unsigned number);
  // Runs until the thread waits or ends, or its turn is over.
  void run();

  template <class T>
  T get(Slot slot) const {
    if constexpr (std::is_same_v<T, bool>) {
      return frame_[slot] & 1;
    } else {
      T value;
      std::memcpy(&value, frame_ + slot, sizeof value);
      return value;
    }
  }
  template <class T>
  void put(Slot slot, T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    frame_[slot] = bits;
  }

  // Returns the bytes at an address of a state space; traps if it is invalid.
  std::byte *memory(Space space, std::uint64_t address, std::size_t size, const Instruction &at);
  std::byte *frame_bytes() { return reinterpret_cast<std::byte *>(frame_); }

  void jump(std::int64_t instruction) { next_ = static_cast<std::uint32_t>(instruction); }
  void call(const Call &call, const Function &callee);
  void leave();
  void end();

  [[noreturn]] void trap(TrapKind kind, const std::string &what, const Instruction &at) const;
  std::string name() const;

  std::uint64_t special(Special which) const;
  Block &block() { return *block_; }
  unsigned number() const { return number_; }

  bool carry = false;
  ThreadState state = ThreadState::done;
  // While it waits: the barrier, and the slot for the result of a reduction.
  unsigned barrier = 0;
  const Instruction *reduction = nullptr;

 private:
  struct Frame {
    const Function *function;
    const Call *call;  // by which it was entered
    std::size_t first_slot, first_local;
    std::uint32_t back;
  };
  void enter(const Function &function, const Call *call);
  std::byte *within(std::vector<std::byte> &bytes, std::uint64_t offset, std::size_t size,
                    const char *what, const Instruction &at);

  std::uint64_t *frame_ = nullptr;
  std::uint32_t next_ = 0;
  unsigned number_ = 0;
  Block *block_ = nullptr;
  std::vector<std::uint64_t> slots_;
  std::vector<std::byte> local_;
  std::vector<Frame> frames_;
  std::size_t used_slots_ = 0, used_local_ = 0;
};

}  // namespace standin::ptx
