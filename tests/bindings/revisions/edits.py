"""Other revisions of the headers, as edits of ours: a kind of C each.

Those in ``COMPOSABLE`` can be mixed in any order.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bindings.revisions.tree import FUNCTIONS, PLATFORM, PROPERTIES, STATUS, Tree

Edit = Callable[[Tree], None]
COMPOSABLE: dict[str, Edit] = {}
OTHERS: dict[str, Edit] = {}


def composable(edit: Edit) -> Edit:
    COMPOSABLE[edit.__name__] = edit
    return edit


def other(edit: Edit) -> Edit:
    OTHERS[edit.__name__] = edit
    return edit


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


@composable
def two_step_enums(tree: Tree) -> None:
    for file, name in ((STATUS, "nxs_status"), (STATUS, "nxs_event_type")):
        tree.replace(file, f"typedef enum {name} {{", f"enum _{name} {{")
        tree.replace(file, f"}} {name};", f"}};\ntypedef enum _{name} {name};")


@composable
def enums_without_typedef(tree: Tree) -> None:
    tree.platform(
        """
        enum nxs_color { NXS_Color_Red, NXS_Color_Green = 5 };
        enum { NXS_LOOSE = 40, NXS_LOOSER };
        typedef struct { enum { NXS_In_A, NXS_In_B } kind; } nxs_tagged;
        """
    )
    tree.functions("NEXUS_API_FUNC(enum nxs_color, Paint, enum nxs_color a, nxs_tagged b)")


@composable
def values_by_expression(tree: Tree) -> None:
    tree.platform(
        """
        #define NXS_BIT(N) (1 << (N))
        typedef enum nxs_value {
          NXS_Value_Max = INT32_MAX,
          NXS_Value_Size = sizeof(nxs_buffer_layout) + offsetof(nxs_dim3, z),
          NXS_Value_Shift = 1 << 3,
          NXS_Value_Or = NXS_Value_Shift | NXS_BIT(6),
          NXS_Value_Cast = (int)3.9,
          NXS_Value_Letter = 'A',
          NXS_Value_Choice = NXS_Value_Shift > 3 ? -2 : 7,
          NXS_Value_Next,
        } nxs_value;
        enum nxs_large { NXS_Large_Least = INT64_MIN, NXS_Large_Most = 0x7FFFFFFFFFFFFFFF };
        enum nxs_unsigned { NXS_Unsigned_Most = 0xFFFFFFFFu };
        """
    )
    tree.functions("NEXUS_API_FUNC(nxs_value, TakeValue, nxs_value a, enum nxs_unsigned b)")


@composable
def keyword_names(tree: Tree) -> None:
    tree.platform(
        """
        typedef enum nxs_class {
          NXS_Class_None, NXS_Class_3, NXS_Class_mro, NXS_Class_x
        } nxs_class;
        enum nxs_words { lambda, pass = 7 };
        """
    )
    tree.functions(
        """
        NEXUS_API_FUNC(nxs_int, Keywords, nxs_int class, nxs_int global, nxs_class lambda_)
        NEXUS_API_FUNC(nxs_int, Locals, nxs_int plugin, nxs_int self, nxs_dim3 p1)
        NEXUS_API_FUNC(nxs_status, GetSizeProperty, nxs_int status, nxs_uint size, void *value,
                       size_t *plugin)
        """
    )
    tree.properties('NEXUS_API_PROP(None, int, "Nothing")')


@composable
def unnamed_parameters(tree: Tree) -> None:
    tree.functions("NEXUS_API_FUNC(nxs_int, Unnamed, nxs_int, nxs_dim3, const char *)")


@composable
def no_limits(tree: Tree) -> None:
    for name in ("nexus-api.h",):
        tree.replace(name, "#include <nexus-api/nxs_version.h>\n", "")
    tree.replace(PLATFORM, "#define NXS_MAX_DIMS 8\n", "")
    tree.replace(PLATFORM, "[NXS_MAX_DIMS]", "[8]")
    tree.replace(STATUS, "#define NXS_KERNEL_MAX_ARGS 64\n", "")
    tree.replace(STATUS, "#define NXS_KERNEL_MAX_CONSTS 64\n", "")


@composable
def other_comments(tree: Tree) -> None:
    text = tree.text(STATUS)
    text = re.sub(r"/\*\* (.*) \*/\n( *)(NXS_\w+ = -?\d+,?)", r"\3 ///< \1\n\2// next:", text)
    tree.write(STATUS, text)
    tree.platform(
        r'''
        nxs_int *nxs_line_with_one(void); /* A comment at the end. */
        // Two lines
        // with "quotes" and a \ backslash.
        typedef enum { NXS_Said_A, /**< Said "behind". */ NXS_Said_B } nxs_said;
        /** Ends in """ */
        enum nxs_quoted {
          NXS_Quoted_A /* inside " */
        };
        '''
    )


@composable
def gaps_between_properties(tree: Tree) -> None:
    tree.properties('NEXUS_API_PROP(Far, int, "Far " "away")')
    tree.replace("nexus-api/nxs_propertys.h", "NXS_PROPERTY_CNT,", "NXS_PROPERTY_CNT = 900,")
    tree.replace(
        "nexus-api/nxs_propertys.h",
        "#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) NP_##NAME,",
        "#define NEXUS_API_PROP(NAME, TYPE, DESCRIPTION) NP_##NAME, NP_##NAME##_gap,",
    )


@composable
def variable_arguments(tree: Tree) -> None:
    tree.functions("NEXUS_API_FUNC(nxs_int, Print, const char *format, ...)")


@composable
def no_property_types(tree: Tree) -> None:
    tree.remove("nexus-api/nxs_propertys.h", "/** The type of each", "} nxs_property_type_map;")


@composable
def no_descriptions(tree: Tree) -> None:
    tree.properties("NEXUS_API_PROP(Undescribed, int, )")


@composable
def variables(tree: Tree) -> None:
    tree.platform("extern nxs_int nxs_counter;\nstatic const nxs_int nxs_table_of[] = {1, 2, {3}};")


@other
def no_enum_of_functions(tree: Tree) -> None:
    header = "nexus-api/nxs_functions.h"
    tree.remove(header, "/** The function numbers", "} nxs_function_prompt;")


@other
def functions_by_typedef_only(tree: Tree) -> None:
    tree.remove(
        "nexus-api/nxs_functions.h",
        "#define NEXUS_API_FUNC(RETURN, NAME, ...) \\\n  NXS_API_EXPORT",
        "#undef NEXUS_API_FUNC\n",
    )


@other
def functions_without_typedefs(tree: Tree) -> None:
    tree.remove(
        "nexus-api/nxs_functions.h",
        "#define NEXUS_API_FUNC(RETURN, NAME, ...)                  \\\n  typedef",
        "#undef NEXUS_API_FUNC\n",
    )


@other
def another_umbrella(tree: Tree) -> None:
    (tree.folder / "nexus-api.h").rename(tree.folder / "knexus-api.h")
    (tree.folder / "nexus-api").rename(tree.folder / "knexus-api")
    for path in tree.folder.rglob("*.h"):
        path.write_text(path.read_text().replace("<nexus-api/", "<knexus-api/"))


@other
def types_by_macro(tree: Tree) -> None:
    tree.replace(PLATFORM, "typedef int32_t nxs_int;", "#define nxs_int int")
    tree.replace(PLATFORM, "typedef int64_t nxs_long;", "#define nxs_long long long")


@other
def other_bytes(tree: Tree) -> None:
    """Line ends of Windows, and comments that are not UTF-8."""
    for path in tree.folder.rglob("*.h"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path = tree.folder / STATUS
    path.write_bytes(path.read_bytes().replace(b"The call did", b"\xfc\xe9 call did"))


@other
def lists_in_one_header(tree: Tree) -> None:
    """Keep the lists where they are expanded: no file of their own."""
    functions = re.sub(r"^#.*\n", "", tree.text(FUNCTIONS), flags=re.MULTILINE)
    functions = re.sub(r"/\*.*?\*/", "", functions, flags=re.DOTALL)
    declared = re.sub(r"NEXUS_API_FUNC\(([^,]*), (\w+), ", r"; \1 nxs\2(", functions)
    names = re.findall(r"NEXUS_API_FUNC\([^,]*, (\w+)", functions)
    header = "nexus-api/nxs_functions.h"
    enum = ", ".join(f"NF_nxs{name}" for name in names)
    declarations = declared.strip().lstrip(";") + ";"
    tree.write(
        header,
        "#include <nexus-api/nxs.h>\n#include <nexus-api/nxs_propertys.h>\n"
        f"typedef enum {{ {enum} }} nxs_function;\n{declarations}\n",
    )
    (tree.folder / FUNCTIONS).unlink()
    assert (tree.folder / PROPERTIES).exists()
