#include "class.hpp"

#include <cstring>
#include <mutex>

namespace standin {
namespace {

// Never destroyed: threads of the stand-in may outlive static objects.
template <class T>
T &immortal() {
  static T &value = *new T;
  return value;
}

struct Selectors {
  std::mutex mutex;
  std::unordered_map<std::string, Selector> by_name;
};
struct Classes {
  std::unordered_map<std::string, Class *> by_name;
};

// The first word of every class points to this.
constexpr char kMeta = 0;

}  // namespace

Selector *register_selector(const char *name) {
  auto &selectors = immortal<Selectors>();
  const std::lock_guard lock(selectors.mutex);
  const auto [entry, added] = selectors.by_name.try_emplace(name);
  if (added) entry->second = {entry->first.c_str(), nullptr};
  return &entry->second;
}

Class::Class(const char *name, Class *super, Destroy destroy, std::initializer_list<Method> methods,
             std::initializer_list<Method> class_methods)
    : meta_(&kMeta), name_(name), super_(super), destroy_(destroy) {
  for (const Method &method : methods)
    methods_.emplace(register_selector(method.selector)->name, method);
  for (const Method &method : class_methods)
    class_methods_.emplace(register_selector(method.selector)->name, method);
  immortal<Classes>().by_name.emplace(name, this);
}

Class *Class::find(const std::string &name) {
  const auto &classes = immortal<Classes>().by_name;
  const auto found = classes.find(name);
  return found == classes.end() ? nullptr : found->second;
}

void Class::visit(Visit *visit) {
  for (const auto &[name, one] : immortal<Classes>().by_name) {
    for (const auto &[selector, method] : one->methods_)
      visit(name.c_str(), selector, method.types.c_str(), 0);
    for (const auto &[selector, method] : one->class_methods_)
      visit(name.c_str(), selector, method.types.c_str(), 1);
  }
}

Class *Class::of(const void *receiver) {
  void *first;
  std::memcpy(&first, receiver, sizeof first);
  return first == &kMeta ? nullptr : static_cast<Class *>(first);
}

const Method *Class::instance_method(const char *selector) const {
  for (const Class *at = this; at; at = at->super_)
    if (const auto found = at->methods_.find(selector); found != at->methods_.end())
      return &found->second;
  return nullptr;
}

const Method *Class::class_method(const char *selector) const {
  for (const Class *at = this; at; at = at->super_)
    if (const auto found = at->class_methods_.find(selector); found != at->class_methods_.end())
      return &found->second;
  return nullptr;
}

}  // namespace standin
