/**
 * @file library.hpp
 * Libraries: compiled kernels.
 */
#ifndef NEXUS_LIBRARY_HPP
#define NEXUS_LIBRARY_HPP

#include <nexus/kernel.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nexus {

/** Compiled kernels, from Device::compile and Device::loadLibrary. */
class Library : public Closable {
 public:
  Library() = default;

  /** Returns a kernel. Throws LibraryError if there is none of that name. */
  Kernel getKernel(const std::string &name) const {
    auto made = detail::make<detail::KernelState>(detail::kKernel, plugin(), shared());
    made->name = name;
    made->id = checked(NEXUS_CALL(plugin(), GetKernel, handle(), name.c_str()), "nxsGetKernel",
                       [&] { return "kernel " + detail::quoted(name) + " of " + describe(); });
    return detail::Access::wrap<Kernel>(std::move(made));
  }

  /** Returns the names of the kernels. Throws NotSupportedError if the plugin does not list them.
   */
  std::vector<std::string> kernelNames() const {
    if (auto names = findProperty<std::vector<std::string>>(NP_SubUnits)) return *std::move(names);
    state().requireOpen("nxsGetLibraryProperty");
    throw NotSupportedError("the plugin does not list the kernels of " + describe() +
                                "; ask for one with getKernel(name)",
                            NXS_InvalidProperty, "nxsGetLibraryProperty");
  }

  /** Returns the compiler's remarks; may be empty. */
  std::string message() const { return findProperty<std::string>(NP_Message).value_or(""); }

 private:
  friend struct detail::Access;
  explicit Library(detail::Reference<detail::State> state) : Closable(std::move(state)) {}
};

}  // namespace nexus

#endif  // NEXUS_LIBRARY_HPP
