// The functions of the ABI for the runtime, devices, buffers, libraries and kernels.
#pragma once

#include <nexus-sdk/abi/entry.hpp>

namespace nexus::sdk::detail {

inline constexpr nxs_uint kBufferSettings =
    NXS_BufferSettings_OnHost | NXS_BufferSettings_OnDevice | NXS_BufferSettings_Maintain;

// Fails for settings that are unknown, or that the device does not support.
inline void check_library_settings(const Device &device, nxs_uint settings) {
  check_settings(settings, NXS_LibrarySettings_GroupRange);
  if (settings & ~device.library_settings())
    fail(NXS_InvalidValue, "the plugin does not support NXS_LibrarySettings_GroupRange: its ",
         "kernels are not called for ranges of groups; pass 0 as settings");
}

// Returns the handle of a new library.
inline nxs_int add_library(Ref<Library> library, nxs_uint settings) {
  if (settings) library->configure(settings);
  return runtime().handles.insert(std::move(library));
}

}  // namespace nexus::sdk::detail

extern "C" {

nxs_status nxsGetRuntimeProperty(nxs_uint property, void *value, size_t *size) {
  using namespace nexus::sdk;
  return guard([&] {
    const Runtime &runtime = detail::runtime();
    return query_property(property, value, size,
                          [&](nxs_property key) { return runtime.property(key); });
  });
}

nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint property, void *value, size_t *size) {
  using namespace nexus::sdk;
  return guard([&] {
    const Runtime &runtime = detail::runtime();
    runtime.device(device);
    return query_property(property, value, size,
                          [&](nxs_property key) { return runtime.device_property(device, key); });
  });
}

nxs_int nxsCreateBuffer(nxs_int device_id, nxs_buffer_layout layout, void *host_ptr,
                        nxs_uint settings) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    detail::check_settings(settings, detail::kBufferSettings);
    const bool wrap = host_ptr && (settings & NXS_BufferSettings_OnDevice);
    return detail::runtime().handles.insert(
        device.create_buffer({layout, size_of_layout(layout), host_ptr, wrap, settings}));
  });
}

nxs_status nxsGetBufferProperty(nxs_int buffer, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Buffer>(buffer, property, value, size);
}

nxs_status nxsCopyBuffer(nxs_int buffer_id, void *host_ptr, nxs_uint settings) {
  using namespace nexus::sdk;
  return detail::guard_object<Buffer>(buffer_id, [&](const Ref<Buffer> &buffer) {
    if (settings != NXS_BufferDeviceToHost && settings != NXS_BufferHostToDevice)
      fail(NXS_InvalidValue, settings, " is not a direction of copies (nxs_buffer_transfer)");
    if (buffer->size == 0) return;
    if (!host_ptr)
      fail(NXS_InvalidHostPtr, "the pointer to the host's ", buffer->size, " bytes is NULL");
    buffer->uses.wait();
    const std::lock_guard lock(buffer->mutex);
    if (settings == NXS_BufferDeviceToHost)
      buffer->read(host_ptr);
    else
      buffer->write(host_ptr);
  });
}

nxs_status nxsFillBuffer(nxs_int buffer_id, void *value, nxs_uint value_size_bytes) {
  using namespace nexus::sdk;
  return detail::guard_object<Buffer>(buffer_id, [&](const Ref<Buffer> &buffer) {
    if (!value) fail(NXS_InvalidArgValue, "the pointer to the pattern is NULL");
    if (value_size_bytes == 0 || buffer->size % value_size_bytes)
      fail(NXS_InvalidArgSize, "a pattern of ", value_size_bytes,
           " bytes does not divide a buffer of ", buffer->size);
    if (buffer->size == 0) return;
    buffer->uses.wait();
    const std::lock_guard lock(buffer->mutex);
    buffer->fill(value, value_size_bytes);
  });
}

nxs_status nxsReleaseBuffer(nxs_int buffer) {
  return nexus::sdk::detail::release(buffer, nexus::sdk::Kind::kBuffer);
}

nxs_int nxsCreateLibrary(nxs_int device_id, void *library_data, nxs_uint data_size,
                         nxs_uint settings) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    if (!library_data || data_size == 0)
      fail(NXS_InvalidValue, "the image of the library is NULL or empty");
    detail::check_library_settings(device, settings);
    return detail::add_library(
        device.create_library({static_cast<const std::byte *>(library_data), data_size}), settings);
  });
}

nxs_int nxsCreateLibraryFromFile(nxs_int device_id, const char *library_path, nxs_uint settings) {
  using namespace nexus::sdk;
  return guard([&] {
    Device &device = detail::runtime().device(device_id);
    if (!library_path || !*library_path)
      fail(NXS_InvalidValue, "the path of the library is NULL or empty");
    detail::check_library_settings(device, settings);
    check_readable_file(library_path);
    return detail::add_library(device.create_library_from_file(library_path), settings);
  });
}

nxs_status nxsGetLibraryProperty(nxs_int library, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Library>(library, property, value, size);
}

nxs_status nxsReleaseLibrary(nxs_int library) {
  return nexus::sdk::detail::release(library, nexus::sdk::Kind::kLibrary);
}

nxs_int nxsGetKernel(nxs_int library_id, const char *kernel_name) {
  using namespace nexus::sdk;
  return guard([&] {
    const Ref<Library> library = detail::find<Library>(library_id);
    if (!kernel_name || !*kernel_name)
      fail(NXS_InvalidKernelName, "the name of the kernel is NULL or empty");
    return detail::runtime().handles.insert(library->find_kernel(kernel_name), library_id,
                                            Kind::kLibrary);
  });
}

nxs_status nxsGetKernelProperty(nxs_int kernel, nxs_uint property, void *value, size_t *size) {
  return nexus::sdk::detail::query<nexus::sdk::Kernel>(kernel, property, value, size);
}

nxs_status nxsReleaseKernel(nxs_int kernel) {
  return nexus::sdk::detail::release(kernel, nexus::sdk::Kind::kKernel);
}

nxs_uint nxsGetApiVersion(void) { return NXS_API_VERSION; }

nxs_status nxsGetLastErrorMessage(void *value, size_t *size) {
  // Not wrapped in guard(), which could replace the message.
  const nexus::sdk::KeepErrno keep;
  try {
    nexus::sdk::write_text(nexus::sdk::last_error(), value, size);
    return NXS_Success;
  } catch (const nexus::sdk::Error &error) {
    return error.status();
  } catch (...) {
    return NXS_OutOfHostMemory;
  }
}

}  // extern "C"
