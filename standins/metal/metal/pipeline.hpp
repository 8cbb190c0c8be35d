// Kernels ready for dispatch, and reflection of their arguments.
#pragma once

#include "library.hpp"

STANDIN_CLASS(StandinPipeline)
STANDIN_CLASS(MTLComputePipelineReflection)
STANDIN_CLASS(MTLArgument)
STANDIN_CLASS(StandinBinding)
STANDIN_CLASS(MTLPointerType)

namespace standin {

// An MTLArgument or an MTLBinding, which have nearly the same properties.
class Binding : public Object {
 public:
  Binding(Class &isa, Strong<Library> library, const msl::Argument &argument)
      : Object(isa), argument_(argument), library_(std::move(library)) {}

  Object *name() { return string(argument_.name); }
  unsigned long argument_type() { return argument_.kind; }
  long binding_type() { return argument_.kind; }
  unsigned long access() { return argument_.access; }
  unsigned long index() { return argument_.index; }
  bool active() { return argument_.active; }
  bool is_argument() { return true; }
  unsigned long alignment() { return argument_.alignment; }
  unsigned long size() { return argument_.size; }
  unsigned long data_type() { return argument_.data_type; }
  Object *pointer_type();

 private:
  const msl::Argument &argument_;
  const Strong<Library> library_;
};

class Reflection : public Object {
 public:
  explicit Reflection(const Function &function)
      : Object(MTLComputePipelineReflection),
        library_(function.library),
        kernel_(function.kernel) {}
  Object *arguments() { return list(MTLArgument); }
  Object *bindings() { return list(StandinBinding); }

 private:
  Object *list(Class &isa) const;

  const Strong<Library> library_;
  const msl::Kernel &kernel_;
};

class Pipeline : public Resource {
 public:
  static Pipeline *create(Device *device, SEL, Function *function, Error **error);
  static Pipeline *create_with_reflection(Device *device, SEL, Function *function,
                                          unsigned long options, Reflection **reflection,
                                          Error **error);
  Pipeline(Device &device, Function *function)
      : Resource(StandinPipeline, device), function_(function) {}

  unsigned long max_threads() const { return kernel().max_threads; }
  unsigned long simd_width() const { return Device::kSimdWidth; }
  unsigned long static_memory() const { return kernel().static_memory(); }
  const msl::Kernel &kernel() const { return function_->kernel; }

 private:
  const Strong<Function> function_;
};

}  // namespace standin
