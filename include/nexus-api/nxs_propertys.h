/**
 * @file nxs_propertys.h
 * Expands the list in _nxs_propertys.h to the enum of property numbers and to the map
 * from each property to the type of its value.
 *
 * Query protocol, the same for every nxsGet...Property function:
 *
 * | property_value | property_value_size | effect                                            |
 * |----------------|---------------------|---------------------------------------------------|
 * | NULL           | non-NULL            | writes the needed size in bytes; NXS_Success      |
 * | non-NULL       | non-NULL, >= needed | writes the value and the size written; NXS_Success|
 * | non-NULL       | non-NULL, < needed  | writes only the needed size; NXS_InvalidArgSize   |
 * | non-NULL       | NULL                | NXS_InvalidArgSize                                |
 * | NULL           | NULL                | NXS_InvalidArgValue                               |
 *
 * A property that is unknown, or that the object does not answer, gives NXS_InvalidProperty;
 * one that has a value only after a run with timing gives NXS_ProfilingInfoNotAvailable until
 * then. A query has no side effects.
 */
#ifndef NXS_PROPERTYS_H
#define NXS_PROPERTYS_H

#include <nexus-api/nxs_platform.h>

/** Format of a property's value in memory. */
typedef enum nxs_property_type {
  /** NUL-terminated UTF-8; the size includes the NUL. */
  NXS_PropertyType_str = 0,
  /** One nxs_long. */
  NXS_PropertyType_int = 1,
  /** One nxs_double. */
  NXS_PropertyType_flt = 2,
  /** NUL-terminated UTF-8 strings one after the other, ending in an empty one. */
  NXS_PropertyType_str_vec = 3,
  /** Packed nxs_long values; the size gives their number. */
  NXS_PropertyType_int_vec = 4,
  /** Packed nxs_double values; the size gives their number. */
  NXS_PropertyType_flt_vec = 5,
  /** A list of records of the device database; no plugin answers it. */
  NXS_PropertyType_obj_vec = 6
} nxs_property_type;

/** The property numbers, NP_ and the property's name. */
typedef enum nxs_property {
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) NP_##NAME,
#include <nexus-api/_nxs_propertys.h>
#undef NEXUS_API_PROP
  /** How many properties these headers declare. */
  NXS_PROPERTY_CNT,
  /** Length of the prefix of the enumerators' names. */
  NXS_PROPERTY_PREFIX_LEN = 3,
  /** Not a property. */
  NXS_PROPERTY_INVALID = -1
} nxs_property;

/** The type of each property: NPT_ and its name has the value of its nxs_property_type. */
typedef enum nxs_property_type_map {
#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) NPT_##NAME = NXS_PropertyType_##TYPE,
#include <nexus-api/_nxs_propertys.h>
#undef NEXUS_API_PROP
  /** The type of what is not a property. */
  NXS_PROPERTY_TYPE_INVALID = -1
} nxs_property_type_map;

#endif /* NXS_PROPERTYS_H */
