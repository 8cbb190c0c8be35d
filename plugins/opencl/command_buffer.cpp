#include "command_buffer.hpp"

#include <algorithm>
#include <array>

#include "device.hpp"
#include "kernel.hpp"

namespace nexus::opencl {

CommandBuffers &CommandBuffers::of(CommandList &list, const ClDevice &device, cl::Queue queue) {
  return static_cast<CommandBuffers &>(
      list.compiled([&] { return std::make_unique<CommandBuffers>(list, device, queue); }));
}

CommandBuffers::CommandBuffers(const CommandList &list, const ClDevice &device, cl::Queue queue)
    : extensions_(device.extensions()) {
  const auto &steps = list.steps;
  const auto launches = [&](std::size_t place) {
    return place < steps.size() && steps[place].launch && !steps[place].command->timed();
  };
  try {
    for (std::size_t first = 0; first < steps.size(); ++first) {
      if (!launches(first)) continue;
      std::size_t end = first;
      while (launches(end)) ++end;
      stretches_.push_back({first, end, nullptr});
      record(list, stretches_.back(), queue);
      first = end;
    }
  } catch (...) {
    release();
    throw;
  }
}

void CommandBuffers::record(const CommandList &list, Stretch &stretch, cl::Queue queue) const {
  // A run may be added while the one before is not over.
  constexpr std::array<cl::Ulong, 3> kProperties = {cl::kCommandBufferFlags, cl::kSimultaneousUse,
                                                    0};
  cl::Int result = cl::kSuccess;
  stretch.buffer = extensions_.clCreateCommandBufferKHR(1, &queue, kProperties.data(), &result);
  made(stretch.buffer, result, "creating a command buffer");
  for (std::size_t place = stretch.first; place < stretch.end; ++place) {
    const Launch &launch = *list.steps[place].launch;
    auto &kernel = static_cast<ClKernel &>(*launch.kernel);
    kernel.with_arguments(
        launch, [&](cl::Kernel object, const std::size_t *all, const std::size_t *group) {
          check(extensions_.clCommandNDRangeKernelKHR(stretch.buffer, nullptr, nullptr, object, 3,
                                                      nullptr, all, group, 0, nullptr, nullptr,
                                                      nullptr),
                "recording a launch of kernel ", kernel.name);
        });
  }
  check(extensions_.clFinalizeCommandBufferKHR(stretch.buffer), "recording launches");
}

void CommandBuffers::release() noexcept {
  for (const Stretch &stretch : stretches_)
    if (stretch.buffer) extensions_.clReleaseCommandBufferKHR(stretch.buffer);
  stretches_.clear();
}

std::size_t CommandBuffers::launch(std::size_t first, cl::Queue queue, cl::Event *event) const {
  const auto found = std::find_if(stretches_.begin(), stretches_.end(),
                                  [=](const Stretch &stretch) { return stretch.first == first; });
  check(extensions_.clEnqueueCommandBufferKHR(1, &queue, found->buffer, 0, nullptr, event),
        "launching ", found->end - found->first, " recorded kernels");
  return found->end;
}

}  // namespace nexus::opencl
