// Modules and their functions.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "../ptx/program.hpp"
#include "context.hpp"

struct CUfunc_st {
  CUmodule module;
  const standin::ptx::Function *function;
  std::atomic<int> most_dynamic_shared;
  std::atomic<int> shared_carveout{-1};

  CUfunc_st(CUmodule module, const standin::ptx::Function *function, int most_dynamic_shared)
      : module(module), function(function), most_dynamic_shared(most_dynamic_shared) {}

  int most_threads() const;
};

struct CUmod_st : std::enable_shared_from_this<CUmod_st> {
  // Loads PTX, or a fatbin that contains it. Fails as the driver does; the log gets the message.
  CUmod_st(CUctx_st &context, const void *image, std::string &log);
  ~CUmod_st();

  CUfunction function(const std::string &name);

  CUctx_st &context;
  std::unique_ptr<standin::ptx::Program> program;
  // Entry points, by their names.
  std::map<std::string, CUfunc_st> functions;

 private:
  std::vector<CUdeviceptr> globals_;
};

namespace standin {

// Fails unless the handle is one of a function of a live module.
std::shared_ptr<CUmod_st> module_of(CUfunction function);

}  // namespace standin
