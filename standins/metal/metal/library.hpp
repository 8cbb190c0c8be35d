// Libraries compiled from source in Metal's language, and their functions.
#pragma once

#include <memory>

#include "../msl/module.hpp"
#include "device.hpp"

STANDIN_CLASS(StandinLibrary)
STANDIN_CLASS(StandinFunction)
STANDIN_CLASS(MTLCompileOptions)

namespace standin {

class Function;

class Library : public Resource {
 public:
  static Library *from_source(Device *device, SEL, Object *source, Object *options, Error **error);
  static Library *from_data(Device *device, SEL, DispatchData *data, Error **error);
  static Library *from_file(Device *device, SEL, Url *url, Error **error);

  Library(Device &device, std::unique_ptr<msl::Module> module)
      : Resource(StandinLibrary, device), module(std::move(module)) {}
  Object *function_names();
  Function *function(Object *name);

  const std::unique_ptr<msl::Module> module;
};

class Function : public Object {
 public:
  Function(Library *library, const msl::Kernel &kernel)
      : Object(StandinFunction), library(library), kernel(kernel) {}
  Object *name() { return string(kernel.name); }
  unsigned long type() { return kernel.type; }

  const Strong<Library> library;
  const msl::Kernel &kernel;
};

}  // namespace standin
