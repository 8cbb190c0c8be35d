/* A host as others have published one: what it does differently from ours is written beside it.
 *
 *     other_host PLUGIN LIBRARY
 *
 * The library has the kernel scale_if(float *x, float factor, bool on, int n). Each step prints a
 * line; a step that the plugin refuses ends the process with status 1. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nexus-api.h>

enum { ITEMS = 64, GROUP = 16 };

/* GetApiVersion is not among the functions that this host knows, nor is any release. */
static nxsGetRuntimeProperty_fn get_runtime_property;
static nxsGetDeviceProperty_fn get_device_property;
static nxsCreateBuffer_fn create_buffer;
static nxsCopyBuffer_fn copy_buffer;
static nxsCreateLibraryFromFile_fn create_library;
static nxsGetKernel_fn get_kernel;
static nxsCreateStream_fn create_stream;
static nxsCreateSchedule_fn create_schedule;
static nxsRunSchedule_fn run_schedule;
static nxsCreateCommand_fn create_command;
static nxsSetCommandArgument_fn set_argument;
static nxsSetCommandScalar_fn set_scalar;
static nxsFinalizeCommand_fn finalize;

static void *function(void *plugin, const char *name) {
  void *found = dlsym(plugin, name);
  if (!found) {
    fprintf(stderr, "the plugin has no %s\n", name);
    exit(1);
  }
  return found;
}

static nxs_int must(const char *what, nxs_int result) {
  if (result < 0) {
    fprintf(stderr, "%s: status %d\n", what, result);
    exit(1);
  }
  return result;
}

/* Texts are read into a buffer with room to spare; then once more as the plugin sizes them. A
 * buffer that is too short by a byte gets an error, and stays as it is. */
static void text_properties(void) {
  char spacious[256], exact[256], shorter[256], untouched[256];
  size_t size = sizeof spacious, needed = 0, less;
  must("long buffer", get_runtime_property(NP_Name, spacious, &size));
  must("size", get_runtime_property(NP_Name, NULL, &needed));
  less = needed;
  must("buffer of that size", get_runtime_property(NP_Name, exact, &less));
  memset(shorter, '?', sizeof shorter);
  memset(untouched, '?', sizeof untouched);
  less = needed - 1;
  const nxs_status status = get_runtime_property(NP_Name, shorter, &less);
  printf("name %s, %s, size %d, short buffer %s\n", spacious,
         strcmp(spacious, exact) ? "differs" : "same", needed == strlen(spacious) + 1,
         status < 0 && !memcmp(shorter, untouched, sizeof shorter) ? "refused" : "written");
}

static void number_properties(void) {
  nxs_long exact = -1, spacious[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
  size_t size = sizeof exact;
  must("number", get_device_property(0, NP_MaxThreadsPerBlock, &exact, &size));
  size = sizeof spacious;
  must("number with room", get_device_property(0, NP_MaxThreadsPerBlock, spacious, &size));
  printf("numbers %s, the room %s\n", exact == spacious[0] && exact > 0 ? "same" : "differ",
         spacious[1] == -1 ? "untouched" : "overwritten");
}

static nxs_int filled(float value) {
  float data[ITEMS];
  for (int i = 0; i < ITEMS; ++i) data[i] = value;
  const nxs_buffer_layout layout = {NXS_DataType_F32, 1, {ITEMS}, {0}};
  const nxs_int buffer = must("CreateBuffer", create_buffer(0, layout, NULL, 0));
  must("CopyBuffer", copy_buffer(buffer, data, NXS_BufferHostToDevice));
  return buffer;
}

static void show(const char *what, nxs_int buffer) {
  float data[ITEMS];
  must("CopyBuffer", copy_buffer(buffer, data, NXS_BufferDeviceToHost));
  for (int i = 1; i < ITEMS; ++i)
    if (data[i] != data[0]) {
      fprintf(stderr, "%s: item %d is %g, the first is %g\n", what, i, data[i], data[0]);
      exit(1);
    }
  printf("%s %g\n", what, data[0]);
}

/* Sets the arguments and finalizes, whether or not the command is finalized already. */
static void set_all(nxs_int command, nxs_int buffer, float factor, int on, const char *name) {
  const nxs_dim3 groups = {ITEMS / GROUP, 1, 1}, items = {GROUP, 1, 1};
  const int32_t count = ITEMS;
  /* A constant has no place in the call: it comes with the flag, a name, and an index beyond the
   * arguments. The flag and the type share a bit, so that the type reads as another. */
  const int32_t constant = 7;
  /* A truth value comes without a type, in memory with room for any scalar. */
  const int64_t truth = on;
  must("SetCommandArgument", set_argument(command, 0, buffer, name, 0));
  must("factor", set_scalar(command, 1, &factor, name, NXS_DataType_F32));
  must("truth", set_scalar(command, 2, (void *)&truth, name, NXS_DataType_Undefined));
  must("count", set_scalar(command, 3, (void *)&count, name, NXS_DataType_I32));
  must("constant", set_scalar(command, 5, (void *)&constant, "BLOCK",
                              NXS_CommandArgType_Constant | NXS_DataType_I32));
  must("FinalizeCommand", finalize(command, groups, items, 0));
}

/* One command for all launches, which is changed between them. The number of an object that does
 * not exist, -80, stands for the default stream. */
static void runs(const char *what, nxs_int kernel, nxs_int stream, nxs_uint settings) {
  char line[64];
  const nxs_int first = filled(1), second = filled(100);
  const nxs_int schedule = must("CreateSchedule", create_schedule(0, settings));
  const nxs_int command = must("CreateCommand", create_command(schedule, kernel, settings));
  const char *const names[] = {NULL, "", "x"};
  for (int i = 0; i < 3; ++i) {
    set_all(command, first, 2, 1, names[i]);
    must("RunSchedule", run_schedule(schedule, stream, settings));
  }
  snprintf(line, sizeof line, "%s first", what);
  show(line, first);
  set_all(command, second, 3, 1, NULL);
  must("RunSchedule", run_schedule(schedule, stream, settings));
  must("RunSchedule again", run_schedule(schedule, stream, settings));
  set_all(command, second, 5, 0, NULL);
  must("RunSchedule", run_schedule(schedule, stream, settings));
  show(line, first);
  snprintf(line, sizeof line, "%s second", what);
  show(line, second);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  void *plugin = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (!plugin) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
#define FIND(VARIABLE, NAME) VARIABLE = (NAME##_fn)(uintptr_t)function(plugin, #NAME)
  FIND(get_runtime_property, nxsGetRuntimeProperty);
  FIND(get_device_property, nxsGetDeviceProperty);
  FIND(create_buffer, nxsCreateBuffer);
  FIND(copy_buffer, nxsCopyBuffer);
  FIND(create_library, nxsCreateLibraryFromFile);
  FIND(get_kernel, nxsGetKernel);
  FIND(create_stream, nxsCreateStream);
  FIND(create_schedule, nxsCreateSchedule);
  FIND(run_schedule, nxsRunSchedule);
  FIND(create_command, nxsCreateCommand);
  FIND(set_argument, nxsSetCommandArgument);
  FIND(set_scalar, nxsSetCommandScalar);
  FIND(finalize, nxsFinalizeCommand);
  text_properties();
  number_properties();
  const nxs_int library = must("CreateLibraryFromFile", create_library(0, words[2], 0));
  const nxs_int kernel = must("GetKernel", get_kernel(library, "scale_if"));
  runs("default", kernel, NXS_InvalidObject, 0);
  runs("stream", kernel, must("CreateStream", create_stream(0, 0)), 0);
  runs("capture", kernel, NXS_InvalidObject, NXS_ExecutionSettings_Capture);
  /* The process ends with all of it alive. */
  puts("end");
  return 0;
}
