// The record of an event as an operation.
#pragma once

#include "stream.hpp"

namespace standin {

// Each time that it is submitted, the event stands for a new point, which is finished when the
// task has run, or is given up.
Operation record_operation(std::shared_ptr<CUevent_st> event);

}  // namespace standin
