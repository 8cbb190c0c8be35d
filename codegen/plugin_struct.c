#include <nexus-api.h>

/** What a trampoline returns when the plugin lacks the function: no plugin uses this status. */
#define NXS_ABSENT INT32_MIN

/** An open plugin: the loader's handle, and a callable pointer for each function of the list. */
typedef struct nxs_plugin {
  void *library;
  unsigned char present[NXS_FUNCTION_CNT];
#define NEXUS_API_FUNC(RETURN, NAME, ...) nxs##NAME##_fn NAME;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
} nxs_plugin;
