// Stream memory operations.
#include <atomic>
#include <thread>

#include "../memory.hpp"
#include "../memory_operation.hpp"

using namespace standin;

namespace standin {
namespace {

// How often a waiting stream looks; nothing tells it of a write.
constexpr auto kPause = std::chrono::microseconds(20);

template <class T>
T *cell(CUdeviceptr address) {
  require(address % sizeof(T) == 0);
  return reinterpret_cast<T *>(address_space().device_bytes(address, sizeof(T)));
}

template <class T>
bool holds(T found, T value, unsigned how) {
  switch (how) {
    case CU_STREAM_WAIT_VALUE_EQ: return found == value;
    case CU_STREAM_WAIT_VALUE_AND: return (found & value) != 0;
    case CU_STREAM_WAIT_VALUE_NOR: return static_cast<T>(~(found | value)) != 0;
    // At least so much, where numbers may wrap around.
    default: return static_cast<std::make_signed_t<T>>(found - value) >= 0;
  }
}

template <class T>
Task wait_task(CUctx_st &context, CUdeviceptr address, T value, unsigned flags) {
  const unsigned how = flags & ~unsigned{CU_STREAM_WAIT_VALUE_FLUSH};
  require(how <= CU_STREAM_WAIT_VALUE_NOR);
  return [&context, value, how, memory = cell<T>(address)] {
    while (!holds(std::atomic_ref(*memory).load(), value, how)) {
      if (context.stopping) fail(CUDA_ERROR_CONTEXT_IS_DESTROYED);
      if (context.error) return;
      std::this_thread::sleep_for(kPause);
    }
  };
}

template <class T>
Task write_task(CUdeviceptr address, T value, unsigned flags) {
  require(!(flags & ~unsigned{CU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER}));
  return [value, memory = cell<T>(address)] { std::atomic_ref(*memory).store(value); };
}

Task task_of(CUctx_st &context, const CUstreamBatchMemOpParams &one) {
  const auto &wait = one.waitValue;
  const auto &write = one.writeValue;
  switch (one.operation) {
    case CU_STREAM_MEM_OP_WAIT_VALUE_32:
      return wait_task<std::uint32_t>(context, wait.address, wait.value, wait.flags);
    case CU_STREAM_MEM_OP_WAIT_VALUE_64:
      return wait_task<std::uint64_t>(context, wait.address, wait.value64, wait.flags);
    case CU_STREAM_MEM_OP_WRITE_VALUE_32:
      return write_task<std::uint32_t>(write.address, write.value, write.flags);
    case CU_STREAM_MEM_OP_WRITE_VALUE_64:
      return write_task<std::uint64_t>(write.address, write.value64, write.flags);
    case CU_STREAM_MEM_OP_FLUSH_REMOTE_WRITES:
    case CU_STREAM_MEM_OP_BARRIER: return [] {};
    default: fail(CUDA_ERROR_INVALID_VALUE);
  }
}

}  // namespace

Operation memory_operation(CUctx_st &context, unsigned count,
                           const CUstreamBatchMemOpParams *parameters) {
  require(options().stream_memory_operations, CUDA_ERROR_NOT_SUPPORTED);
  require(parameters && count <= 256);
  std::vector<Task> tasks;
  for (unsigned n = 0; n < count; ++n) tasks.push_back(task_of(context, parameters[n]));
  return [tasks]() -> Task {
    return [tasks] {
      for (const Task &task : tasks) task();
    };
  };
}

}  // namespace standin

namespace {

void submit_batch(CUstream handle, unsigned count, const CUstreamBatchMemOpParams *parameters) {
  const StreamRef stream = stream_of(handle);
  submit(*stream, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP,
         memory_operation(stream->context, count, parameters));
}

template <class T>
void submit_one(CUstream stream, CUstreamBatchMemOpType type, CUdeviceptr address, T value,
                unsigned flags) {
  CUstreamBatchMemOpParams parameters{};
  parameters.operation = type;
  // Waits and writes are laid out alike.
  parameters.waitValue.address = address;
  if constexpr (sizeof(T) == 8)
    parameters.waitValue.value64 = value;
  else
    parameters.waitValue.value = value;
  parameters.waitValue.flags = flags;
  submit_batch(stream, 1, &parameters);
}

}  // namespace

STANDIN_API cuStreamWaitValue32_v2(CUstream s, CUdeviceptr at, cuuint32_t value, unsigned flags) {
  return guarded(__func__,
                 [&] { submit_one(s, CU_STREAM_MEM_OP_WAIT_VALUE_32, at, value, flags); });
}
STANDIN_API cuStreamWaitValue64_v2(CUstream s, CUdeviceptr at, cuuint64_t value, unsigned flags) {
  return guarded(__func__,
                 [&] { submit_one(s, CU_STREAM_MEM_OP_WAIT_VALUE_64, at, value, flags); });
}
STANDIN_API cuStreamWriteValue32_v2(CUstream s, CUdeviceptr at, cuuint32_t value, unsigned flags) {
  return guarded(__func__,
                 [&] { submit_one(s, CU_STREAM_MEM_OP_WRITE_VALUE_32, at, value, flags); });
}
STANDIN_API cuStreamWriteValue64_v2(CUstream s, CUdeviceptr at, cuuint64_t value, unsigned flags) {
  return guarded(__func__,
                 [&] { submit_one(s, CU_STREAM_MEM_OP_WRITE_VALUE_64, at, value, flags); });
}
STANDIN_API cuStreamBatchMemOp_v2(CUstream stream, unsigned count,
                                  CUstreamBatchMemOpParams *parameters, unsigned flags) {
  return guarded(__func__, [&] {
    require(flags == 0);
    submit_batch(stream, count, parameters);
  });
}
