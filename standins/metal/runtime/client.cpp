// Registration of compiled modules, and the runtime's functions for C code.
#include <cstring>

#include "class.hpp"

using namespace standin;

namespace {
// The layout of Clang for gnustep-2.0. The sections after the selectors describe defined classes,
// which modules that only use classes lack.
struct Module {
  std::uint64_t version;
  Selector *selectors_begin, *selectors_end;
  void *classes_begin, *classes_end;
};
}  // namespace

STANDIN_EXPORT void __objc_load(Module *module) {
  if (module->version) return;
  for (Selector *selector = module->selectors_begin; selector < module->selectors_end; ++selector)
    if (selector->name) selector->name = register_selector(selector->name)->name;
  // An empty list of classes has two entries, its ends.
  for (void **at = static_cast<void **>(module->classes_begin); at < module->classes_end; ++at)
    if (*at) die("the stand-in takes no classes from modules");
  module->version = ~std::uint64_t{0};
}

STANDIN_EXPORT Selector *sel_registerName(const char *name) { return register_selector(name); }
STANDIN_EXPORT const char *sel_getName(SEL selector) { return selector->name; }
STANDIN_EXPORT Class *objc_getClass(const char *name) { return Class::find(name); }

// For tests that compare the methods with Apple's encodings.
STANDIN_EXPORT void metal_standin_methods(Class::Visit *visit) { Class::visit(visit); }

// C++ exceptions pass through Objective-C++ code unchanged.
extern "C" int __gxx_personality_v0(int, int, std::uint64_t, void *, void *);
STANDIN_EXPORT int __gnustep_objcxx_personality_v0(int version, int actions, std::uint64_t kind,
                                                   void *exception, void *context) {
  return __gxx_personality_v0(version, actions, kind, exception, context);
}
