/**
 * @file kernel_state.hpp
 * What the copies of a kernel share: its name, and the arguments that it declares.
 */
#ifndef NEXUS_DETAIL_KERNEL_STATE_HPP
#define NEXUS_DETAIL_KERNEL_STATE_HPP

#include <nexus/buffer.hpp>
#include <nexus/detail/scalar.hpp>
#include <nexus/detail/state.hpp>
#include <nexus/property.hpp>
#include <nexus/stream.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace nexus {

/** What an argument of a kernel is; the numbers are those of the property Arguments. */
enum class ArgumentKind { in, out, scalar, unknown, inOrScalar, none };

/** The declaration of a kernel's argument. */
struct KernelArgument {
  ArgumentKind kind;
  /** Type of the scalar or of the buffer's elements; Undefined where it is unknown. */
  nxs_data_type type;
  /** Empty where it is unknown. */
  std::string name;
};

namespace detail {

/** Whether a type can be an argument of a kernel. */
template <class T>
inline constexpr bool isArgument =
    std::is_base_of_v<Buffer, T> || std::is_arithmetic_v<T> || std::is_enum_v<T>;

struct KernelState : State {
  using State::State;
  ~KernelState() override { delete declared_.load(); }

  /** Returns the arguments that the kernel declares; asks the plugin once. */
  const std::vector<KernelArgument> &declared() const {
    const std::vector<KernelArgument> *known = declared_.load(std::memory_order_acquire);
    return known ? *known : ask();
  }

  /** Returns an argument's position, its name where that is known, and the kernel's name. */
  std::string describeArgument(std::size_t position) const {
    const auto index = static_cast<nxs_int>(position);
    const std::vector<KernelArgument> *known = declared_.load(std::memory_order_acquire);
    const bool named = known && position < known->size() && !(*known)[position].name.empty();
    return "argument " + std::to_string(index) +
           (named ? " " + quoted((*known)[position].name) : std::string()) + " of kernel " +
           quoted(name);
  }

  /** Throws unless a buffer with elements of a type can be an argument. */
  void requireElements(std::size_t index, nxs_data_type own, const char *function) const {
    const std::vector<KernelArgument> &all = declared();
    if (index >= all.size() || all[index].type == own) return;
    if (all[index].kind == ArgumentKind::scalar) return;
    if (areCompatible(static_cast<nxs_uint>(all[index].type), static_cast<nxs_uint>(own))) return;
    throw ArgumentError(describeArgument(index) + " has elements of " +
                            dataTypeName(static_cast<nxs_uint>(all[index].type)) +
                            ", but the buffer has elements of " +
                            dataTypeName(static_cast<nxs_uint>(own)) +
                            "; convert the contents before, or pass a view of the buffer",
                        NXS_InvalidArgValue, function);
  }

  /** Converts a number to what an argument declares, else to the type of C++ that it has. */
  void encode(std::size_t index, const Number &number, nxs_data_type own, Scalar &scalar,
              const char *function) const {
    const std::vector<KernelArgument> &all = declared();
    nxs_data_type type = own;
    if (index < all.size() && all[index].type != NXS_DataType_Undefined &&
        (all[index].kind == ArgumentKind::scalar || all[index].kind == ArgumentKind::inOrScalar)) {
      type = all[index].type;
    }
    const Conversion result = convert(number, type, scalar);
    if (result != Conversion::done) {
      throwConversion(result, number, type, describeArgument(index), function);
    }
  }

  std::string name;

 private:
  const std::vector<KernelArgument> &ask() const {
    auto made = std::make_unique<std::vector<KernelArgument>>();
    std::vector<nxs_long> kinds;
    std::vector<std::string> types;
    std::string names;
    requireOpen("nxsGetKernelProperty");
    // A plugin that does not tell is no error.
    if (readProperty(*this, NP_Arguments, kinds) < 0) kinds.clear();
    if (readProperty(*this, NP_DataTypes, types) < 0) types.clear();
    if (readBytes(*this, NP_ArgumentNames, false, names) < 0) names.clear();
    std::size_t at = 0;
    for (std::size_t index = 0; index < kinds.size() && !types.empty(); ++index) {
      const bool known = kinds[index] >= 0 && kinds[index] <= nxs_long(ArgumentKind::none);
      KernelArgument argument{
          known ? static_cast<ArgumentKind>(kinds[index]) : ArgumentKind::unknown,
          index < types.size() ? typeOf(types[index]) : NXS_DataType_Undefined,
          at < names.size() ? names.c_str() + at : ""};
      at += argument.name.size() + 1;
      made->push_back(std::move(argument));
    }
    const std::vector<KernelArgument> *before = nullptr;
    if (declared_.compare_exchange_strong(before, made.get())) return *made.release();
    return *before;
  }

  static nxs_data_type typeOf(const std::string &name) {
    for (const Named &known : kDataTypes) {
      if (name == known.name) return static_cast<nxs_data_type>(known.number);
    }
    return NXS_DataType_Undefined;
  }

  mutable std::atomic<const std::vector<KernelArgument> *> declared_{nullptr};
};

/** Launches a kernel on a plugin without nxsLaunch, by a schedule of one command. */
template <class About>
void runBySchedule(const State &kernel, nxs_int stream, const nxs_launch &launch, nxs_uint settings,
                   const About &about) {
  const Plugin &plugin = kernel.plugin;
  const auto check = [&](nxs_int result, const char *function) {
    if (result < 0) fail(kernel, result, function, about());
    return result;
  };
  // The kernel's parent is its library, whose parent is the device.
  const nxs_int device = kernel.parent->parent->handle();
  const Temporary schedule(
      kSchedule, plugin, check(NEXUS_CALL(plugin, CreateSchedule, device, 0), "nxsCreateSchedule"));
  const nxs_int command = check(
      NEXUS_CALL(plugin, CreateCommand, schedule.id(), kernel.handle(), 0), "nxsCreateCommand");
  for (nxs_uint index = 0; index < launch.argument_count; ++index) {
    const nxs_launch_argument &argument = launch.arguments[index];
    const auto number = static_cast<nxs_int>(index);
    if (argument.value) {
      void *const value = const_cast<void *>(argument.value);
      check(
          NEXUS_CALL(plugin, SetCommandScalar, command, number, value, nullptr, argument.data_type),
          "nxsSetCommandScalar");
    } else {
      check(NEXUS_CALL(plugin, SetCommandArgument, command, number, argument.buffer_id, nullptr, 0),
            "nxsSetCommandArgument");
    }
  }
  check(NEXUS_CALL(plugin, FinalizeCommand, command, launch.grid_size, launch.group_size,
                   launch.shared_memory_size),
        "nxsFinalizeCommand");
  check(NEXUS_CALL(plugin, RunSchedule, schedule.id(), stream, settings), "nxsRunSchedule");
}

}  // namespace detail

}  // namespace nexus

#endif  // NEXUS_DETAIL_KERNEL_STATE_HPP
