// A launch without a schedule: what nxsLaunch runs.
#pragma once

#include <nexus-sdk/objects/arguments.hpp>
#include <nexus-sdk/objects/execution.hpp>

#include <optional>
#include <utility>

namespace nexus::sdk {

// A list of one command, and a run of it. A kernel keeps one for its next launch.
class SingleLaunch : public RefCounted {
 public:
  explicit SingleLaunch(const Device &device)
      : device_(device),
        launch_(make_ref<Launch>()),
        list_(make_ref<CommandList>(
            std::vector<CommandList::Step>{{make_ref<Command>(device), launch_}})) {}

  // Takes what is to be run; returns why that cannot run.
  std::optional<Error> prepare(const Ref<Kernel> &kernel, const nxs_launch &asked,
                               const HandleTable &handles) {
    launch_->kernel = kernel;
    launch_->size = {asked.grid_size, asked.group_size, asked.shared_memory_size};
    if (asked.argument_count > NXS_KERNEL_MAX_ARGS)
      return Error(NXS_InvalidArgIndex, concat("a launch has at most ", NXS_KERNEL_MAX_ARGS,
                                               " arguments, and not ", asked.argument_count));
    find_buffers(asked, handles);
    for (std::size_t i = 0; i < asked.argument_count; ++i)
      if (auto error = check(i, asked.arguments[i])) return error;
    check_size(*kernel, launch_->size);
    return missing_argument(*kernel, launch_->arguments);
  }

  // Runs what was prepared; returns the failure of that, if any.
  std::optional<Error> run(Stream &stream, nxs_uint settings) {
    list_->begin_use();
    run_->reset(list_, settings | profiling(stream), 1);
    return execute(stream, run_, [](const Run &) {});
  }

  // Drops what was run. Returns whether this object can be used again: not while the stream still
  // holds a part of it.
  bool clear() {
    if (!run_.unique()) return false;
    run_->take_list();
    if (!list_.unique()) return false;
    list_->end_use();
    launch_->arguments.clear();
    launch_->kernel = {};
    return true;
  }

 private:
  static bool is_buffer(const nxs_launch_argument &argument) {
    return !argument.value && argument.buffer_id != -1;
  }

  // Looks all buffers up at once. Those that are not found stay empty.
  void find_buffers(const nxs_launch &asked, const HandleTable &handles) {
    auto &arguments = launch_->arguments;
    arguments.resize(asked.argument_count);
    handles.look_up([&](const auto &find) {
      for (std::size_t i = 0; i < asked.argument_count; ++i)
        if (is_buffer(asked.arguments[i]))
          arguments[i].buffer = Ref<Buffer>(find.template operator()<Buffer>(
              arguments[i].buffer_handle = asked.arguments[i].buffer_id));
    });
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
      const nxs_uint type = asked.data_type & NXS_DataType_Mask;
      set_scalar(argument, kernel, index, asked.value,
                 type == NXS_DataType_Undefined ? declared_type(kernel, position) : type);
    }
    return std::nullopt;
  }

  const Device &device_;
  const Ref<Launch> launch_;
  const Ref<CommandList> list_;
  const Ref<Run> run_ = make_ref<Run>(make_ref<RunCount>());
};

}  // namespace nexus::sdk
