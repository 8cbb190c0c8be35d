/**
 * @file nxs_kernel_check_hooks.h
 * The functions that a compiler calls before each access to memory when it is told
 * -fsanitize=thread, and where an index leaves an array. Part of nxs_kernel_check.h.
 */
#ifndef NXS_KERNEL_CHECK_HOOKS_H
#define NXS_KERNEL_CHECK_HOOKS_H

/* Defines RESULT nxs_hook_NAME(PARAMETERS) under the symbol SYMBOL: the name of a symbol may be
 * that of a built-in function. */
#define NXS_TEXT(TOKENS) NXS_TEXT_OF(TOKENS)
#define NXS_TEXT_OF(TOKENS) #TOKENS
#define NXS_HOOK(SYMBOL, RESULT, NAME, ...)                                                \
  NXS_EXTERN_C __attribute__((visibility("hidden"))) NXS_UNWATCHED RESULT nxs_hook_##NAME( \
      __VA_ARGS__) __asm__(NXS_TEXT(__USER_LABEL_PREFIX__) #SYMBOL);                       \
  RESULT nxs_hook_##NAME(__VA_ARGS__)

#define NXS_CHECK_CALLER __builtin_return_address(0)

#define NXS_ACCESS_HOOK(NAME, SIZE, ACCESS)                   \
  NXS_HOOK(__tsan_##NAME, void, NAME, void *memory) {         \
    nxs_check_access(memory, SIZE, ACCESS, NXS_CHECK_CALLER); \
  }
#define NXS_ACCESS_HOOKS(SIZE)                                 \
  NXS_ACCESS_HOOK(read##SIZE, SIZE, NXS_CHECK_READS)           \
  NXS_ACCESS_HOOK(write##SIZE, SIZE, NXS_CHECK_WRITES)         \
  NXS_ACCESS_HOOK(unaligned_read##SIZE, SIZE, NXS_CHECK_READS) \
  NXS_ACCESS_HOOK(unaligned_write##SIZE, SIZE, NXS_CHECK_WRITES)
NXS_ACCESS_HOOKS(1)
NXS_ACCESS_HOOKS(2)
NXS_ACCESS_HOOKS(4)
NXS_ACCESS_HOOKS(8)
NXS_ACCESS_HOOKS(16)

NXS_HOOK(__tsan_read_range, void, read_range, void *memory, size_t size) {
  nxs_check_access(memory, size, NXS_CHECK_READS, NXS_CHECK_CALLER);
}
NXS_HOOK(__tsan_write_range, void, write_range, void *memory, size_t size) {
  nxs_check_access(memory, size, NXS_CHECK_WRITES, NXS_CHECK_CALLER);
}

NXS_HOOK(__tsan_init, void, init, void) {}
NXS_HOOK(__tsan_func_entry, void, func_entry, void *caller) { (void)caller; }
NXS_HOOK(__tsan_func_exit, void, func_exit, void *caller) { (void)caller; }

#define NXS_COPY_HOOK(NAME)                                                        \
  NXS_HOOK(__tsan_##NAME, void *, NAME, void *to, const void *from, size_t size) { \
    nxs_check_access(from, size, NXS_CHECK_READS, NXS_CHECK_CALLER);               \
    nxs_check_access(to, size, NXS_CHECK_WRITES, NXS_CHECK_CALLER);                \
    return NAME(to, from, size);                                                   \
  }
NXS_COPY_HOOK(memcpy)
NXS_COPY_HOOK(memmove)
NXS_HOOK(__tsan_memset, void *, memset, void *to, int value, size_t size) {
  nxs_check_access(to, size, NXS_CHECK_WRITES, NXS_CHECK_CALLER);
  return memset(to, value, size);
}

#define NXS_WATCH_ATOMIC \
  nxs_check_access(memory, sizeof *memory, NXS_CHECK_WRITES | NXS_CHECK_ATOMIC, NXS_CHECK_CALLER)
#define NXS_EXCHANGE_HOOK(NAME, BITS, TYPE)                                             \
  NXS_HOOK(__tsan_atomic##BITS##_compare_exchange_##NAME, int, exchange_##NAME##BITS,   \
           volatile TYPE *memory, TYPE *expected, TYPE value, int order, int failure) { \
    (void)order, (void)failure;                                                         \
    NXS_WATCH_ATOMIC;                                                                   \
    if (*memory != *expected) {                                                         \
      *expected = *memory;                                                              \
      return 0;                                                                         \
    }                                                                                   \
    *memory = value;                                                                    \
    return 1;                                                                           \
  }
/* The atomic operations of nxs_kernel_atomic.h; one thread runs all items. */
#define NXS_ATOMIC_HOOKS(BITS, TYPE)                                                               \
  NXS_HOOK(__tsan_atomic##BITS##_load, TYPE, load##BITS, const volatile TYPE *memory, int order) { \
    (void)order;                                                                                   \
    nxs_check_access(memory, sizeof *memory, NXS_CHECK_ATOMIC, NXS_CHECK_CALLER);                  \
    return *memory;                                                                                \
  }                                                                                                \
  NXS_HOOK(__tsan_atomic##BITS##_fetch_add, TYPE, fetch_add##BITS, volatile TYPE *memory,          \
           TYPE value, int order) {                                                                \
    (void)order;                                                                                   \
    NXS_WATCH_ATOMIC;                                                                              \
    const TYPE found = *memory;                                                                    \
    *memory = (TYPE)(found + value);                                                               \
    return found;                                                                                  \
  }                                                                                                \
  NXS_EXCHANGE_HOOK(strong, BITS, TYPE)                                                            \
  NXS_EXCHANGE_HOOK(weak, BITS, TYPE)
NXS_ATOMIC_HOOKS(32, nxs_uint)
NXS_ATOMIC_HOOKS(64, nxs_ulong)

/* What the compiler says of an array that is indexed wrongly. */
typedef struct nxs_check_array {
  const char *file;
  nxs_uint line, column;
  /* Of the array's type: two numbers of 16 bits, then its name. */
  const char *type;
} nxs_check_array;

NXS_CHECK_FUNCTION void nxs_check_index(const nxs_check_array *array, nxs_ulong index,
                                        const void *code) {
  nxs_check_item *const item = nxs_check_current;
  if (!item) return;
  nxs_check_finding *const found =
      nxs_check_find(item, NXS_CHECK_ARRAY_INDEX, nxs_check_place(code), 0);
  if (found) {
    found->offset = (nxs_long)(nxs_int)index;
    strncpy(found->text, array->type + 4, NXS_CHECK_NAME - 1);
  }
  nxs_check_stop(item);
}
NXS_HOOK(__ubsan_handle_out_of_bounds, void, index, const nxs_check_array *array, nxs_ulong index) {
  nxs_check_index(array, index, NXS_CHECK_CALLER);
}
NXS_HOOK(__ubsan_handle_out_of_bounds_abort, void, index_abort, const nxs_check_array *array,
         nxs_ulong index) {
  nxs_check_index(array, index, NXS_CHECK_CALLER);
}

#endif /* NXS_KERNEL_CHECK_HOOKS_H */
