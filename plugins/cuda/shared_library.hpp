// Libraries of the vendor, opened at run time: the plugin builds and loads without them.
#pragma once

#include <dlfcn.h>

#include <string>
#include <vector>

namespace nexus::cuda {

class SharedLibrary {
 public:
  // Opens the first of the names that there is; none leaves it closed, and tells why of the first.
  explicit SharedLibrary(const std::vector<std::string> &names) {
    for (const std::string &name : names) {
      handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle_) return;
      if (problem_.empty()) problem_ = dlerror();
    }
  }

  bool is_open() const { return handle_; }
  const std::string &problem() const { return problem_; }

  // Sets a function pointer to the symbol of that name; false where there is none. The library
  // stays open for as long as the process.
  template <class Function>
  bool load(Function *&function, const char *name) const {
    function = reinterpret_cast<Function *>(dlsym(handle_, name));
    return function;
  }

 private:
  void *handle_ = nullptr;
  std::string problem_;
};

}  // namespace nexus::cuda
