// Classes: methods by selector, with the types that callers must use.
#pragma once

#include <initializer_list>
#include <string>
#include <unordered_map>

#include "encoding.hpp"
#include "object.hpp"

namespace standin {

struct Selector {
  // Interned: selectors with the same name share it.
  const char *name;
  // The types that the caller passes; NULL if unknown.
  const char *types;
};
using SEL = const Selector *;

Selector *register_selector(const char *name);

struct Method {
  const char *selector;
  std::string types;
  void *code;
};

// A function whose first arguments are receiver and selector.
template <class R, class T, class... A>
Method method(const char *selector, R (*function)(T *, SEL, A...)) {
  return {selector, encode_method<R, A...>(), reinterpret_cast<void *>(function)};
}

// A member function of the receiver.
template <auto kMember>
struct Thunk;
template <class R, class T, class... A, R (T::*kMember)(A...)>
struct Thunk<kMember> {
  static R call(T *self, SEL, A... arguments) { return (self->*kMember)(arguments...); }
};
template <class R, class T, class... A, R (T::*kMember)(A...) const>
struct Thunk<kMember> {
  static R call(T *self, SEL, A... arguments) { return (self->*kMember)(arguments...); }
};
template <auto kMember>
Method method(const char *selector) {
  return method(selector, &Thunk<kMember>::call);
}

// The first word is in the place of an object's class, and marks it as a class.
class Class {
 public:
  using Destroy = void (*)(Object *);

  // Without `destroy`, objects are constants without a reference count.
  Class(const char *name, Class *super, Destroy destroy, std::initializer_list<Method> methods,
        std::initializer_list<Method> class_methods = {});

  static Class *find(const std::string &name);
  // Visits all methods of all classes.
  using Visit = void(const char *name, const char *selector, const char *types, int of_class);
  static void visit(Visit *visit);
  // Returns the class of an object; NULL if the receiver is a class.
  static Class *of(const void *receiver);

  const Method *instance_method(const char *selector) const;
  const Method *class_method(const char *selector) const;
  bool is_constant() const { return !destroy_; }
  void destroy(Object *object) const { destroy_(object); }
  const char *name() const { return name_; }

 private:
  using Table = std::unordered_map<const char *, Method>;

  const void *const meta_;
  const char *const name_;
  Class *const super_;
  const Destroy destroy_;
  Table methods_, class_methods_;
};

// Destroys a reference-counted object of type T.
template <class T>
void destroy(Object *object) {
  Object::live.fetch_sub(1);
  delete static_cast<T *>(object);
}

}  // namespace standin

// Declares and defines a class under the names by which the compiler refers to it.
#define STANDIN_CLASS(NAME) STANDIN_EXPORT ::standin::Class NAME __asm__("._OBJC_CLASS_" #NAME);
#define STANDIN_DEFINE_CLASS(NAME, ...)                                                      \
  ::standin::Class NAME(#NAME, __VA_ARGS__);                                                 \
  STANDIN_EXPORT ::standin::Class *const NAME##Reference __asm__("._OBJC_REF_CLASS_" #NAME); \
  ::standin::Class *const NAME##Reference = &NAME;

STANDIN_CLASS(NSObject)
// The class of destroyed objects.
STANDIN_CLASS(Released)
