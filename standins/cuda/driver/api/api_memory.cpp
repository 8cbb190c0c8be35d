// Allocations, and what is known of pointers.
#include "../graphs/capture.hpp"
#include "../memory.hpp"

using namespace standin;

namespace {

// Memory goes once nothing can use it any more: as in the real driver, this waits for all streams.
void release(CUdeviceptr base, MemoryKind kind) {
  const ContextRef context = current_context();
  require_no_unsafe_capture();
  const Allocation allocation = address_space().at(base);
  require(allocation.base == base && allocation.kind == kind && !allocation.of_module);
  for (const ContextRef &any : live<CUctx_st>().select([](const CUctx_st &) { return true; }))
    any->drain();
  if (const CUresult broken = context->error) fail(broken);
  address_space().release(base, kind);
}

void get_attribute(void *data, CUpointer_attribute attribute, CUdeviceptr pointer) {
  const Allocation found = address_space().at(pointer);
  const CUdeviceptr offset = pointer - found.base;
  const auto put = [&](auto value) { *static_cast<decltype(value) *>(data) = value; };
  const bool on_device = found.kind == MemoryKind::device;
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT: return put(found.context);
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      return put(static_cast<unsigned>(on_device ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST));
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER: return put(pointer);
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
      require(!on_device);
      return put(static_cast<void *>(found.bytes + offset));
    case CU_POINTER_ATTRIBUTE_BUFFER_ID: return put(found.id);
    case CU_POINTER_ATTRIBUTE_IS_MANAGED: return put(0u);
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS: return put(0u);
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL: return put(found.device);
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR: return put(found.base);
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE: return put(found.size);
    case CU_POINTER_ATTRIBUTE_MAPPED: return put(1);
    default: fail(CUDA_ERROR_NOT_SUPPORTED);
  }
}

std::size_t size_of(CUpointer_attribute attribute) {
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
    case CU_POINTER_ATTRIBUTE_IS_MANAGED:
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    case CU_POINTER_ATTRIBUTE_MAPPED: return 4;
    default: return 8;
  }
}

}  // namespace

STANDIN_API cuMemAlloc_v2(CUdeviceptr *address, std::size_t size) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require(address);
    require_no_unsafe_capture();
    *address = address_space().allocate(size, context.get(), context->device).base;
  });
}

STANDIN_API cuMemFree_v2(CUdeviceptr address) {
  return guarded(__func__, [&] {
    current_context();
    if (address) release(address, MemoryKind::device);
  });
}

STANDIN_API cuMemHostAlloc(void **pointer, std::size_t size, unsigned flags) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require(pointer && !(flags & ~7u));
    require_no_unsafe_capture();
    *pointer = address_space().allocate_host(size, context.get(), context->device, flags).bytes;
  });
}

STANDIN_API cuMemAllocHost_v2(void **pointer, std::size_t size) {
  return guarded(__func__, [&] { return cuMemHostAlloc(pointer, size, 0); });
}

STANDIN_API cuMemFreeHost(void *pointer) {
  return guarded(__func__, [&] {
    current_context();
    if (pointer) release(reinterpret_cast<CUdeviceptr>(pointer), MemoryKind::host);
  });
}

STANDIN_API cuMemHostRegister_v2(void *pointer, std::size_t size, unsigned flags) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require_no_unsafe_capture();
    address_space().adopt(pointer, size, context.get(), context->device, flags);
  });
}

STANDIN_API cuMemHostUnregister(void *pointer) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require_no_unsafe_capture();
    require(context->drain() == CUDA_SUCCESS, context->error);
    address_space().release(reinterpret_cast<CUdeviceptr>(pointer), MemoryKind::registered);
  });
}

STANDIN_API cuMemHostGetDevicePointer_v2(CUdeviceptr *address, void *pointer, unsigned flags) {
  return guarded(__func__, [&] {
    current_context();
    require(address && flags == 0);
    const auto value = reinterpret_cast<CUdeviceptr>(pointer);
    require(address_space().at(value).kind != MemoryKind::device);
    *address = value;
  });
}

STANDIN_API cuMemHostGetFlags(unsigned *flags, void *pointer) {
  return guarded(__func__, [&] {
    current_context();
    const Allocation found = address_space().at(reinterpret_cast<CUdeviceptr>(pointer));
    require(flags && found.kind == MemoryKind::host);
    *flags = found.flags | CU_MEMHOSTALLOC_DEVICEMAP;
  });
}

STANDIN_API cuMemGetInfo_v2(std::size_t *free, std::size_t *total) {
  return guarded(__func__, [&] {
    const ContextRef context = current_context();
    require(free && total);
    *total = options().memory;
    *free = *total - address_space().used(context->device);
  });
}

STANDIN_API cuMemGetAddressRange_v2(CUdeviceptr *base, std::size_t *size, CUdeviceptr address) {
  return guarded(__func__, [&] {
    current_context();
    Allocation found;
    require(address_space().find(address, found), CUDA_ERROR_NOT_FOUND);
    if (base) *base = found.base;
    if (size) *size = found.size;
  });
}

STANDIN_API cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr pointer) {
  return guarded(__func__, [&] {
    require_initialized();
    require(data);
    get_attribute(data, attribute, pointer);
  });
}

STANDIN_API cuPointerGetAttributes(unsigned count, CUpointer_attribute *attributes, void **data,
                                   CUdeviceptr pointer) {
  return guarded(__func__, [&] {
    require_initialized();
    require(count && attributes && data);
    Allocation found;
    const bool is_known = address_space().find(pointer, found);
    for (unsigned n = 0; n < count; ++n) {
      if (is_known &&
          !(attributes[n] == CU_POINTER_ATTRIBUTE_HOST_POINTER && found.kind == MemoryKind::device))
        get_attribute(data[n], attributes[n], pointer);
      else if (attributes[n] == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL)
        *static_cast<int *>(data[n]) = -2;
      else
        __builtin_memset(data[n], 0, size_of(attributes[n]));
    }
  });
}
