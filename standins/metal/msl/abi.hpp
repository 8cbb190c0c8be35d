// The interface of compiled kernels. Kernels include it, so it uses no header of the C++ library.
#pragma once

namespace msl {

// Three numbers, as in Metal's uint3.
struct Index {
  unsigned x, y, z;
};

struct Group;

// Inputs of a thread, by the names of their attributes.
struct Thread {
  Index thread_position_in_grid, thread_position_in_threadgroup, threadgroup_position_in_grid;
  Index threads_per_threadgroup, dispatch_threads_per_threadgroup, threads_per_grid,
      threadgroups_per_grid;
  unsigned thread_index_in_threadgroup, thread_index_in_simdgroup, simdgroup_index_in_threadgroup;
  unsigned threads_per_simdgroup, thread_execution_width, simdgroups_per_threadgroup,
      dispatch_simdgroups_per_threadgroup;

  // Returns once all threads of the threadgroup, or of the simdgroup, have arrived.
  void (*wait)(Group *group, unsigned thread, bool simdgroup);
  Group *group;
  // 8 bytes for each thread of the simdgroup, and their number.
  unsigned long long *lanes;
  unsigned lane_count;
};

struct Argument {
  // Numbered as MTLBindingType and MTLBindingAccess are.
  enum Kind : unsigned { kBuffer = 0, kMemory = 1, kTexture = 2 };
  enum Access : unsigned { kReadOnly = 0, kReadWrite = 1 };

  const char *name;
  Kind kind;
  unsigned index;
  Access access;
  // Whether the kernel's body uses the name.
  bool active;
  // Whether it is a reference, which needs the whole object, rather than a pointer.
  bool reference;
  unsigned size, alignment;
  // The MTLDataType of the element.
  unsigned data_type;
};

struct Kernel {
  const char *name;
  // An MTLFunctionType; only kernels have arguments and can run.
  unsigned type;
  const Argument *arguments;
  unsigned argument_count;
  unsigned max_threads;
  // Whether threads wait for each other.
  bool cooperative;
  unsigned (*static_memory)();
  void (*run)(const Thread *thread, void *const *buffers, void *const *memories);
};

}  // namespace msl
