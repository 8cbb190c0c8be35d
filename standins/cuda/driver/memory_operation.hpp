// Stream memory operations: streams that write to memory, and wait for what is there.
#pragma once

#include <vector>

#include "context.hpp"

namespace standin {

// Checks a sequence of operations.
Operation memory_operation(CUctx_st &context, unsigned count,
                           const CUstreamBatchMemOpParams *parameters);

}  // namespace standin
