// Arrays, errors and URLs.
#pragma once

#include <string>
#include <vector>

#include "string.hpp"

STANDIN_CLASS(NSArray)
STANDIN_CLASS(NSError)
STANDIN_CLASS(NSURL)

namespace standin {

struct Array : Object {
  explicit Array(std::vector<Strong<Object>> items) : Object(NSArray), items(std::move(items)) {}

  unsigned long count() const { return items.size(); }
  Object *at(unsigned long index);

  const std::vector<Strong<Object>> items;
};

struct Error : Object {
  Error(const Object *domain, long code, const std::string &text)
      : Object(NSError), code_(code), domain_(const_cast<Object *>(domain)), text_(text) {}

  long code() const { return code_; }
  Object *domain() const { return returned(domain_.get()); }
  Object *description() const { return string(text_); }

 private:
  const long code_;
  const Strong<Object> domain_;
  const std::string text_;
};

// Writes an error, if the caller asked for it.
void set_error(Error **place, const Object *domain, long code, const std::string &text);

struct Url : Object {
  explicit Url(std::string path) : Object(NSURL), path_(std::move(path)) {}
  const std::string &text() const { return path_; }
  Object *path() const { return string(path_); }

 private:
  const std::string path_;
};

}  // namespace standin
