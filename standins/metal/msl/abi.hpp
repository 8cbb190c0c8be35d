// What a compiled kernel is to the stand-in: included by both, so with no header of C++'s library.
#pragma once

namespace msl {

// Three numbers, as in Metal's uint3.
struct Index {
  unsigned x, y, z;
};

struct Group;

// What a thread of a dispatch can ask for, by the names of the attributes.
struct Thread {
  Index thread_position_in_grid, thread_position_in_threadgroup, threadgroup_position_in_grid;
  Index threads_per_threadgroup, dispatch_threads_per_threadgroup, threads_per_grid,
      threadgroups_per_grid;
  unsigned thread_index_in_threadgroup, thread_index_in_simdgroup, simdgroup_index_in_threadgroup;
  unsigned threads_per_simdgroup, thread_execution_width, simdgroups_per_threadgroup,
      dispatch_simdgroups_per_threadgroup;

  // Returns when all threads of the threadgroup, or of the simdgroup, have got there.
  void (*wait)(Group *group, unsigned thread, bool simdgroup);
  Group *group;
  // Of the simdgroup: a place of 8 bytes for each of its threads, and how many it has.
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
  // Whether the kernel's body names it.
  bool active;
  // A reference, which all of must be there; not a pointer.
  bool reference;
  unsigned size, alignment;
  // The MTLDataType of what is pointed to.
  unsigned data_type;
};

struct Kernel {
  const char *name;
  // An MTLFunctionType; what is no kernel has no arguments and cannot be run.
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
