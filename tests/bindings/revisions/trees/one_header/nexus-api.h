/* Everything in one header: no lists, no limits, no enum of properties. */
#ifndef ONE_HEADER_H
#define ONE_HEADER_H
#include <stdint.h>
#include <stddef.h>

typedef int32_t nxs_int;
typedef uint32_t nxs_uint;

enum nxs_status { NXS_Success, NXS_InvalidDevice = -83 };
typedef enum nxs_status nxs_status;

typedef struct { nxs_uint x, y, z; } nxs_dim3;

nxs_status nxsGetDeviceProperty(nxs_int device, nxs_uint property, void *value, size_t *size);
extern nxs_int nxsCreateBuffer(nxs_int device, size_t size, void *host_ptr);
nxs_int nxsFinalizeCommand(nxs_int command, nxs_dim3 grid, nxs_dim3 group), nxsRun();

#endif
