// NSObject: the methods of every object.
#include "../runtime/class.hpp"

#include "string.hpp"

using namespace standin;

namespace {

bool responds(Object *self, SEL, SEL selector) {
  const Class *isa = tiny_string_class(self) ? &NSString : self->isa;
  return isa->instance_method(register_selector(selector->name)->name);
}
bool equal(Object *self, SEL, Object *other) { return self == other; }
unsigned long hash(Object *self, SEL) { return reinterpret_cast<unsigned long>(self); }
Object *describe(Object *self, SEL) { return string(std::string("<") + self->isa->name() + ">"); }

}  // namespace

STANDIN_DEFINE_CLASS(NSObject, nullptr, destroy<Object>,
                     {
                         method("respondsToSelector:", responds),
                         method("isEqual:", equal),
                         method("hash", hash),
                         method("description", describe),
                     })
