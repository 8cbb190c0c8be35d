/**
 * @file nxs_version.h
 * The version of the ABI that these headers declare.
 *
 * The major number changes when an existing name, number or signature does; a host
 * refuses a plugin of a newer major version. The minor number changes when something
 * is appended, the patch number when only words change.
 */
#ifndef NXS_VERSION_H
#define NXS_VERSION_H

#include <nexus-api/nxs_platform.h>

#define NXS_API_VERSION_MAJOR 1
#define NXS_API_VERSION_MINOR 1
#define NXS_API_VERSION_PATCH 0

/** Packs a version into one nxs_uint: major in bits 16 and up, minor in 8-15, patch in 0-7. */
#define NXS_API_VERSION_PACK(major, minor, patch) (((major) << 16) | ((minor) << 8) | (patch))

/** The nxs_uint that nxsGetApiVersion returns from a plugin that was compiled with these headers.
 */
#define NXS_API_VERSION \
  NXS_API_VERSION_PACK(NXS_API_VERSION_MAJOR, NXS_API_VERSION_MINOR, NXS_API_VERSION_PATCH)

#endif /* NXS_VERSION_H */
