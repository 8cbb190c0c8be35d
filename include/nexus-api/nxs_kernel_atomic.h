/**
 * @file nxs_kernel_atomic.h
 * Atomic operations of nxs_kernel.h on a CPU. Each returns the value before it.
 */
#ifndef NXS_KERNEL_ATOMIC_H
#define NXS_KERNEL_ATOMIC_H

#if defined(__GNUC__)

#define NXS_ATOMIC_ADD(ADDRESS, VALUE) __atomic_fetch_add(ADDRESS, VALUE, __ATOMIC_RELAXED)
#define NXS_ATOMIC_MIN(ADDRESS, VALUE) NXS_ATOMIC_CHOOSE(ADDRESS, VALUE, <)
#define NXS_ATOMIC_MAX(ADDRESS, VALUE) NXS_ATOMIC_CHOOSE(ADDRESS, VALUE, >)
#define NXS_ATOMIC_CHOOSE(ADDRESS, VALUE, BETTER)                                                \
  (__extension__({                                                                               \
    __typeof__(&*(ADDRESS)) nxs_address = (ADDRESS);                                             \
    const __typeof__(*nxs_address + 0) nxs_value = (VALUE);                                      \
    __typeof__(*nxs_address + 0) nxs_found = __atomic_load_n(nxs_address, __ATOMIC_RELAXED);     \
    while (nxs_value BETTER nxs_found &&                                                         \
           !__atomic_compare_exchange_n(nxs_address, &nxs_found, nxs_value, 1, __ATOMIC_RELAXED, \
                                        __ATOMIC_RELAXED)) {                                     \
    }                                                                                            \
    nxs_found;                                                                                   \
  }))

/* One thread runs a whole group. The compiler must still keep the order of the items, of which an
 * item block says that they are independent. */
#define NXS_GROUP_ATOMIC_ADD(ADDRESS, VALUE) NXS_GROUP_UPDATE(ADDRESS, nxs_found + (VALUE))
#define NXS_GROUP_ATOMIC_MIN(ADDRESS, VALUE) NXS_GROUP_CHOOSE(ADDRESS, VALUE, <)
#define NXS_GROUP_ATOMIC_MAX(ADDRESS, VALUE) NXS_GROUP_CHOOSE(ADDRESS, VALUE, >)
#define NXS_GROUP_CHOOSE(ADDRESS, VALUE, BETTER)                                   \
  (__extension__({                                                                 \
    const __typeof__(*(ADDRESS) + 0) nxs_value = (VALUE);                          \
    NXS_GROUP_UPDATE(ADDRESS, nxs_value BETTER nxs_found ? nxs_value : nxs_found); \
  }))
#define NXS_GROUP_UPDATE(ADDRESS, NEXT)                    \
  (__extension__({                                         \
    __typeof__(&*(ADDRESS)) nxs_address = (ADDRESS);       \
    __typeof__(*nxs_address + 0) nxs_found = *nxs_address; \
    *nxs_address = (NEXT);                                 \
    __asm__ volatile("" : : : "memory");                   \
    nxs_found;                                             \
  }))

#endif

#endif /* NXS_KERNEL_ATOMIC_H */
