/**
 * @file nxs_kernel_list.h
 * Macros that repeat something for each argument of a kernel. Part of nxs_kernel.h; kernels do not
 * use it by name.
 */
#ifndef NXS_KERNEL_LIST_H
#define NXS_KERNEL_LIST_H

#define NXS_APPLY(M, I, ARG) NXS_APPLY_UNWRAPPED(M, I, NXS_UNWRAP ARG)
#define NXS_APPLY_UNWRAPPED(M, ...) M(__VA_ARGS__)
#define NXS_UNWRAP(...) __VA_ARGS__

/* The number of arguments after the first, up to 32. */
#define NXS_COUNT(...)                                                                          \
  NXS_COUNT_OF(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, \
               15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, ~)
#define NXS_COUNT_OF(A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, \
                     A17, A18, A19, A20, A21, A22, A23, A24, A25, A26, A27, A28, A29, A30, A31, \
                     A32, COUNT, ...)                                                           \
  COUNT

#define NXS_COMMA() ,
#define NXS_NOTHING()

/* Applies M to the given number of arguments, with the separator S between them; the last one of
 * the list is a placeholder. M gets the argument's index, an expression, and its three parts. */
#define NXS_EACH_0(M, S, I, ...)
#define NXS_EACH_1(M, S, I, A, ...) NXS_APPLY(M, I, A)
#define NXS_EACH_2(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_1(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_3(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_2(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_4(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_3(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_5(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_4(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_6(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_5(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_7(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_6(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_8(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_7(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_9(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_8(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_10(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_9(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_11(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_10(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_12(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_11(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_13(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_12(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_14(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_13(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_15(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_14(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_16(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_15(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_17(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_16(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_18(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_17(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_19(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_18(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_20(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_19(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_21(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_20(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_22(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_21(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_23(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_22(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_24(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_23(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_25(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_24(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_26(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_25(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_27(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_26(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_28(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_27(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_29(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_28(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_30(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_29(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_31(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_30(M, S, I + 1, __VA_ARGS__)
#define NXS_EACH_32(M, S, I, A, ...) NXS_APPLY(M, I, A) S() NXS_EACH_31(M, S, I + 1, __VA_ARGS__)

#endif /* NXS_KERNEL_LIST_H */
