// A launch without a schedule: what nxsLaunch runs.
#pragma once

#include <nexus-sdk/objects/arguments.hpp>
#include <nexus-sdk/objects/execution.hpp>

#include <optional>
#include <utility>

namespace nexus::sdk {

// A list of one command, and a run of it. A kernel keeps one for its next launch: without what was
// launched, but with the handles of the buffers in which uses by the list are noted. A launch of
// the same buffers need not note them again.
class SingleLaunch : public RefCounted {
 public:
  explicit SingleLaunch(const Device &device)
      : device_(device),
        launch_(make_ref<Launch>()),
        list_(make_ref<CommandList>(
            std::vector<CommandList::Step>{{make_ref<Command>(device), launch_}})) {}

  // Takes what is to be run, always of the same kernel; returns why that cannot run.
  std::optional<Error> prepare(Ref<Kernel> kernel, const nxs_launch &asked,
                               const HandleTable &handles) {
    launch_->kernel = std::move(kernel);
    launch_->size = {asked.grid_size, asked.group_size, asked.shared_memory_size};
    if (asked.argument_count > NXS_KERNEL_MAX_ARGS)
      return Error(NXS_InvalidArgIndex, concat("a launch has at most ", NXS_KERNEL_MAX_ARGS,
                                               " arguments, and not ", asked.argument_count));
    const bool others = !same_buffers(asked);
    const std::vector<Ref<Buffer>> former = find_buffers(asked, handles, others);
    for (std::size_t i = 0; i < asked.argument_count; ++i)
      if (auto error = check(i, asked.arguments[i])) return error;
    if (checked_size_ != launch_->size) {
      check_size(*launch_->kernel, launch_->size);
      checked_size_ = launch_->size;
    }
    if (auto error = missing_argument(*launch_->kernel, launch_->arguments)) return error;
    if (others) note_buffers(former);
    return std::nullopt;
  }

  // Runs what was prepared; returns the failure of that, if any.
  std::optional<Error> run(Stream &stream, nxs_uint settings) {
    std::optional<Error> failure;
    const bool blocking = !(settings & NXS_ExecutionSettings_NonBlocking);
    // Nobody can ask how long a launch without a command took.
    if (blocking && stream.launch_here(*list_, *launch_, failure)) return failure;
    run_->reset(list_, settings | profiling(stream), 1);
    return execute(stream, run_, [](const Run &) {});
  }

  // Drops what was run, and returns the kernel, so that this object can be used again. Returns
  // nothing as long as the stream holds a part of it.
  Ref<Kernel> clear() {
    if (!run_.unique()) return {};
    run_->take_list();
    if (!list_.unique()) return {};
    launch_->arguments.clear();
    return std::move(launch_->kernel);
  }

 private:
  static bool is_buffer(const nxs_launch_argument &argument) {
    return !argument.value && argument.buffer_id != -1;
  }

  // Whether the arguments are those of the launch before, as far as these are buffers.
  bool same_buffers(const nxs_launch &asked) const {
    if (noted_.size() != asked.argument_count) return false;
    for (std::size_t i = 0; i < asked.argument_count; ++i)
      if (noted_[i] != (is_buffer(asked.arguments[i]) ? asked.arguments[i].buffer_id : -1))
        return false;
    return true;
  }

  // Looks all buffers up at once. Those that are not found stay empty. With `others`, returns those
  // of the launch before that still have handles.
  std::vector<Ref<Buffer>> find_buffers(const nxs_launch &asked, const HandleTable &handles,
                                        bool others) {
    auto &arguments = launch_->arguments;
    arguments.resize(asked.argument_count);
    std::vector<Ref<Buffer>> former(others ? noted_.size() : 0);
    handles.look_up([&](const auto &find) {
      for (std::size_t i = 0; i < former.size(); ++i)
        former[i] = Ref<Buffer>(find.template operator()<Buffer>(noted_[i]));
      for (std::size_t i = 0; i < asked.argument_count; ++i)
        if (is_buffer(asked.arguments[i]))
          arguments[i].buffer = Ref<Buffer>(find.template operator()<Buffer>(
              arguments[i].buffer_handle = asked.arguments[i].buffer_id));
    });
    return former;
  }

  void note_buffers(const std::vector<Ref<Buffer>> &former) {
    list_->exchange_buffers(former);
    noted_.clear();
    for (const Argument &argument : launch_->arguments)
      noted_.push_back(argument.buffer ? argument.buffer_handle : -1);
  }

  std::optional<Error> check(std::size_t position, const nxs_launch_argument &asked) {
    const auto index = static_cast<nxs_int>(position);
    const Kernel &kernel = *launch_->kernel;
    Argument &argument = launch_->arguments[position];
    if (is_buffer(asked)) {
      if (!argument.buffer) return not_live(asked.buffer_id, Kind::kBuffer);
      check_buffer(kernel, device_, index, *argument.buffer, asked.buffer_id);
    } else if (asked.value && asked.buffer_id != -1) {
      return Error(NXS_InvalidArgValue,
                   concat("argument ", index, " has a value and the buffer ", asked.buffer_id,
                          "; set value to NULL for a buffer, buffer_id to -1 for a scalar"));
    } else if (asked.value) {
      set_scalar(argument, kernel, index, asked.value, asked.data_type & NXS_DataType_Mask);
    }
    return std::nullopt;
  }

  const Device &device_;
  const Ref<Launch> launch_;
  const Ref<CommandList> list_;
  const Ref<Run> run_ = make_ref<Run>(make_ref<RunCount>());
  // The handles of the buffers in which uses by the list are noted, -1 for scalars.
  std::vector<nxs_int> noted_;
  // The size of the last launch.
  std::optional<LaunchSize> checked_size_;
};

}  // namespace nexus::sdk
