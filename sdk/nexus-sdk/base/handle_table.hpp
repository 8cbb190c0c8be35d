// The table behind every handle of a plugin.
//
// A handle consists of a slot's index and the slot's generation, which increases when the slot is
// reused; the slot records what kind of object it holds. Released slots are reused in the order of
// their release, and only while at least kReserve of them are free. So the value of a released
// handle is used again only after kReserve * (kGenerations - 1), about 8 million, further
// creations.
#pragma once

#include <nexus-api/nxs.h>
#include <nexus-sdk/base/error.hpp>
#include <nexus-sdk/base/ref.hpp>
#include <nexus-sdk/base/spin_lock.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace nexus::sdk {

// The kinds of objects that have handles, in the order of the property LiveObjects.
enum class Kind : std::uint8_t {
  kBuffer,
  kLibrary,
  kKernel,
  kEvent,
  kStream,
  kSchedule,
  kCommand,
  kCount
};

struct KindInfo {
  const char *name;
  nxs_status invalid;
};

inline const KindInfo &kind_info(Kind kind) {
  static constexpr std::array<KindInfo, static_cast<std::size_t>(Kind::kCount)> kInfos{{
      {"buffer", NXS_InvalidBuffer},
      {"library", NXS_InvalidLibrary},
      {"kernel", NXS_InvalidKernel},
      {"event", NXS_InvalidEvent},
      {"stream", NXS_InvalidStream},
      {"schedule", NXS_InvalidSchedule},
      {"command", NXS_InvalidCommand},
  }};
  return kInfos[static_cast<std::size_t>(kind)];
}

// The refusal of a handle.
inline Error not_live(nxs_int handle, Kind kind) {
  const KindInfo &info = kind_info(kind);
  return Error(info.invalid, concat(handle, " is not the handle of a live ", info.name));
}

// The object behind a handle.
class Object : public RefCounted {
 public:
  explicit Object(Kind kind) : kind_(kind) {}
  Kind kind() const { return kind_; }

  // Called once when the object's handle has ended, without the table's lock.
  virtual void handle_released() {}

 private:
  friend class HandleTable;
  // First, where it takes no room: there may be millions of objects.
  const Kind kind_;
  Object *next_released_ = nullptr;
};

class HandleTable {
 public:
  using Counts = std::array<nxs_long, static_cast<std::size_t>(Kind::kCount)>;

  // Creates a handle for the object. With a parent, the handle ends when the parent's handle ends;
  // fails if the parent has been released meanwhile.
  nxs_int insert(Ref<Object> object, nxs_int parent = -1, Kind parent_kind = Kind::kCount) {
    const std::lock_guard lock(lock_);
    std::uint32_t parent_slot = kNone;
    if (parent_kind != Kind::kCount) parent_slot = locate(parent, parent_kind);
    const std::uint32_t index = take_slot();
    Slot &slot = at(index);
    slot.kind = object->kind();
    slot.object = object.detach();
    if (parent_slot != kNone) adopt(parent_slot, index);
    ++live_[static_cast<std::size_t>(slot.kind)];
    return static_cast<nxs_int>(slot.generation << kSlotBits | index);
  }

  // Returns the object behind a live handle of this type; fails for any other handle.
  template <class T>
  Ref<T> find(nxs_int handle) const {
    const std::lock_guard lock(lock_);
    return Ref<T>(static_cast<T *>(at(locate(handle, T::kKind)).object));
  }

  // Like find(), but returns an empty reference for any other handle: exceptions are slow.
  template <class T>
  Ref<T> seek(nxs_int handle) const {
    const std::lock_guard lock(lock_);
    return Ref<T>(seek_locked<T>(handle));
  }

  // Calls `body` with a function that does the same, as a pointer, under one lock for many handles.
  template <class Body>
  void look_up(const Body &body) const {
    const std::lock_guard lock(lock_);
    body([this]<class T>(nxs_int handle) { return this->template seek_locked<T>(handle); });
  }

  // Ends a handle and the handles of its children. Returns false if the handle is not live.
  bool remove(nxs_int handle, Kind kind) {
    Object *released = nullptr;
    {
      const std::lock_guard lock(lock_);
      const std::uint32_t index = slot_of(handle, kind);
      if (index == kNone) return false;
      end(index, released);
    }
    // Without the lock, since releasing the last reference may run a slow destructor.
    while (released) {
      Object *const object = std::exchange(released, released->next_released_);
      object->handle_released();
      object->release();
    }
    return true;
  }

  Counts live() const {
    const std::lock_guard lock(lock_);
    return live_;
  }

 private:
  static constexpr std::uint32_t kSlotBits = 21;
  static constexpr std::uint32_t kSlots = 1u << kSlotBits;
  static constexpr std::uint32_t kGenerations = 1u << (31 - kSlotBits);
  static constexpr std::uint32_t kReserve = 8192;
  static constexpr std::uint32_t kBlock = 4096;
  static constexpr std::uint32_t kNone = ~0u;

  struct Slot {
    Object *object = nullptr;
    // Never 0 for a live object, so that no handle can be mistaken for the index of a device.
    std::uint32_t generation = 0;
    std::uint32_t parent = kNone, first_child = kNone;
    // Links in the list of the parent's children; `next` also links the released slots.
    std::uint32_t previous = kNone, next = kNone;
    Kind kind = Kind::kCount;
  };

  Slot &at(std::uint32_t index) const { return blocks_[index / kBlock][index % kBlock]; }

  // kNone if the handle is not live.
  std::uint32_t slot_of(nxs_int handle, Kind kind) const {
    const auto bits = static_cast<std::uint32_t>(handle);
    const std::uint32_t index = bits % kSlots;
    if (handle >= 0 && index < used_) {
      const Slot &slot = at(index);
      if (slot.object && slot.generation == bits >> kSlotBits && slot.kind == kind) return index;
    }
    return kNone;
  }

  std::uint32_t locate(nxs_int handle, Kind kind) const {
    const std::uint32_t index = slot_of(handle, kind);
    if (index == kNone) throw not_live(handle, kind);
    return index;
  }

  template <class T>
  T *seek_locked(nxs_int handle) const {
    const std::uint32_t index = slot_of(handle, T::kKind);
    return index == kNone ? nullptr : static_cast<T *>(at(index).object);
  }

  std::uint32_t take_slot() {
    if (released_count_ < kReserve && used_ < kSlots) {
      if (used_ % kBlock == 0) blocks_[used_ / kBlock] = std::make_unique<Slot[]>(kBlock);
      at(used_).generation = 1;
      return used_++;
    }
    if (released_count_ < kReserve)
      fail(NXS_OutOfResources, "too many live objects: ", used_ - released_count_);
    const std::uint32_t index = first_released_;
    Slot &slot = at(index);
    first_released_ = slot.next;
    --released_count_;
    slot.generation = slot.generation + 1 == kGenerations ? 1 : slot.generation + 1;
    slot.next = kNone;
    return index;
  }

  void adopt(std::uint32_t parent, std::uint32_t child) {
    Slot &slot = at(child);
    slot.parent = parent;
    slot.next = std::exchange(at(parent).first_child, child);
    if (slot.next != kNone) at(slot.next).previous = child;
  }

  void leave_parent(Slot &slot) {
    if (slot.parent == kNone) return;
    (slot.previous == kNone ? at(slot.parent).first_child : at(slot.previous).next) = slot.next;
    if (slot.next != kNone) at(slot.next).previous = slot.previous;
  }

  // Links the objects rather than collecting them, so that a release needs no memory.
  void end(std::uint32_t index, Object *&released) {
    Slot &slot = at(index);
    while (slot.first_child != kNone) end(slot.first_child, released);
    leave_parent(slot);
    slot.object->next_released_ = std::exchange(released, slot.object);
    --live_[static_cast<std::size_t>(slot.kind)];
    slot.object = nullptr;
    slot.parent = slot.previous = slot.next = kNone;
    if (released_count_++ == 0)
      first_released_ = index;
    else
      at(last_released_).next = index;
    last_released_ = index;
  }

  mutable SpinLock lock_;
  std::array<std::unique_ptr<Slot[]>, kSlots / kBlock> blocks_;
  std::uint32_t used_ = 0;
  std::uint32_t first_released_ = kNone, last_released_ = kNone, released_count_ = 0;
  Counts live_{};
};

}  // namespace nexus::sdk
