// Runs a kernel's threads.
#pragma once

#include <span>

#include "../runtime/encoding.hpp"
#include "module.hpp"

namespace msl {

// `memories` are the lengths of the threadgroup memory arguments.
void launch(const Kernel &kernel, standin::Size threads, standin::Size group,
            std::span<void *const> buffers, std::span<const unsigned long> memories);

}  // namespace msl
