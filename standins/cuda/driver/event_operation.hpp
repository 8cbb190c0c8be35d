// The operation that records an event.
#pragma once

#include "stream.hpp"

namespace standin {

// Each submission makes the event stand for a new point in the stream, which is finished once the
// task has run or was abandoned.
Operation record_operation(std::shared_ptr<CUevent_st> event);

}  // namespace standin
