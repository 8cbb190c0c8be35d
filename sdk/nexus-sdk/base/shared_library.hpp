// A vendor library that is opened at run time, so that a plugin builds and loads without it.
#pragma once

#include <dlfcn.h>

#include <string>
#include <vector>

namespace nexus::sdk {

class SharedLibrary {
 public:
  // Opens the first library that exists. If there is none, it stays closed, and problem() says why
  // the first could not be opened.
  explicit SharedLibrary(const std::vector<std::string> &names) {
    for (const std::string &name : names) {
      handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle_) return;
      if (problem_.empty()) problem_ = dlerror();
    }
  }

  bool is_open() const { return handle_; }
  const std::string &problem() const { return problem_; }

  // Sets a function pointer to the symbol with that name; returns false if there is none. The
  // library stays open until the process ends.
  template <class Function>
  bool load(Function *&function, const char *name) const {
    function = reinterpret_cast<Function *>(dlsym(handle_, name));
    return function;
  }

 private:
  void *handle_ = nullptr;
  std::string problem_;
};

}  // namespace nexus::sdk
