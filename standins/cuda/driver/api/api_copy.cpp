// Copies and fills.
#include <algorithm>
#include <cstring>

#include "../graphs/capture.hpp"
#include "../memory.hpp"

using namespace standin;

namespace {

bool is_pageable(const void *pointer) {
  Allocation found;
  return !address_space().find(reinterpret_cast<CUdeviceptr>(pointer), found);
}

Operation copy_operation(std::byte *to, const std::byte *from, std::size_t size) {
  return [=]() -> Task { return [=] { std::memmove(to, from, size); }; };
}

// From memory of the host that the caller may change once the call returns.
Operation snapshot_operation(std::byte *to, const std::byte *from, std::size_t size) {
  auto bytes = std::make_shared<std::vector<std::byte>>(from, from + size);
  return [=]() -> Task { return [=] { std::memcpy(to, bytes->data(), bytes->size()); }; };
}

void wait(const Point &point) {
  if (!point) return;
  if (const CUresult result = point->wait()) fail(result);
}

// In the legacy stream, until it is done.
void run_now(const Operation &operation) {
  const StreamRef stream = stream_of(nullptr);
  require_no_unsafe_capture();
  wait(submit(*stream, CU_GRAPH_NODE_TYPE_MEMCPY, operation));
}

void copy(CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  current_context();
  if (!size) return;
  run_now(copy_operation(address_space().unified_bytes(to, size),
                         address_space().unified_bytes(from, size), size));
}

void copy_async(std::byte *to, const std::byte *from, std::size_t size, CUstream handle) {
  const StreamRef stream = stream_of(handle);
  if (!size) return;
  submit(*stream, CU_GRAPH_NODE_TYPE_MEMCPY, copy_operation(to, from, size));
}

void upload_async(CUdeviceptr to, const void *from, std::size_t size, CUstream handle) {
  const StreamRef stream = stream_of(handle);
  if (!size) return;
  std::byte *target = address_space().device_bytes(to, size);
  const std::byte *source = address_space().host_bytes(from, size);
  const bool copied_now = is_pageable(from) && !is_captured(*stream);
  submit(
      *stream, CU_GRAPH_NODE_TYPE_MEMCPY,
      copied_now ? snapshot_operation(target, source, size) : copy_operation(target, source, size));
}

void download_async(void *to, CUdeviceptr from, std::size_t size, CUstream handle) {
  const StreamRef stream = stream_of(handle);
  if (!size) return;
  const std::byte *source = address_space().device_bytes(from, size);
  std::byte *target = address_space().host_bytes(to, size);
  const Point point =
      submit(*stream, CU_GRAPH_NODE_TYPE_MEMCPY, copy_operation(target, source, size));
  // Into memory that is not pinned the call returns only when it is done.
  if (is_pageable(to)) wait(point);
}

template <class T>
Operation fill_operation(CUdeviceptr address, std::size_t pitch, T value, std::size_t width,
                         std::size_t height) {
  require(address % sizeof(T) == 0 && (height <= 1 || pitch >= width * sizeof(T)));
  std::byte *bytes =
      address_space().device_bytes(address, pitch * (height - 1) + width * sizeof(T));
  return [=]() -> Task {
    return [=] {
      for (std::size_t row = 0; row < height; ++row) {
        T *const first = reinterpret_cast<T *>(bytes + row * pitch);
        std::fill(first, first + width, value);
      }
    };
  };
}

template <class T>
void fill(CUdeviceptr address, std::size_t pitch, T value, std::size_t width, std::size_t height) {
  current_context();
  if (width && height) run_now(fill_operation(address, pitch, value, width, height));
}

template <class T>
void fill_async(CUdeviceptr address, std::size_t pitch, T value, std::size_t width,
                std::size_t height, CUstream handle) {
  const StreamRef stream = stream_of(handle);
  if (width && height)
    submit(*stream, CU_GRAPH_NODE_TYPE_MEMSET,
           fill_operation(address, pitch, value, width, height));
}

}  // namespace

STANDIN_API cuMemcpy(CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  return guarded(__func__, [&] { copy(to, from, size); });
}

STANDIN_API cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, std::size_t size) {
  return guarded(__func__, [&] {
    current_context();
    if (size)
      run_now(copy_operation(address_space().device_bytes(to, size),
                             address_space().host_bytes(from, size), size));
  });
}

STANDIN_API cuMemcpyDtoH_v2(void *to, CUdeviceptr from, std::size_t size) {
  return guarded(__func__, [&] {
    current_context();
    if (size)
      run_now(copy_operation(address_space().host_bytes(to, size),
                             address_space().device_bytes(from, size), size));
  });
}

STANDIN_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  return guarded(__func__, [&] {
    current_context();
    if (size)
      run_now(copy_operation(address_space().device_bytes(to, size),
                             address_space().device_bytes(from, size), size));
  });
}

STANDIN_API cuMemcpyPeer(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext, std::size_t size) {
  return guarded(__func__, [&] { return cuMemcpyDtoD_v2(to, from, size); });
}

STANDIN_API cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, std::size_t size, CUstream stream) {
  return guarded(__func__, [&] {
    const auto &space = address_space();
    const bool to_device = space.is_reserved(to), from_device = space.is_reserved(from);
    if (to_device && !from_device)
      return upload_async(to, reinterpret_cast<const void *>(from), size, stream);
    if (from_device && !to_device)
      return download_async(reinterpret_cast<void *>(to), from, size, stream);
    current_context();
    if (size)
      copy_async(space.unified_bytes(to, size), space.unified_bytes(from, size), size, stream);
  });
}

STANDIN_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, std::size_t size,
                                 CUstream stream) {
  return guarded(__func__, [&] { upload_async(to, from, size, stream); });
}

STANDIN_API cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, std::size_t size, CUstream stream) {
  return guarded(__func__, [&] { download_async(to, from, size, stream); });
}

STANDIN_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t size,
                                 CUstream stream) {
  return guarded(__func__, [&] {
    current_context();
    if (size)
      copy_async(address_space().device_bytes(to, size), address_space().device_bytes(from, size),
                 size, stream);
  });
}

STANDIN_API cuMemcpyPeerAsync(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext,
                              std::size_t size, CUstream stream) {
  return guarded(__func__, [&] { return cuMemcpyDtoDAsync_v2(to, from, size, stream); });
}

STANDIN_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, std::size_t count) {
  return guarded(__func__, [&] { fill(to, 0, value, count, 1); });
}
STANDIN_API cuMemsetD16_v2(CUdeviceptr to, unsigned short value, std::size_t count) {
  return guarded(__func__, [&] { fill(to, 0, value, count, 1); });
}
STANDIN_API cuMemsetD32_v2(CUdeviceptr to, unsigned value, std::size_t count) {
  return guarded(__func__, [&] { fill(to, 0, value, count, 1); });
}
STANDIN_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t count, CUstream s) {
  return guarded(__func__, [&] { fill_async(to, 0, value, count, 1, s); });
}
STANDIN_API cuMemsetD16Async(CUdeviceptr to, unsigned short value, std::size_t count, CUstream s) {
  return guarded(__func__, [&] { fill_async(to, 0, value, count, 1, s); });
}
STANDIN_API cuMemsetD32Async(CUdeviceptr to, unsigned value, std::size_t count, CUstream s) {
  return guarded(__func__, [&] { fill_async(to, 0, value, count, 1, s); });
}
STANDIN_API cuMemsetD2D8Async(CUdeviceptr to, std::size_t pitch, unsigned char value,
                              std::size_t width, std::size_t height, CUstream s) {
  return guarded(__func__, [&] { fill_async(to, pitch, value, width, height, s); });
}
STANDIN_API cuMemsetD2D16Async(CUdeviceptr to, std::size_t pitch, unsigned short value,
                               std::size_t width, std::size_t height, CUstream s) {
  return guarded(__func__, [&] { fill_async(to, pitch, value, width, height, s); });
}
STANDIN_API cuMemsetD2D32Async(CUdeviceptr to, std::size_t pitch, unsigned value, std::size_t width,
                               std::size_t height, CUstream s) {
  return guarded(__func__, [&] { fill_async(to, pitch, value, width, height, s); });
}
