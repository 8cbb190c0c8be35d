#include <stdio.h>
#include <stdlib.h>

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#include <fenv.h>
#endif

/* Replacements for absent functions, so that a call need not check for a null pointer. */
#define NEXUS_API_FUNC(RETURN, NAME, ...) \
  static RETURN NXS_API_CALL nxs_absent_##NAME(__VA_ARGS__) { return (RETURN)NXS_ABSENT; }
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC

#if defined(_WIN32)

static void *nxs_library_open(const char *path, char *message, size_t message_size) {
  wchar_t wide[32768];
  HMODULE library = NULL;
  if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, 32768) > 0) {
    library = LoadLibraryW(wide);
  }
  if (library == NULL) {
    DWORD code = GetLastError();
    if (FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0,
                       message, (DWORD)message_size, NULL) == 0) {
      snprintf(message, message_size, "error %lu", (unsigned long)code);
    }
  }
  return (void *)library;
}

static void *nxs_library_symbol(void *library, const char *name) {
  return (void *)GetProcAddress((HMODULE)library, name);
}

static void nxs_library_close(void *library) { FreeLibrary((HMODULE)library); }

#else

static void *nxs_library_open(const char *path, char *message, size_t message_size) {
  /* Libraries that were linked with -ffast-math switch small numbers off for whoever loads them. */
  fenv_t floating_point;
  fegetenv(&floating_point);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  fesetenv(&floating_point);
  if (library == NULL) snprintf(message, message_size, "%s", dlerror());
  return library;
}

static void *nxs_library_symbol(void *library, const char *name) { return dlsym(library, name); }

static void nxs_library_close(void *library) { dlclose(library); }

#endif

static nxs_plugin *nxs_plugin_open(const char *path, char *message, size_t message_size) {
  nxs_plugin *plugin = (nxs_plugin *)malloc(sizeof *plugin);
  if (plugin == NULL) {
    snprintf(message, message_size, "out of memory");
    return NULL;
  }
  plugin->library = nxs_library_open(path, message, message_size);
  if (plugin->library == NULL) {
    free(plugin);
    return NULL;
  }
#define NEXUS_API_FUNC(RETURN, NAME, ...)                                          \
  plugin->NAME = (nxs##NAME##_fn)nxs_library_symbol(plugin->library, "nxs" #NAME); \
  plugin->present[NF_nxs##NAME] = plugin->NAME != NULL;                            \
  if (plugin->NAME == NULL) plugin->NAME = nxs_absent_##NAME;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
  return plugin;
}

static int nxs_plugin_has(const nxs_plugin *plugin, nxs_int function) {
  return function >= 0 && function < NXS_FUNCTION_CNT && plugin->present[function];
}

/** Closes a plugin, none of whose functions has been called. */
static void nxs_plugin_close(nxs_plugin *plugin) {
  nxs_library_close(plugin->library);
  free(plugin);
}

/*
 * cffi releases the interpreter's lock around every call. That is right for calls that can take
 * long, but reading an integer property is faster than releasing the lock, and much faster than
 * taking it back beside a busy thread. So the wrappers of the ..._int getters keep the lock; they
 * recognise themselves by __func__, which is a constant.
 */
#define NXS_KEEPS_LOCK                                                             \
  (sizeof __func__ > 5 && __func__[sizeof __func__ - 5] == '_' &&                  \
   __func__[sizeof __func__ - 4] == 'i' && __func__[sizeof __func__ - 3] == 'n' && \
   __func__[sizeof __func__ - 2] == 't')
#undef Py_BEGIN_ALLOW_THREADS
#undef Py_END_ALLOW_THREADS
#define Py_BEGIN_ALLOW_THREADS \
  {                            \
    PyThreadState *nxs_state = NXS_KEEPS_LOCK ? NULL : PyEval_SaveThread();
#define Py_END_ALLOW_THREADS                              \
  if (nxs_state != NULL) PyEval_RestoreThread(nxs_state); \
  }
