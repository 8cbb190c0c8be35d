// The library of a vendor's driver, which fills the driver's table of functions.
#pragma once

#include <nexus-sdk/base/shared_library.hpp>

#include <string>
#include <vector>

#include "driver/driver.hpp"

namespace nexus::gpu {

class DriverLibrary {
 public:
  enum class Names { kNvidias, kAmds };

  // Opens the first library that exists. `what` is what messages call the driver. A library or a
  // function that is missing becomes the driver's problem.
  DriverLibrary(Driver &driver, const std::vector<std::string> &names, std::string what)
      : driver_(driver), what_(std::move(what)), library_(names) {
    if (!library_.is_open())
      driver.problem = concat(what_, " is not installed: ", library_.problem());
  }

  // Fills in what both vendors have, under the names and with the numbers of one.
  void load_common(Names names) const {
    const bool amds = names == Names::kAmds;
#define NEXUS_GPU_FUNCTION(NAME, NVIDIA, AMD, ...) require(driver_.NAME, amds ? #AMD : #NVIDIA);
    NEXUS_GPU_FUNCTIONS(NEXUS_GPU_FUNCTION)
#undef NEXUS_GPU_FUNCTION
#define NEXUS_GPU_ATTRIBUTE(NAME, NVIDIA, NVIDIAS, AMD, AMDS) amds ? (AMDS) : (NVIDIAS),
    driver_.attributes = {NEXUS_GPU_ATTRIBUTES(NEXUS_GPU_ATTRIBUTE)};
#undef NEXUS_GPU_ATTRIBUTE
  }

  // Loads a function that may be missing; it stays NULL then.
  template <class Function>
  bool load(Function *&function, const char *name) const {
    return library_.is_open() && library_.load(function, name);
  }

  // Loads a function without which the driver is too old.
  template <class Function>
  void require(Function *&function, const char *name) const {
    if (!load(function, name) && driver_.problem.empty())
      driver_.problem = concat(what_, " is too old: no ", name);
  }

 private:
  Driver &driver_;
  const std::string what_;
  const SharedLibrary library_;
};

}  // namespace nexus::gpu
