// The functions of reference counting that ARC calls.
#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "block.hpp"
#include "class.hpp"

STANDIN_DEFINE_CLASS(Released, nullptr, nullptr, {})

namespace standin {
namespace {

// Objects without a reference count: constants and tagged pointers.
bool is_constant(const void *object) {
  if (reinterpret_cast<std::uintptr_t>(object) & 7) return true;
  const Class *isa = Class::of(object);
  return !isa || isa->is_constant();
}

void refuse_released(const Object *object) {
  if (object->isa == &Released) die("an object is used that was released");
}

std::vector<void *> &pool() {
  static thread_local std::vector<void *> objects;
  return objects;
}

}  // namespace

void *Object::operator new(std::size_t size) { return ::operator new(size); }

void Object::operator delete(void *memory) {
  static std::mutex mutex;
  static void *ring[kMostKept];
  static std::size_t next = 0;
  Class *const isa = &Released;
  std::memcpy(memory, &isa, sizeof isa);
  if (const std::size_t size = std::min(kept.load(), kMostKept)) {
    const std::lock_guard lock(mutex);
    std::swap(memory, ring[next++ % size]);
  }
  ::operator delete(memory);
}

void *retain(void *pointer) {
  if (!pointer || is_constant(pointer)) return pointer;
  if (is_block(pointer)) return copy_block(pointer);
  auto *object = static_cast<Object *>(pointer);
  refuse_released(object);
  object->references.fetch_add(1);
  return object;
}

void release(void *pointer) {
  if (!pointer || is_constant(pointer)) return;
  if (is_block(pointer)) return release_block(pointer);
  auto *object = static_cast<Object *>(pointer);
  refuse_released(object);
  if (object->references.fetch_sub(1) == 1) object->isa->destroy(object);
}

void *autorelease(void *object) {
  if (!object) return nullptr;
  try {
    pool().push_back(object);
  } catch (...) {
    release(object);
    throw;
  }
  return object;
}

}  // namespace standin

using namespace standin;

STANDIN_EXPORT void *objc_retain(void *object) { return retain(object); }
STANDIN_EXPORT void objc_release(void *object) { release(object); }
STANDIN_EXPORT void *objc_autorelease(void *object) { return autorelease(object); }
STANDIN_EXPORT void *objc_autoreleaseReturnValue(void *object) { return autorelease(object); }
STANDIN_EXPORT void *objc_retainAutorelease(void *object) { return autorelease(retain(object)); }
STANDIN_EXPORT void *objc_retainAutoreleaseReturnValue(void *object) {
  return autorelease(retain(object));
}
STANDIN_EXPORT void *objc_retainAutoreleasedReturnValue(void *object) { return retain(object); }
STANDIN_EXPORT void *objc_claimAutoreleasedReturnValue(void *object) { return retain(object); }
STANDIN_EXPORT void *objc_unsafeClaimAutoreleasedReturnValue(void *object) { return object; }
STANDIN_EXPORT void *objc_retainBlock(void *block) { return copy_block(block); }

STANDIN_EXPORT void objc_storeStrong(void **place, void *object) {
  retain(object);
  release(std::exchange(*place, object));
}

STANDIN_EXPORT void *objc_autoreleasePoolPush() {
  // Not NULL, which would mean that there is no pool.
  return reinterpret_cast<void *>(pool().size() + 1);
}

STANDIN_EXPORT void objc_autoreleasePoolPop(void *token) {
  while (pool().size() + 1 > reinterpret_cast<std::size_t>(token)) {
    void *object = pool().back();
    pool().pop_back();
    release(object);
  }
}
