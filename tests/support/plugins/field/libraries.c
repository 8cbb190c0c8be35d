/* Libraries, which are shared libraries of functions, and kernels. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "field.h"

nxs_int nxsCreateLibraryFromFile(nxs_int device, const char *path, nxs_uint settings) {
  if (device != 0) return NXS_InvalidDevice;
  if (settings != 0) return NXS_InvalidValue;
  /* A name without a slash would be looked up in the system's folders. */
  void *const image = path && strchr(path, '/') ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (image == NULL) return NXS_InvalidLibrary; /* (19) */
  pthread_mutex_lock(&lock);
  const nxs_int handle = add(LIBRARY);
  libraries[handle] = image;
  pthread_mutex_unlock(&lock);
  return handle;
}

#ifndef FIELD_NO_LIBRARY_DATA
nxs_int nxsCreateLibrary(nxs_int device, void *data, nxs_uint size, nxs_uint settings) {
  if (device != 0) return NXS_InvalidDevice;
  if (data == NULL || size == 0) return NXS_InvalidLibrary; /* (19) */
  char path[] = "/tmp/field-library-XXXXXX";
  const int file = mkstemp(path);
  if (file < 0) return NXS_OutOfResources;
  const int whole = write(file, data, size) == (ssize_t)size;
  close(file);
  const nxs_int handle =
      whole ? nxsCreateLibraryFromFile(device, path, settings) : NXS_OutOfResources;
  unlink(path);
  return handle;
}
#endif

nxs_int nxsGetKernel(nxs_int library, const char *name) {
  if (!known(LIBRARY, library)) return NXS_InvalidLibrary;
  pthread_mutex_lock(&lock);
  void *const function = name && *name ? dlsym(libraries[library], name) : NULL;
  const nxs_int handle = function ? add(KERNEL) : NXS_InvalidKernel; /* (19) */
  if (function) kernels[handle] = function;
  pthread_mutex_unlock(&lock);
  return handle;
}

#ifndef FIELD_NO_RELEASES
nxs_status nxsReleaseLibrary(nxs_int handle) {
  if (!known(LIBRARY, handle)) return NXS_InvalidLibrary;
  pthread_mutex_lock(&lock);
  forget(LIBRARY, handle);
  dlclose(libraries[handle]); /* under its commands (14) */
  pthread_mutex_unlock(&lock);
  return NXS_Success;
}
#endif
