// The order of functions in the table of OpenCL's loader, against the header that declares it.
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_icd.h>

#include <cstddef>

#include "dispatch.hpp"

enum Place {
#define PLACE(NAME) NAME##Place,
  NEXUS_OPENCL_DISPATCH(PLACE)
#undef PLACE
};

#define COMPARE(NAME)                                                            \
  static_assert(offsetof(cl_icd_dispatch, NAME) == NAME##Place * sizeof(void *), \
                #NAME " stands at another place in the table of OpenCL's loader");
NEXUS_OPENCL_DISPATCH(COMPARE)
