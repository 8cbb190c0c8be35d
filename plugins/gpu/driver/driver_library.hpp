// The library of a vendor's driver, which fills the table of the driver's functions.
#pragma once

#include <nexus-sdk/base/shared_library.hpp>

#include <string>
#include <vector>

#include "driver/driver.hpp"

namespace nexus::gpu {

class DriverLibrary {
 public:
  // Opens the first library that exists. `what` is what messages call the driver. A library or a
  // function that is missing becomes the driver's problem.
  DriverLibrary(Driver &driver, const std::vector<std::string> &names, std::string what)
      : driver_(driver), what_(std::move(what)), library_(names) {
    if (!library_.is_open())
      driver.problem = concat(what_, " is not installed: ", library_.problem());
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
