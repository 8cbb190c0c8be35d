/* Types and constants of OpenCL C that are no built-in functions, for a Clang without its headers.
 */
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef __SIZE_TYPE__ size_t;
typedef uint cl_mem_fence_flags;
#define __OPENCL_VERSION__ 120
#define __opencl_c_named_address_space_builtins 1
#define CLK_LOCAL_MEM_FENCE 1
#define CLK_GLOBAL_MEM_FENCE 2
