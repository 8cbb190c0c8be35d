/**
 * A whole plugin in plain C, written from the headers alone: the ABI needs no SDK. Its device is
 * the host's memory, its libraries are the text "SCRATCH1", and its kernels are "add" (in a, in b,
 * out c, i32 n) and "scale" (out x, f32 factor, i32 n). One lock serialises everything.
 *
 * This file has buffers, libraries, kernels and events; see README.md for the others.
 */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "objects.h"
#include "properties.h"

static nxs_int create(nxs_int device, int kind, nxs_uint bad, object **o) {
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  if (bad) return fail(NXS_InvalidValue, "unknown settings");
  return add(kind, -1, o);
}

/* How many bytes a layout spans; 0 where that cannot be expressed. */
static int measure(const nxs_buffer_layout *layout, size_t *size) {
  nxs_ulong count = 1, last = 0, strided = 0, step;
  int overflow = 0;
  for (nxs_uint d = 0; d < layout->rank; ++d) {
    overflow |= __builtin_mul_overflow(count, layout->dim[d], &count);
    if (layout->dim[d] == 0)
      count = overflow = 0, d = layout->rank;
    else
      overflow |= __builtin_mul_overflow(layout->dim[d] - 1, layout->stride[d], &step) ||
                  __builtin_add_overflow(last, step, &last);
    if (d < layout->rank) strided |= layout->stride[d];
  }
  if (strided && count) count = last + 1;
  overflow |= __builtin_mul_overflow(count, (nxs_ulong)BITS[layout->data_type], &count);
  *size = count / 8 + (count % 8 != 0);
  return !overflow && *size <= INT64_MAX / 8;
}

nxs_int nxsCreateBuffer(nxs_int device, nxs_buffer_layout layout, void *host, nxs_uint settings) {
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  if (layout.rank > NXS_MAX_DIMS || layout.data_type > NXS_DataType_Bool || settings > 7)
    return fail(NXS_InvalidValue, "the layout or the settings make no sense");
  size_t size;
  if (!measure(&layout, &size)) return fail(NXS_InvalidBufferSize, "the size overflows");
  const int wrap = host != NULL && (settings & NXS_BufferSettings_OnDevice);
  char *data = wrap ? host : calloc(1, size + 1);
  if (data == NULL) return fail(NXS_MemObjectAllocationFailure, "calloc says no");
  if (host != NULL && !wrap) memcpy(data, host, size);
  object *o;
  pthread_mutex_lock(&lock);
  const nxs_int handle = add(BUFFER, -1, &o);
  if (handle >= 0)
    o->layout = layout, o->data = data, o->size = size, o->owned = !wrap;
  else if (!wrap)
    free(data);
  pthread_mutex_unlock(&lock);
  return handle;
}

nxs_status nxsCopyBuffer(nxs_int buffer, void *host, nxs_uint direction) {
  pthread_mutex_lock(&lock);
  object *o = find(buffer, BUFFER);
  nxs_int status = o ? NXS_Success : NXS_InvalidBuffer;
  if (o && direction > 1)
    status = fail(NXS_InvalidValue, "there are two directions");
  else if (o && o->size && host == NULL)
    status = fail(NXS_InvalidHostPtr, "there is no host memory");
  else if (o && o->size)
    direction ? memcpy(o->data, host, o->size) : memcpy(host, o->data, o->size);
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_status nxsFillBuffer(nxs_int buffer, void *value, nxs_uint size) {
  pthread_mutex_lock(&lock);
  object *o = find(buffer, BUFFER);
  nxs_int status = o ? NXS_Success : NXS_InvalidBuffer;
  if (o && value == NULL)
    status = fail(NXS_InvalidArgValue, "there is no pattern");
  else if (o && (size == 0 || o->size % size))
    status = fail(NXS_InvalidArgSize, "the pattern does not fit");
  for (size_t at = 0; status == NXS_Success && at < o->size; at += size)
    memcpy(o->data + at, value, size);
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_int nxsCreateLibrary(nxs_int device, void *data, nxs_uint size, nxs_uint settings) {
  if (device == 0 && (data == NULL || size == 0))
    return fail(NXS_InvalidValue, "there are no bytes");
  if (device == 0 && (size < 8 || memcmp(data, "SCRATCH1", 8)))
    return fail(NXS_InvalidBinary, "a library begins with SCRATCH1");
  object *o;
  pthread_mutex_lock(&lock);
  const nxs_int handle = create(device, LIBRARY, settings, &o);
  pthread_mutex_unlock(&lock);
  return handle;
}

nxs_int nxsCreateLibraryFromFile(nxs_int device, const char *path, nxs_uint settings) {
  char head[8] = {0};
  struct stat about;
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  /* Opening a FIFO would wait for somebody who writes to it. */
  const int regular = path && stat(path, &about) == 0 && S_ISREG(about.st_mode);
  FILE *file = regular ? fopen(path, "rb") : NULL;
  if (file == NULL) return fail(NXS_InvalidValue, "there is no such file");
  const size_t size = fread(head, 1, sizeof head, file);
  fclose(file);
  return nxsCreateLibrary(device, head, size ? (nxs_uint)size : 1, settings);
}

nxs_int nxsGetKernel(nxs_int library, const char *name) {
  object *o;
  pthread_mutex_lock(&lock);
  nxs_int handle = find(library, LIBRARY) ? NXS_Success : NXS_InvalidLibrary;
  const int scale = name && strcmp(name, "scale") == 0;
  if (handle == NXS_Success && !scale && (name == NULL || strcmp(name, "add")))
    handle = fail(NXS_InvalidKernelName, "the kernels are add and scale");
  if (handle == NXS_Success && (handle = add(KERNEL, library, &o)) >= 0) o->kernel = scale;
  pthread_mutex_unlock(&lock);
  return handle;
}

#define CREATE(NAME, KIND, BAD, SET)                      \
  NXS_API_EXPORT nxs_int nxsCreate##NAME {                \
    object *o;                                            \
    pthread_mutex_lock(&lock);                            \
    const nxs_int handle = create(device, KIND, BAD, &o); \
    if (handle >= 0) o->SET;                              \
    pthread_mutex_unlock(&lock);                          \
    return handle;                                        \
  }
CREATE(Event(nxs_int device, nxs_event_type type, nxs_uint settings), EVENT, settings || type > 2u,
       type = type)
CREATE(Stream(nxs_int device, nxs_uint settings), STREAM, settings > 3, settings = settings)
CREATE(Schedule(nxs_int device, nxs_uint settings), SCHEDULE, settings > 15, settings = settings)

nxs_status nxsSignalEvent(nxs_int event, nxs_int value) {
  pthread_mutex_lock(&lock);
  object *o = find(event, EVENT);
  if (o && value > o->value) o->value = value;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return o ? NXS_Success : NXS_InvalidEvent;
}

/* Holds the lock, and an own reference so that a release meanwhile does no harm. */
static nxs_status wait_for(object *o, nxs_int value, const struct timespec *end) {
  int late = 0;
  keep(o);
  while (o->value < value && !late)
    late = end ? pthread_cond_timedwait(&changed, &lock, end) == ETIMEDOUT
               : pthread_cond_wait(&changed, &lock);
  const nxs_status status = o->value < value ? NXS_Timeout : NXS_Success;
  drop(o);
  return status;
}

nxs_status nxsWaitEvent(nxs_int event, nxs_int value) {
  pthread_mutex_lock(&lock);
  object *o = find(event, EVENT);
  const nxs_status status = o ? wait_for(o, value, NULL) : NXS_InvalidEvent;
  pthread_mutex_unlock(&lock);
  return status;
}

nxs_status nxsWaitEventTimeout(nxs_int event, nxs_int value, nxs_ulong timeout_ns) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  const nxs_ulong ns = (nxs_ulong)end.tv_nsec + timeout_ns % 1000000000;
  end.tv_sec += (time_t)(timeout_ns / 1000000000 + ns / 1000000000);
  end.tv_nsec = (long)(ns % 1000000000);
  pthread_mutex_lock(&lock);
  object *o = find(event, EVENT);
  const nxs_status status = o ? wait_for(o, value, &end) : NXS_InvalidEvent;
  pthread_mutex_unlock(&lock);
  return status;
}

#include "commands.h"
