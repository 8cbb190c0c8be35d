/**
 * @file launch.hpp
 * Sizes of groups and grids, and how a kernel is launched.
 */
#ifndef NEXUS_LAUNCH_HPP
#define NEXUS_LAUNCH_HPP

#include <nexus/error.hpp>
#include <nexus/stream.hpp>

#include <limits>
#include <string>
#include <type_traits>

namespace nexus {

namespace detail {

template <class... Sizes>
using IfIntegers = std::enable_if_t<(std::is_integral_v<Sizes> && ...), int>;

/** Returns a size that fits the ABI. */
template <class Integer>
constexpr nxs_uint sizeOf(Integer value) {
  if (value < Integer{} ||
      static_cast<nxs_ulong>(value) > nxs_ulong{std::numeric_limits<nxs_uint>::max()}) {
    throw ArgumentError("a size has to be from 0 to 2^32 - 1, and is " + std::to_string(value),
                        NXS_InvalidGlobalWorkSize);
  }
  return static_cast<nxs_uint>(value);
}

inline std::string text(const nxs_dim3 &size) {
  return "(" + std::to_string(size.x) + ", " + std::to_string(size.y) + ", " +
         std::to_string(size.z) + ")";
}

}  // namespace detail

/** A size in one to three dimensions, x first: 256, or {16, 16}. */
struct Extent : nxs_dim3 {
  template <class X, detail::IfIntegers<X> = 0>
  constexpr Extent(X along_x) : nxs_dim3{detail::sizeOf(along_x), 1, 1} {}
  template <class X, class Y, detail::IfIntegers<X, Y> = 0>
  constexpr Extent(X along_x, Y along_y)
      : nxs_dim3{detail::sizeOf(along_x), detail::sizeOf(along_y), 1} {}
  template <class X, class Y, class Z, detail::IfIntegers<X, Y, Z> = 0>
  constexpr Extent(X along_x, Y along_y, Z along_z)
      : nxs_dim3{detail::sizeOf(along_x), detail::sizeOf(along_y), detail::sizeOf(along_z)} {}
};

/**
 * The size of a grid: a bare number, or one to three in braces, counts work-items. groups() and
 * items() say it explicitly.
 */
class Grid {
 public:
  Grid(Extent items) : size_(items), countsGroups_(false) {}
  template <class X, detail::IfIntegers<X> = 0>
  Grid(X along_x) : Grid(Extent(along_x)) {}
  template <class X, class Y, detail::IfIntegers<X, Y> = 0>
  Grid(X along_x, Y along_y) : Grid(Extent(along_x, along_y)) {}
  template <class X, class Y, class Z, detail::IfIntegers<X, Y, Z> = 0>
  Grid(X along_x, Y along_y, Z along_z) : Grid(Extent(along_x, along_y, along_z)) {}

  /** Returns how many groups of a size make up the grid. */
  nxs_dim3 groupsOf(const Extent &group) const {
    // The plugin refuses a group without items.
    if (countsGroups_ || !group.x || !group.y || !group.z) return size_;
    if (size_.x % group.x || size_.y % group.y || size_.z % group.z) throwUneven(group);
    return {size_.x / group.x, size_.y / group.y, size_.z / group.z};
  }

  std::string describe() const {
    return "a grid of " + detail::text(size_) + (countsGroups_ ? " groups" : " items");
  }

 private:
  friend Grid groups(Extent size);

  [[noreturn]] void throwUneven(const Extent &group) const {
    throw ArgumentError(describe() + " is not a whole number of groups of " + detail::text(group) +
                            " items along each dimension; use a multiple, or another group size",
                        NXS_InvalidGlobalWorkSize);
  }

  Extent size_;
  bool countsGroups_;
};

/** A grid of so many work-items. */
inline Grid items(Extent size) { return size; }

/** A grid of so many groups, as CUDA and the launches of some other libraries count. */
inline Grid groups(Extent size) {
  Grid grid(size);
  grid.countsGroups_ = true;
  return grid;
}

/**
 * How a kernel is launched: the items of a group, the grid, and what is optional.
 *
 *     kernel({256, n}, a, b);
 *     kernel({256, nexus::groups(4)}, a, b);
 *     kernel(nexus::Launch({16, 16}, {width, height}).on(stream).nonBlocking(), a, b);
 */
class Launch {
 public:
  /** sharedMemory: bytes that the items of a group share, beyond what the kernel declares. */
  Launch(Extent group, Grid grid, nxs_uint sharedMemory = 0)
      : group_(group), grid_(grid), sharedMemory_(sharedMemory) {}

  /** Runs on a stream instead of the device's default. The stream has to outlive the call. */
  Launch &on(const Stream &stream) {
    stream_ = &stream;
    return *this;
  }

  /** Returns once the work is submitted; the next blocking call on the stream reports failures. */
  Launch &nonBlocking() {
    settings_ |= NXS_ExecutionSettings_NonBlocking;
    return *this;
  }

  /** Sets flags, nxs_execution_settings. */
  Launch &settings(nxs_uint flags) {
    settings_ |= flags;
    return *this;
  }

  const Extent &group() const noexcept { return group_; }
  const Grid &grid() const noexcept { return grid_; }
  nxs_uint sharedMemory() const noexcept { return sharedMemory_; }
  nxs_uint settings() const noexcept { return settings_; }
  const Stream *stream() const noexcept { return stream_; }

  std::string describe() const {
    return "groups of " + detail::text(group_) + " items in " + grid_.describe();
  }

 private:
  Extent group_;
  Grid grid_;
  nxs_uint sharedMemory_;
  nxs_uint settings_ = 0;
  const Stream *stream_ = nullptr;
};

}  // namespace nexus

#endif  // NEXUS_LAUNCH_HPP
