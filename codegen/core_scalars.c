/* Scalars: exact numbers of Python and of NumPy, as the bytes of the type that a kernel declares.
 */

#define NXS_MOST_NUMBER_TYPES 32

/** One value of any type that is read here. */
typedef union nxs_scalar {
  int8_t i8;
  uint8_t u8;
  int16_t i16;
  uint16_t u16;
  int32_t i32;
  uint32_t u32;
  int64_t i64;
  uint64_t u64;
  float f32;
  double f64;
} nxs_scalar;

/** A class of numbers of NumPy, and the kind that its dtype has: b, i, u or f. */
typedef struct nxs_number_type {
  PyTypeObject *type;
  char kind;
} nxs_number_type;

/* What Python hands over in `configure_launches`. */
static nxs_number_type number_types[NXS_MOST_NUMBER_TYPES];
static Py_ssize_t number_type_count;

/** Returns a new reference to an int, a float or a bool; NULL, without an exception, if none. */
static PyObject *plain_number(PyObject *value) {
  if (PyLong_CheckExact(value) || PyFloat_CheckExact(value) || PyBool_Check(value)) {
    return Py_NewRef(value);
  }
  PyObject *number = NULL;
  for (Py_ssize_t i = 0; i < number_type_count; i++) {
    if (number_types[i].type != Py_TYPE(value)) continue;
    const char kind = number_types[i].kind;
    number = kind == 'b'   ? PyBool_FromLong(PyObject_IsTrue(value))
             : kind == 'f' ? PyNumber_Float(value)
                           : PyNumber_Index(value);
    break;
  }
  PyErr_Clear();
  return number;
}

/** Stores an int that the type can hold; 0, maybe with an exception, for any other. */
static int read_unsigned_long(PyObject *number, nxs_scalar *scalar) {
  scalar->u64 = PyLong_AsUnsignedLongLong(number);
  return scalar->u64 != UINT64_MAX || !PyErr_Occurred();
}

static int read_integer(PyObject *number, nxs_uint type, nxs_scalar *scalar) {
  if (!PyLong_Check(number)) return 0;
  if (type == NXS_DataType_U64) return read_unsigned_long(number, scalar);
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow != 0) return 0;
  switch (type) {
    case NXS_DataType_I8: scalar->i8 = (int8_t)value; return scalar->i8 == value;
    case NXS_DataType_U8: scalar->u8 = (uint8_t)value; return scalar->u8 == value;
    case NXS_DataType_I16: scalar->i16 = (int16_t)value; return scalar->i16 == value;
    case NXS_DataType_U16: scalar->u16 = (uint16_t)value; return scalar->u16 == value;
    case NXS_DataType_I32: scalar->i32 = (int32_t)value; return scalar->i32 == value;
    case NXS_DataType_U32: scalar->u32 = (uint32_t)value; return scalar->u32 == value;
    default: scalar->i64 = value; return type == NXS_DataType_I64;
  }
}

static int read_real(PyObject *number, nxs_uint type, nxs_scalar *scalar) {
  const double value = PyFloat_Check(number) ? PyFloat_AsDouble(number) : PyLong_AsDouble(number);
  /* Python decides about the bits of a NaN. */
  if (value != value || (value == -1.0 && PyErr_Occurred())) return 0;
  if (type == NXS_DataType_Bool) {
    scalar->u8 = value == 1.0;
    return value == 0.0 || value == 1.0;
  }
  if (type == NXS_DataType_F64) {
    scalar->f64 = value;
    return 1;
  }
  scalar->f32 = (float)value;
  /* A finite number that is too large is refused. */
  return !(scalar->f32 - scalar->f32 != 0.0F && value - value == 0.0);
}

/**
 * Stores a number as a scalar of a type. Returns 0 without an exception for what is no such number,
 * what the type cannot hold, and types that are left to Python.
 */
static int read_scalar(PyObject *value, nxs_uint type, nxs_scalar *scalar) {
  PyObject *number = plain_number(value);
  int done = 0;
  if (number == NULL) return 0;
  switch (type) {
    case NXS_DataType_I8:
    case NXS_DataType_U8:
    case NXS_DataType_I16:
    case NXS_DataType_U16:
    case NXS_DataType_I32:
    case NXS_DataType_U32:
    case NXS_DataType_I64:
    case NXS_DataType_U64: done = read_integer(number, type, scalar); break;
    case NXS_DataType_Bool:
    case NXS_DataType_F32:
    case NXS_DataType_F64: done = read_real(number, type, scalar); break;
    default: break;
  }
  Py_DECREF(number);
  if (!done) PyErr_Clear();
  return done;
}

/** Notes the classes of NumPy's numbers, from a dict from class to kind; -1 with an exception. */
static int note_number_types(PyObject *kinds) {
  PyObject *type, *kind;
  Py_ssize_t place = 0;
  number_type_count = 0;
  while (PyDict_Next(kinds, &place, &type, &kind)) {
    const Py_UCS4 letter = PyUnicode_Check(kind) ? PyUnicode_ReadChar(kind, 0) : 0;
    if (!PyType_Check(type) || number_type_count == NXS_MOST_NUMBER_TYPES || letter > 127) {
      PyErr_SetString(PyExc_TypeError, "expected a dict from classes to kinds of dtypes");
      return -1;
    }
    number_types[number_type_count].type = (PyTypeObject *)Py_NewRef(type);
    number_types[number_type_count++].kind = (char)letter;
  }
  return PyErr_Occurred() ? -1 : 0;
}
