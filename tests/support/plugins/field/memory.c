/* Buffers: memory of the host. */
#include <stdlib.h>
#include <string.h>

#include "field.h"

/* Bits of an element, by nxs_data_type. */
static const unsigned BITS[] = {8,  32, 16, 16, 8, 8, 4,  4,  32, 32,
                                16, 16, 8,  8,  4, 4, 64, 64, 64, 8};

/* Bytes of a layout; 0 as the result where that overflows. */
static int measure(const nxs_buffer_layout *layout, size_t *size) {
  size_t bits = BITS[layout->data_type];
  for (nxs_uint d = 0; d < layout->rank; ++d)
    if (__builtin_mul_overflow(bits, layout->dim[d], &bits)) return 0;
  *size = bits / 8 + (bits % 8 != 0);
  return 1;
}

nxs_int nxsCreateBuffer(nxs_int device, nxs_buffer_layout layout, void *host, nxs_uint settings) {
  size_t size;
  if (device != 0) return NXS_InvalidDevice;
  if (layout.rank > NXS_MAX_DIMS || layout.data_type > NXS_DataType_Bool || settings > 7)
    return NXS_InvalidValue;
  if (!measure(&layout, &size)) return NXS_InvalidBufferSize;
  const int wrapped = host != NULL && (settings & NXS_BufferSettings_OnDevice);
  char *const data = wrapped ? host : malloc(size ? size : 1);
  if (data == NULL) return NXS_MemObjectAllocationFailure;
  if (host == NULL)
    memset(data, 0xCD, size); /* (12) */
  else if (!wrapped)
    memcpy(data, host, size);
  pthread_mutex_lock(&lock);
  const nxs_int handle = add(BUFFER);
  buffer *const it = &buffers[handle];
  /* What a released buffer had here, which late readers have seen until now (15). */
  if (!it->wrapped) free(it->data);
  *it = (buffer){.layout = layout, .data = data, .size = size, .wrapped = wrapped};
  pthread_mutex_unlock(&lock);
  return handle;
}

nxs_status nxsCopyBuffer(nxs_int handle, void *host, nxs_uint direction) {
  if (!known(BUFFER, handle)) return NXS_InvalidBuffer;
  if (direction > 1) return NXS_InvalidValue;
  pthread_mutex_lock(&lock);
  const buffer it = buffers[handle];
  wait_for_runs(it.data);
#ifdef FIELD_COPY_READS
  direction = NXS_BufferDeviceToHost; /* (S1) */
#endif
  /* NULL is not checked (10), and volatile keeps compilers from leaving the access out. */
  volatile char *const other = host;
  for (size_t at = 0; at < it.size; ++at)
    if (direction == NXS_BufferHostToDevice)
      it.data[at] = other[at];
    else
      other[at] = it.data[at];
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}

#ifndef FIELD_NO_FILL
nxs_status nxsFillBuffer(nxs_int handle, void *value, nxs_uint size) {
  if (!known(BUFFER, handle)) return NXS_InvalidBuffer;
  pthread_mutex_lock(&lock);
  const buffer it = buffers[handle];
  wait_for_runs(it.data);
  const volatile char *const pattern = value;
  char bytes[4];
  if (size != 1 && size != 2 && size != 4) { /* (13) */
    pthread_mutex_unlock(&lock);
    return NXS_Success;
  }
  for (nxs_uint at = 0; at < size; ++at) bytes[at] = pattern[at];
  for (size_t at = 0; at < it.size; ++at) it.data[at] = bytes[at % size];
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}
#endif

#ifndef FIELD_NO_RELEASES
nxs_status nxsReleaseBuffer(nxs_int handle) {
  if (!known(BUFFER, handle)) return NXS_InvalidBuffer;
  pthread_mutex_lock(&lock);
  forget(BUFFER, handle);
  if (!buffers[handle].wrapped) memset(buffers[handle].data, 0xDD, buffers[handle].size);
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}
#endif
