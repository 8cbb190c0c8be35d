"""Revisions with other types and functions than our headers, as edits of them."""

from __future__ import annotations

from bindings.revisions.registry import composable, other
from bindings.revisions.tree import PLATFORM, Tree


@other
def ours(tree: Tree) -> None:
    """Change nothing."""


@composable
def system_headers(tree: Tree) -> None:
    tree.replace(
        PLATFORM,
        "#include <stdint.h>\n",
        "#include <stdint.h>\n#include <limits.h>\n#include <stdio.h>\n#include <string.h>\n"
        "#include <time.h>\n#ifdef __SSE__\n#include <xmmintrin.h>\n#endif\n",
    )
    tree.functions("NEXUS_API_FUNC(nxs_int, PrintTo, FILE *file, struct timespec *when)")


@composable
def system_types(tree: Tree) -> None:
    tree.replace(
        PLATFORM,
        "#include <stdint.h>\n",
        "#include <stdbool.h>\n#include <stdint.h>\n#include <sys/types.h>\n#include <time.h>\n"
        "#include <wchar.h>\n",
    )
    tree.functions(
        """
        NEXUS_API_FUNC(ssize_t, TakeTypes, intptr_t a, uintptr_t b, ptrdiff_t c, size_t d, bool e)
        NEXUS_API_FUNC(bool, IsSoon, time_t when, wchar_t letter, uint_fast16_t fast)
        NEXUS_API_FUNC(struct timespec, Later, struct timespec when, off_t by)
        """
    )


@composable
def attributes(tree: Tree) -> None:
    tree.platform(
        """
        typedef struct __attribute__((aligned(64))) nxs_aligned { nxs_int a; char b; } nxs_aligned;
        struct nxs_packed { char a; nxs_long b; char c; } __attribute__((__packed__));
        #pragma pack(push, 2)
        typedef struct { char a; nxs_int b; nxs_aligned *next; } nxs_pragma;
        #pragma pack(pop)
        __attribute__((deprecated)) typedef nxs_int nxs_old;
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_old, TakeAligned, nxs_aligned a, struct nxs_packed b, nxs_pragma c)
        NEXUS_API_FUNC(nxs_int, Nonnull, __attribute__((unused)) const char *__restrict text)
        """
    )


@composable
def spellings(tree: Tree) -> None:
    tree.platform(
        """
        _Static_assert(sizeof(nxs_int) == 4, "a ) brace { in a string");
        __extension__ typedef long long nxs_wide_word;
        typedef __signed__ char nxs_signed;
        struct nxs_volatile { __volatile__ nxs_int a; __const char *b; _Alignas(32) nxs_int c; };
        __asm__(".set nxs_nothing, 0");
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_wide_word, Spell, nxs_signed a, struct nxs_volatile b,
                       [[gnu::unused]] unsigned c, long double d)
        """
    )


@composable
def inline_functions(tree: Tree) -> None:
    tree.platform(
        r"""
        static inline int nxsIsOne(int a) {
          const char *s = "}"; char c = '{'; return s[0] + c + a;
        }
        static __inline__ __attribute__((always_inline)) nxs_int nxsTwice(nxs_int a) {
          struct inner { nxs_int x[2]; } it = {{a, a}};
          if (a) { __asm__ volatile("" ::: "memory"); }
          return it.x[0] + it.x[1];
        }
        extern inline __attribute__((gnu_inline)) int nxsExtern(void) { return 0; }
        static const char *nxsNameOf(nxs_int);
        """
    )


@composable
def vector_types(tree: Tree) -> None:
    tree.platform(
        """
        typedef float nxs_float4 __attribute__((vector_size(16)));
        typedef nxs_int nxs_int8 __attribute__((__vector_size__(32), aligned(32)));
        typedef struct { nxs_float4 position; nxs_int count; } nxs_particle;
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_float, SumVector, nxs_float4 v, const nxs_float4 *more)
        NEXUS_API_FUNC(nxs_float4, MakeVector, nxs_float x)
        NEXUS_API_FUNC(nxs_int, Move, nxs_particle particle, nxs_int8 by)
        """
    )


@composable
def wide_types(tree: Tree) -> None:
    tree.platform(
        """
        typedef __int128 nxs_int128;
        typedef __typeof__(sizeof(int)) nxs_size;
        typedef struct { __int128 wide; nxs_int narrow; } nxs_mixed;
        typedef float _Complex nxs_complex;
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_int128, AddWide, nxs_int128 a, nxs_mixed b)
        NEXUS_API_FUNC(nxs_size, SizeOf, nxs_size a)
        NEXUS_API_FUNC(nxs_complex, Conjugate, nxs_complex a)
        """
    )


@composable
def function_pointers(tree: Tree) -> None:
    tree.platform(
        """
        typedef void (*nxs_callback)(nxs_int status, void *user);
        typedef nxs_int nxs_visitor(nxs_int index);
        typedef struct nxs_hooks { nxs_callback done; void *(*allocate)(size_t); } nxs_hooks;
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_status, OnDone, nxs_callback callback, void *user)
        NEXUS_API_FUNC(nxs_status, Visit, nxs_visitor *visitor, int (*compare)(const void *, int))
        NEXUS_API_FUNC(nxs_status, VisitAll, nxs_int visitor(nxs_int), const nxs_hooks *hooks)
        NEXUS_API_FUNC(nxs_callback, SetHooks, nxs_hooks hooks)
        """
    )


@composable
def other_results(tree: Tree) -> None:
    tree.functions(
        """
        NEXUS_API_FUNC(void, DoNothing, nxs_int a)
        NEXUS_API_FUNC(void, DoNothingAtAll, void)
        NEXUS_API_FUNC(nxs_dim3, GetGroup, nxs_int a)
        NEXUS_API_FUNC(const char *, GetText, nxs_int a)
        NEXUS_API_FUNC(void *, GetAddress, nxs_int a)
        NEXUS_API_FUNC(const nxs_buffer_layout *, GetLayout, nxs_int a)
        NEXUS_API_FUNC(nxs_double, GetNumber, nxs_float a, nxs_double b)
        NEXUS_API_FUNC(unsigned char, GetByte, char a)
        """
    )


@composable
def structs_by_pointer(tree: Tree) -> None:
    tree.platform(
        """
        typedef struct nxs_part {
          nxs_int index;
          union { nxs_int id; const void *value; };
        } nxs_part;
        typedef struct nxs_whole {
          struct nxs_whole *next;
          nxs_dim3 size;
          nxs_uint count;
          const nxs_part *parts;
          struct { nxs_short x, y; } place;
        } nxs_whole;
        typedef struct { nxs_int handle; } nxs_object, *nxs_object_pointer;
        typedef struct nxs_hidden nxs_hidden;
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_status, RunWhole, nxs_int kernel, const nxs_whole *whole, nxs_uint set)
        NEXUS_API_FUNC(nxs_status, Use, nxs_object a, nxs_object_pointer b, nxs_hidden *c)
        """
    )


@composable
def bit_fields_and_unions(tree: Tree) -> None:
    tree.platform(
        """
        typedef struct { nxs_uint low : 5, high : 3; nxs_uint : 0; nxs_uint rest; } nxs_bits;
        typedef union { nxs_int number; nxs_float real; char bytes[8]; } nxs_any;
        """
    )
    tree.functions(
        "NEXUS_API_FUNC(nxs_int, TakeBits, nxs_bits bits, nxs_any any, const nxs_bits *more)"
    )


@composable
def arrays(tree: Tree) -> None:
    tree.platform(
        """
        #define NXS_ROWS 2
        typedef struct {
          nxs_int cell[NXS_ROWS * 2 + 1];
          char name[sizeof(nxs_long) << 1];
        } nxs_table;
        typedef nxs_int nxs_triple[3];
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_int, TakeArrays, nxs_int a[3], const nxs_triple b, nxs_table c,
                       const char *names[NXS_ROWS], nxs_int d[])
        """
    )
