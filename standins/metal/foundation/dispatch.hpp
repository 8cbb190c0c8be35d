// Objects of libdispatch that functions of Metal take.
#pragma once

#include <string>

#include "../runtime/block.hpp"
#include "../runtime/class.hpp"

STANDIN_CLASS(OS_dispatch_data)
STANDIN_CLASS(OS_dispatch_queue)

namespace standin {

struct DispatchData : Object {
  explicit DispatchData(std::string bytes) : Object(OS_dispatch_data), bytes(std::move(bytes)) {}
  const std::string bytes;
};

struct DispatchQueue : Object {
  DispatchQueue() : Object(OS_dispatch_queue) {}
};

}  // namespace standin
