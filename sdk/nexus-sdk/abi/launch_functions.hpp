// The function of the ABI that runs a kernel without a schedule.
#pragma once

#include <nexus-sdk/abi/entry.hpp>
#include <nexus-sdk/abi/execution_settings.hpp>
#include <nexus-sdk/objects/single_launch.hpp>

extern "C" {

nxs_status nxsLaunch(nxs_int kernel_id, nxs_int stream_id, const nxs_launch *launch,
                     nxs_uint run_settings) {
  using namespace nexus::sdk;
  return guard([&] {
    Ref<Kernel> kernel = detail::runtime().handles.seek<Kernel>(kernel_id);
    if (!kernel) return report(not_live(kernel_id, Kind::kKernel));
    if (!launch || (launch->argument_count && !launch->arguments))
      fail(NXS_InvalidValue, "the pointer to the launch or to its arguments is NULL");
    Device &device = detail::runtime().device(kernel->library->device);
    Ref<RefCounted> kept = kernel->spare_launch.take();
    if (!kept) kept = make_ref<SingleLaunch>(device);
    auto &single = static_cast<SingleLaunch &>(*kept);
    std::optional<Error> error =
        single.prepare(std::move(kernel), *launch, detail::runtime().handles);
    if (!error) {
      detail::check_settings(run_settings, detail::kExecutionSettings);
      const detail::ChosenStream stream(stream_id, device, "kernel");
      // A graph of one launch, which is not kept, would only cost time.
      error = single.run(*stream, run_settings & ~nxs_uint{NXS_ExecutionSettings_Capture});
    }
    if (const Ref<Kernel> ran = single.clear()) ran->spare_launch.keep(std::move(kept));
    return report(error);
  });
}

}  // extern "C"
