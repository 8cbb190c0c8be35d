// What compiled modules say of themselves when they are loaded, and what C code asks the runtime.
#include <cstring>

#include "class.hpp"

using namespace standin;

namespace {
// As Clang writes it for the runtime gnustep-2.0; what comes after the selectors is of classes,
// which modules that only use some do not have.
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
  // Two are the ends of the list of classes, which are there when the list is empty.
  for (void **at = static_cast<void **>(module->classes_begin); at < module->classes_end; ++at)
    if (*at) die("the stand-in takes no classes from modules");
  module->version = ~std::uint64_t{0};
}

STANDIN_EXPORT Selector *sel_registerName(const char *name) { return register_selector(name); }
STANDIN_EXPORT const char *sel_getName(SEL selector) { return selector->name; }
STANDIN_EXPORT Class *objc_getClass(const char *name) { return Class::find(name); }

// For those who compare the methods with what Apple's compilers made of Apple's headers.
STANDIN_EXPORT void metal_standin_methods(Class::Visit *visit) { Class::visit(visit); }

// C++ exceptions through Objective-C++ code are C++ exceptions.
extern "C" int __gxx_personality_v0(int, int, std::uint64_t, void *, void *);
STANDIN_EXPORT int __gnustep_objcxx_personality_v0(int version, int actions, std::uint64_t kind,
                                                   void *exception, void *context) {
  return __gxx_personality_v0(version, actions, kind, exception, context);
}
