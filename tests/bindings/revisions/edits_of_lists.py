"""Revisions with other enums, lists, names and files, as edits of our headers."""

from __future__ import annotations

import re

from bindings.revisions.registry import composable, other
from bindings.revisions.tree import FUNCTIONS, PLATFORM, PROPERTIES, STATUS, Tree


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
    (tree.folder / "nexus-api.h").rename(tree.folder / "vendor-api.h")
    (tree.folder / "nexus-api").rename(tree.folder / "vendor-api")
    for path in tree.folder.rglob("*.h"):
        path.write_text(path.read_text().replace("<nexus-api/", "<vendor-api/"))


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
