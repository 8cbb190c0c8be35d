/* Uses every name of nxs_compat.h, in C and in C++. Prints the names that are wrong. */
#include <nexus-api/nxs_compat.h>
#include <stdio.h>

#define CHECK(CONDITION) \
  if (!(CONDITION)) printf("%d: %s\n", __LINE__, #CONDITION)

NXS_API_ENTRY nxs_status NXS_API_CALL nxsReleaseBuffer(nxs_int buffer_id) {
  return nxs_valid_id(buffer_id) ? NXS_Success : NXS_InvalidBuffer;
}

static enum _nxs_status status_of(nxs_int handle) {
  return handle < 0 ? (enum _nxs_status)handle : NXS_Success;
}

static nxsPropertyType type_of(nxs_int property) {
  switch (property) {
    case NP_Size: return NPT_INT;
    case NP_ElapsedTime: return NPT_FLT;
    case NP_Name: return NPT_STR;
    case NP_Shape: return NPT_INT_VEC;
    case NP_SubUnits: return NPT_STR_VEC;
    case NP_Limits: return NPT_OBJ_VEC;
    default: return NPT_UNK;
  }
}

static int same(const char *a, const char *b) {
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check_tags(void) {
  enum _nxs_buffer_settings buffer = NXS_BufferSettings_OnHost;
  enum _nxs_buffer_transfer transfer = NXS_BufferHostToDevice;
  enum _nxs_command_arg_type argument = NXS_CommandArgType_Constant;
  enum _nxs_command_type command = NXS_CommandType_Wait;
  enum _nxs_data_type data = NXS_DataType_U64;
  enum _nxs_event_status state = NXS_EventStatus_Error;
  enum _nxs_event_type event = NXS_EventType_Fence;
  enum _nxs_execution_settings execution = NXS_ExecutionSettings_Timing;
  enum _nxs_function function = NF_nxsGetKernel;
  enum _nxs_property property = NP_Size;
  enum _nxs_stream_settings stream = NXS_StreamSettings_Profiling;
  CHECK(buffer + transfer + argument + command + data == 1 + 1 + 2 + 2 + 18);
  CHECK(state + event + execution + function + property + stream == 3 + 2 + 2 + 11 + 6 + 2);
  CHECK(status_of(NXS_InvalidStream) == NXS_InvalidStream && status_of(7) == NXS_Success);
}

static void check_names(void) {
  const nxsFunctionType first = NF_nxsGetRuntimeProperty;
  CHECK(same(nxsGetFuncName(first), "nxsGetRuntimeProperty"));
  for (nxs_int i = 0; i < NXS_FUNCTION_CNT; ++i) CHECK(nxsGetFuncEnum(nxsGetFuncName(i)) == i);
  CHECK(nxsGetFuncName(NXS_FUNCTION_CNT) == NULL && nxsGetFuncName(NXS_FUNCTION_INVALID) == NULL);
  CHECK(nxsGetFuncEnum("nxsNever") == NXS_FUNCTION_INVALID && nxsGetFuncEnum(NULL) == -1);

  CHECK(nxsGetPropCount() == NXS_PROPERTY_CNT && same(nxsGetPropName(NP_Size), "Size"));
  for (nxs_int i = 0; i < nxsGetPropCount(); ++i) CHECK(nxsGetPropEnum(nxsGetPropName(i)) == i);
  CHECK(nxsGetPropName(nxsGetPropCount()) == NULL && nxsGetPropName(-1) == NULL);
  CHECK(nxsGetPropEnum("Never") == NXS_PROPERTY_INVALID && nxsGetPropEnum(NULL) == -1);

  nxs_int count = 0;
  for (nxs_int i = NXS_STATUS_MAX + 1; i >= NXS_STATUS_MIN - 1; --i) {
    const char *const name = nxsGetStatusName(i);
    if (name != NULL) CHECK(nxsGetStatusEnum(name) == i && ++count > 0);
  }
  CHECK(count == STATUS_COUNT && same(nxsGetStatusName(NXS_Timeout), "NXS_Timeout"));
  CHECK(nxsGetStatusName(1) == NULL && nxsGetStatusName(-20) == NULL);
  CHECK(nxsGetStatusEnum("Never") == NXS_InvalidValue);
  CHECK(nxsGetStatusEnum(NULL) == NXS_InvalidValue);
}

static void check_data_types(void) {
  static const nxs_uint bits[] = {0,  32, 16, 16, 8, 8, 4,  4,  32, 32,
                                  16, 16, 8,  8,  4, 4, 64, 64, 64, 8};
  for (nxs_uint type = 0; type < 20; ++type) CHECK(nxsGetDataTypeSizeBits(type) == bits[type]);
  CHECK(nxsGetDataTypeSizeBits(20) == 0 && nxsGetDataTypeName(20) == NULL);
  CHECK(same(nxsGetDataTypeName(NXS_DataType_Undefined), "Undefined"));
  CHECK(same(nxsGetDataTypeName(NXS_DataType_BF4), "BF4"));
  CHECK(same(nxsGetDataTypeName(NXS_DataType_Bool | NXS_DataType_Block), "Bool"));
  CHECK(nxsGetDataType(NXS_DataType_I64 | NXS_DataType_Block) == NXS_DataType_I64);
  CHECK(nxsGetDataTypeFlags(NXS_DataType_I64 | NXS_DataType_Block) == NXS_DataType_Block);
  CHECK(NXS_DataType_PREFIX_LEN == sizeof "NXS_DataType_" - 1);
  CHECK(1 << (NXS_CommandArgType_NextBitOffset - 1) > NXS_CommandArgType_Mask);
}

static void check_numbers(void) {
  nxs_buffer_layout layout = {NXS_DataType_F32, 2, {3, 5, 9}, {0}};
  CHECK(nxsGetNumElements(layout) == 15);
  layout.rank = 0;
  CHECK(nxsGetNumElements(layout) == 1);
  CHECK(nxs_success(NXS_Success) && nxs_success(5) && !nxs_success(NXS_InvalidValue));
  CHECK(nxs_failed(NXS_InvalidValue) && !nxs_failed(NXS_Success));
  CHECK(nxs_valid_id(0) && !nxs_valid_id(-1) && nxsReleaseBuffer(-1) == NXS_InvalidBuffer);
  CHECK(type_of(NP_Size) == NPT_INT && type_of(NP_ElapsedTime) == NPT_FLT);
  CHECK(type_of(NP_Name) == NPT_STR && type_of(NP_Shape) == NPT_INT_VEC);
  CHECK(type_of(NP_SubUnits) == NPT_STR_VEC && type_of(NP_Limits) == NPT_OBJ_VEC);
  CHECK(type_of(-1) == NPT_UNK && (int)NPT_FLT_VEC == 5);
}

int main(void) {
#define HALF joi
  const int NXS_CONCAT(HALF, ned) = 1;
  CHECK(joined == 1);
  check_tags();
  check_names();
  check_data_types();
  check_numbers();
#ifdef __cplusplus
  const std::vector<std::string> words(2, std::string("word"));
  const std::array<int, 2> numbers = {{1, 2}};
  CHECK(words.size() == numbers.size());
#endif
  return 0;
}
