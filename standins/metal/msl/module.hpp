// Compiled kernels.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "abi.hpp"

namespace msl {

class Module {
 public:
  // Returns NULL if the source does not compile; the messages are the compiler's.
  static std::unique_ptr<Module> compile(const std::string &source, std::string &messages);

  explicit Module(void *handle);
  Module(const Module &) = delete;
  Module &operator=(const Module &) = delete;
  ~Module();

  std::span<const Kernel> kernels() const { return kernels_; }

 private:
  void *const handle_;
  std::span<const Kernel> kernels_;
};

}  // namespace msl
