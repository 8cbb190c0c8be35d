// Blocks: functions with captured variables, in the layout of Clang.
#pragma once

#include "object.hpp"

namespace standin {

struct Block {
  struct Descriptor {
    unsigned long reserved, size;
    // Present if the flags say so.
    void (*copy)(void *target, const void *source);
    void (*dispose)(const void *block);
  };

  void *isa;
  int flags;
  std::atomic<int> references;
  void (*code)();
  const Descriptor *descriptor;
};

bool is_block(const void *object);
// Moves a block to the heap, which is needed to outlive its scope; returns one on the heap itself.
void *copy_block(const void *block);
void release_block(void *block);

class StrongBlock {
 public:
  StrongBlock() = default;
  explicit StrongBlock(const Block *block)
      : block_(block ? static_cast<Block *>(copy_block(block)) : nullptr) {}
  StrongBlock(StrongBlock &&other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  StrongBlock &operator=(StrongBlock &&other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~StrongBlock() {
    if (block_) release_block(block_);
  }

  explicit operator bool() const { return block_; }
  template <class... A>
  void operator()(A... arguments) const {
    reinterpret_cast<void (*)(Block *, A...)>(block_->code)(block_, arguments...);
  }

 private:
  Block *block_ = nullptr;
};

}  // namespace standin
