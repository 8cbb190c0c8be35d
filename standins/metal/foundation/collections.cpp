#include "collections.hpp"

using namespace standin;

Object *Array::at(unsigned long index) {
  if (index >= items.size())
    die("index " + std::to_string(index) + " is beyond an array of " +
        std::to_string(items.size()));
  return returned(items[index].get());
}

void standin::set_error(Error **place, const Object *domain, long code, const std::string &text) {
  if (place) *place = static_cast<Error *>(autorelease(new Error(domain, code, text)));
}

STANDIN_DEFINE_CLASS(NSArray, &NSObject, destroy<Array>,
                     {
                         method<&Array::count>("count"),
                         method<&Array::at>("objectAtIndex:"),
                         method<&Array::at>("objectAtIndexedSubscript:"),
                     })
STANDIN_DEFINE_CLASS(NSError, &NSObject, destroy<Error>,
                     {
                         method<&Error::code>("code"),
                         method<&Error::domain>("domain"),
                         method<&Error::description>("localizedDescription"),
                     })
STANDIN_DEFINE_CLASS(NSURL, &NSObject, destroy<Url>, {method<&Url::path>("path")},
                     {method(
                         "fileURLWithPath:", +[](Class *, SEL, Object *path) {
                           return static_cast<Url *>(autorelease(new Url(utf8(path))));
                         })})
