#include "block.hpp"

#include <cstring>

#include "class.hpp"

using namespace standin;

namespace {
constexpr int kHasHelpers = 1 << 25, kOnHeap = 1 << 24, kGlobal = 1 << 28;

// The kinds of captured variables.
constexpr int kFieldBlock = 7, kFieldByReference = 8, kFromCaller = 128;
}  // namespace

// Symbols that Clang refers to in blocks.
STANDIN_EXPORT void *_NSConcreteStackBlock[32];
STANDIN_EXPORT void *_NSConcreteGlobalBlock[32];
STANDIN_EXPORT void *_NSConcreteMallocBlock[32];
void *_NSConcreteStackBlock[32] = {};
void *_NSConcreteGlobalBlock[32] = {};
void *_NSConcreteMallocBlock[32] = {};

namespace standin {

bool is_block(const void *object) {
  void *isa;
  std::memcpy(&isa, object, sizeof isa);
  return isa == _NSConcreteStackBlock || isa == _NSConcreteGlobalBlock ||
         isa == _NSConcreteMallocBlock;
}

void *copy_block(const void *pointer) {
  if (!pointer) return nullptr;
  auto *block = static_cast<Block *>(const_cast<void *>(pointer));
  if (block->flags & kGlobal) return block;
  if (block->flags & kOnHeap) {
    block->references.fetch_add(1);
    return block;
  }
  auto *copy = static_cast<Block *>(::operator new(block->descriptor->size));
  std::memcpy(static_cast<void *>(copy), static_cast<void *>(block), block->descriptor->size);
  copy->isa = _NSConcreteMallocBlock;
  copy->flags |= kOnHeap;
  copy->references.store(1);
  if (copy->flags & kHasHelpers) copy->descriptor->copy(copy, block);
  Object::live.fetch_add(1);
  return copy;
}

void release_block(void *pointer) {
  auto *block = static_cast<Block *>(pointer);
  if (!block || block->flags & kGlobal || !(block->flags & kOnHeap)) return;
  if (block->references.fetch_sub(1) != 1) return;
  if (block->flags & kHasHelpers) block->descriptor->dispose(block);
  Object::live.fetch_sub(1);
  ::operator delete(block);
}

}  // namespace standin

STANDIN_EXPORT void *_Block_copy(const void *block) { return copy_block(block); }
STANDIN_EXPORT void _Block_release(void *block) { release_block(block); }

// Variables declared __block are not supported; the plugin does not use them.
STANDIN_EXPORT void _Block_object_assign(void *target, const void *object, int flags) {
  if (flags & (kFieldByReference | kFromCaller)) die("__block variables are not supported");
  void *kept = flags == kFieldBlock ? copy_block(object) : retain(const_cast<void *>(object));
  std::memcpy(target, &kept, sizeof kept);
}

STANDIN_EXPORT void _Block_object_dispose(const void *object, int flags) {
  if (flags & (kFieldByReference | kFromCaller)) die("__block variables are not supported");
  if (flags == kFieldBlock)
    release_block(const_cast<void *>(object));
  else
    release(const_cast<void *>(object));
}
