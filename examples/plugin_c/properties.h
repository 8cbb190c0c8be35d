/* The properties of every object, by the query protocol of nxs_propertys.h. */
/* Answers: what a property's value is, given out by the query protocol. */
typedef struct answer {
  char bytes[512];
  size_t size;
} answer;

static nxs_status give(const answer *a, void *value, size_t *size) {
  if (size == NULL)
    return fail(value ? NXS_InvalidArgSize : NXS_InvalidArgValue, "there is no size to write to");
  const size_t capacity = *size;
  *size = a->size;
  if (value == NULL) return NXS_Success;
  if (capacity < a->size) return fail(NXS_InvalidArgSize, "the value does not fit");
  memcpy(value, a->bytes, a->size);
  return NXS_Success;
}

static void text(answer *a, const char *s) {
  a->size = (size_t)snprintf(a->bytes, sizeof a->bytes, "%s", s) + 1;
}

static void number(answer *a, nxs_long n) {
  memcpy(a->bytes + a->size, &n, sizeof n);
  a->size += sizeof n;
}

static void keys(answer *a, const nxs_uint *list, int count) {
  for (int i = 0; i < count; ++i) number(a, list[i]);
}

#define ANSWERS(...)                                       \
  static const nxs_uint listed[] = {__VA_ARGS__, NP_Keys}; \
  if (property == NP_Keys) keys(a, listed, (int)(sizeof listed / sizeof *listed))

static const char *const TYPES[] = {"Undefined", "F32", "F16", "BF16", "F8",  "BF8", "F4",
                                    "BF4",       "I32", "U32", "I16",  "U16", "I8",  "U8",
                                    "I4",        "U4",  "F64", "I64",  "U64", "Bool"};
static const int BITS[] = {8, 32, 16, 16, 8, 8, 4, 4, 32, 32, 16, 16, 8, 8, 4, 4, 64, 64, 64, 8};

static void tell(const object *o, nxs_uint property, answer *a) {
  if (o->kind == BUFFER) {
    ANSWERS(NP_Size, NP_Value, NP_Rank, NP_Shape, NP_DataType);
    else if (property == NP_Size) number(a, (nxs_long)o->size);
    else if (property == NP_Value) number(a, (nxs_long)(intptr_t)o->data);
    else if (property == NP_Rank) number(a, o->layout.rank);
    else if (property == NP_DataType) text(a, TYPES[o->layout.data_type]);
    else if (property == NP_Shape) for (nxs_uint d = 0; d < o->layout.rank; ++d)
        number(a, (nxs_long)o->layout.dim[d]);
  } else if (o->kind == LIBRARY) {
    ANSWERS(NP_Type, NP_Count, NP_SubUnits);
    else if (property == NP_Type) text(a, "scratch");
    else if (property == NP_Count) number(a, 2);
    else if (property == NP_SubUnits) memcpy(a->bytes, "add\0scale\0", a->size = 11);
  } else if (o->kind == KERNEL) {
    ANSWERS(NP_Name, NP_Count, NP_Arguments, NP_DataTypes);
    else if (property == NP_Name) text(a, o->kernel ? "scale" : "add");
    else if (property == NP_Count) number(a, o->count + (o->kernel ? 3 : 4));
    else if (property == NP_Arguments) for (int i = 0; i < (o->kernel ? 3 : 4); ++i)
        number(a, (o->kernel ? "122" : "0012")[i] - '0');
    else if (property == NP_DataTypes)
        memcpy(a->bytes, o->kernel ? "F32\0F32\0I32\0" : "F32\0F32\0F32\0I32\0",
               a->size = o->kernel ? 13 : 17);
  } else if (o->kind == EVENT) {
    ANSWERS(NP_Value, NP_Type);
    else if (property == NP_Value) number(a, o->value);
    else if (property == NP_Type) text(a, o->type == 0   ? "Shared"
                                          : o->type == 1 ? "Signal"
                                                         : "Fence");
  } else if (o->kind == SCHEDULE) {
    ANSWERS(NP_Count, NP_Status);
    if (property == NP_Keys && o->elapsed > 0)
      number(a, NP_ElapsedTime);
    else if (property == NP_Count)
      number(a, o->count);
    else if (property == NP_Status)
      text(a, o->status ? "Error" : "Complete");
    else if (property == NP_ElapsedTime && o->elapsed > 0)
      memcpy(a->bytes, &o->elapsed, a->size = sizeof o->elapsed);
  } else if (o->kind == COMMAND) {
    ANSWERS(NP_Type, NP_Arguments);
    else if (property == NP_Type) text(a, o->type == 0   ? "Dispatch"
                                          : o->type == 1 ? "Signal"
                                                         : "Wait");
    else if (property == NP_Arguments) for (int i = 0; i < MAX_ARGS && o->kinds[i]; ++i)
        number(a, o->kinds[i] == 1 ? o->uses[i] : -1);
  } else {
    ANSWERS(NP_Type);
    else if (property == NP_Type) text(a, "stream");
  }
}

static nxs_status query(nxs_int handle, int kind, nxs_uint property, void *value, size_t *size) {
  answer a = {.size = 0};
  pthread_mutex_lock(&lock);
  const object *o = find(handle, kind);
  if (o != NULL) tell(o, property, &a);
  pthread_mutex_unlock(&lock);
  if (o == NULL) return (nxs_status)INVALID[kind];
  const int empty =
      (kind == BUFFER && property == NP_Shape) || (kind == COMMAND && property == NP_Arguments);
  if (a.size == 0 && kind == SCHEDULE && property == NP_ElapsedTime)
    return fail(NXS_ProfilingInfoNotAvailable, "no run was timed");
  if (a.size == 0 && !empty) return fail(NXS_InvalidProperty, "the object has no such property");
  return give(&a, value, size);
}

#define QUERY(NAME, KIND)                                                                       \
  NXS_API_EXPORT nxs_status nxsGet##NAME##Property(nxs_int o, nxs_uint p, void *v, size_t *s) { \
    return query(o, KIND, p, v, s);                                                             \
  }
#define RELEASE(NAME, KIND) \
  NXS_API_EXPORT nxs_status nxsRelease##NAME(nxs_int o) { return release(o, KIND); }
// clang-format off: macros that stand for functions
QUERY(Buffer, BUFFER)
RELEASE(Buffer, BUFFER)
QUERY(Library, LIBRARY)
RELEASE(Library, LIBRARY)
QUERY(Kernel, KERNEL)
RELEASE(Kernel, KERNEL)
QUERY(Event, EVENT)
RELEASE(Event, EVENT)
QUERY(Stream, STREAM)
RELEASE(Stream, STREAM)
QUERY(Schedule, SCHEDULE)
RELEASE(Schedule, SCHEDULE)
QUERY(Command, COMMAND)
RELEASE(Command, COMMAND)
// clang-format on

nxs_uint nxsGetApiVersion(void) { return NXS_API_VERSION; }

nxs_status nxsGetLastErrorMessage(void *value, size_t *size) {
  answer a = {.size = 0};
  text(&a, message);
  if (size == NULL) return value ? NXS_InvalidArgSize : NXS_InvalidArgValue;
  const int fits = value == NULL || *size >= a.size;
  if (fits && value != NULL) memcpy(value, a.bytes, a.size);
  *size = a.size;
  return fits ? NXS_Success : NXS_InvalidArgSize;
}

nxs_status nxsGetRuntimeProperty(nxs_uint property, void *value, size_t *size) {
  answer storage = {.size = 0}, *a = &storage;
  ANSWERS(NP_Name, NP_Size, NP_LiveObjects);
  else if (property == NP_Name) text(a, "scratch");
  else if (property == NP_Size) number(a, 1);
  else if (property == NP_LiveObjects) for (int kind = 0; kind < KINDS; ++kind)
      number(a, live[kind]);
  return a->size ? give(a, value, size)
                 : fail(NXS_InvalidProperty, "the runtime has no such property");
}

nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint property, void *value, size_t *size) {
  if (device != 0) return fail(NXS_InvalidDevice, "there is only device 0");
  answer storage = {.size = 0}, *a = &storage;
  ANSWERS(NP_Name, NP_Type, NP_UnifiedMemory, NP_MaxThreadsPerBlock);
  else if (property == NP_Name) text(a, "Scratch");
  else if (property == NP_Type) text(a, "accelerator");
  else if (property == NP_UnifiedMemory) number(a, getenv("SCRATCH_DISCRETE") == NULL);
  else if (property == NP_MaxThreadsPerBlock) number(a, MAX_GROUP);
  return a->size ? give(a, value, size)
                 : fail(NXS_InvalidProperty, "the device has no such property");
}
