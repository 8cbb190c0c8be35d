"""The generator of the binding: its products, other headers, and headers with errors."""

import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest
from support.compilation import compile_shared
from support.paths import ROOT


def generate(*arguments):
    command = [sys.executable, ROOT / "build_ffi.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def headers(tmp_path):
    return Path(shutil.copytree(ROOT / "include", tmp_path / "headers"))


def append(path, text):
    """Append text to a list, before its macro is undefined, and return the line number."""
    old = path.read_text()
    head, end, tail = old.rpartition("\n#ifdef NXS_NO_")
    path.write_text(head + textwrap.dedent(text) + end + tail)
    return head.count("\n") + 1


def test_committed_files_are_up_to_date():
    result = generate("--check")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == ""


def test_check_prints_the_drift(tmp_path):
    assert generate("--out", tmp_path).returncode == 0
    assert generate("--check", "--out", tmp_path).returncode == 0
    path = tmp_path / "_enums.py"
    path.write_text(path.read_text().replace("NXS_Timeout = -89", "NXS_Timeout = -90"))
    result = generate("--check", "--out", tmp_path)
    assert result.returncode == 1
    changes = [line for line in result.stdout.splitlines() if "NXS_Timeout" in line]
    assert [line.split(",")[0] for line in changes] == [
        "-    NXS_Timeout = -90",
        "+    NXS_Timeout = -89",
    ]


def test_output_does_not_depend_on_where_the_headers_are(headers, tmp_path):
    generate("--headers", headers, "--out", tmp_path / "a")
    generate("--out", tmp_path / "b")
    for name in ("_enums.py", "_ffi.pyi", "abi_names.hpp", "_ffi.c"):
        assert (tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text()


def test_an_appended_function_and_property_need_no_more_than_regenerating(headers, tmp_path):
    append(
        headers / "nexus-api/_nxs_functions.h",
        """
        /**
         * Adds two numbers.
         *
         * scale: what the sum is
         * multiplied by.
         */
        NEXUS_API_FUNC(nxs_long, AddNumbers, nxs_long a, const nxs_short *b,
                       nxs_dim3 scale)
        NEXUS_API_FUNC(nxs_status, GetMoodProperty, nxs_int mood, nxs_uint property, void *value,
                       size_t *size)
        """,
    )
    append(
        headers / "nexus-api/_nxs_propertys.h",
        r"""
        NEXUS_API_PROP(Mood, int, "How \"it\" feels, "
                                  "in %")
        """,
    )
    out = tmp_path / "out"
    result = generate("--headers", headers, "--out", out)
    assert result.returncode == 0, result.stderr
    python = f"-I{sysconfig.get_path('include')}"
    compile_shared(out / "_ffi.c", out / "_ffi.so", python, f"-I{headers}")
    limited = "-DPy_LIMITED_API=0x030A0000"
    compile_shared(out / "_core.c", out / "_core.so", python, f"-I{headers}", limited, "-Werror")
    (out / "plugin.c").write_text(
        """
        #include <nexus-api.h>
        nxs_long nxsAddNumbers(nxs_long a, const nxs_short *b, nxs_dim3 scale) {
          return (a + *b) * scale.y;
        }
        nxs_status nxsGetMoodProperty(nxs_int mood, nxs_uint property, void *value, size_t *size) {
          if (property != NP_Mood) return NXS_InvalidProperty;
          *(nxs_long *)value = 90 + mood;
          *size = sizeof(nxs_long);
          return NXS_Success;
        }
        """
    )
    plugin = compile_shared(out / "plugin.c", out / "plugin.so", f"-I{headers}")
    program = """
        import sys
        from _core import KINDS
        from _enums import PROPERTY_TYPES, function, property, property_type
        from _ffi import ffi, lib

        plugin = lib.nxs_plugin_open(sys.argv[1].encode(), ffi.new("char[]", 99), 99)
        assert lib.nxs_AddNumbers(plugin, 2**40, [-1], [(0, 3, 0)]) == (2**40 - 1) * 3
        assert lib.nxs_GetMoodProperty_int(plugin, 5, property.Mood) == 95
        assert property.Mood == 54 == lib.NP_Mood
        assert property.Mood.__doc__ == 'How "it" feels, in %'
        assert PROPERTY_TYPES[property.Mood] is property_type.int
        assert function.nxsAddNumbers == function.nxsLaunch + 1
        assert function.nxsAddNumbers.__doc__ == (
            "Adds two numbers.\\n\\nscale: what the sum is multiplied by."
        )
        assert function.nxsGetMoodProperty.__doc__ == ""
        assert lib.nxs_plugin_has(plugin, function.nxsAddNumbers)
        assert not lib.nxs_plugin_has(plugin, function.nxsLaunch)
        assert list(KINDS)[-1] == "Mood"
        print("all right")
        """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), plugin],
        cwd=out,
        capture_output=True,
        text=True,
    )
    assert result.stdout == "all right\n", result.stderr
    stub = (out / "_ffi.pyi").read_text()
    assert "def nxs_AddNumbers(self, plugin: _CData, a: int, b: _CData, scale: _CData, /)" in stub


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ("NEXUS_API_FUNC(nxs_int, Bad, nxs_int a nxs_int b)", "nxs_int"),
        ("NEXUS_API_FUNC(nxs_int, Bad, unknown_type a)", ""),
        ("NEXUS_API_FUNC(nxs_int, Bad, nxs_int a[sizeof(struct never)])", "struct never"),
        ("NEXUS_API_FUNC(nxs_int, GetKernel, nxs_int a)", "redeclaration of enumerator"),
        ("#error not today", "#error not today"),
        ("#include <nowhere.h>", "nowhere.h"),
    ],
)
def test_a_header_that_cannot_be_read(declaration, reason, headers, tmp_path):
    path = headers / "nexus-api/_nxs_functions.h"
    line = append(path, declaration + "\n")
    result = generate("--headers", headers, "--out", tmp_path / "out")
    assert result.returncode == 1
    first = result.stderr.splitlines()[0]
    assert first.startswith(f"{path}:{line}: "), result.stderr
    assert reason in first
    assert not (tmp_path / "out").exists()


def test_a_property_of_an_unknown_type(headers, tmp_path):
    path = headers / "nexus-api/_nxs_propertys.h"
    line = append(path, 'NEXUS_API_PROP(Mood, feeling, "How it feels")\n')
    result = generate("--headers", headers, "--out", tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{path}:{line}: error: 'NXS_PropertyType_feeling' undeclared")


@pytest.mark.parametrize(
    ("name", "declaration", "reason"),
    [
        (
            "propertys",
            "NEXUS_API_PROP(Mood, int, 5)",
            "the description of NP_Mood is not a string literal",
        ),
        (
            "functions",
            "NEXUS_API_FUNC(nxs_int, Bad, const char *text, ...)",
            "nxsBad: it takes a variable number of arguments",
        ),
        (
            "functions",
            "NEXUS_API_FUNC(nxs_int, Bad, struct never *a, struct never b)",
            "nxsBad: ctype 'struct never' has incomplete type",
        ),
    ],
)
def test_what_python_cannot_express_is_left_out_and_listed(
    name, declaration, reason, headers, tmp_path
):
    path = headers / f"nexus-api/_nxs_{name}.h"
    line = append(path, declaration + "\n")
    result = generate("--headers", headers, "--out", tmp_path)
    assert (result.returncode, result.stderr) == (0, "1 left out, which --verbose lists\n")
    assert "Bad" not in (tmp_path / "_ffi.pyi").read_text().replace("NF_nxsBad", "")
    result = generate("--headers", headers, "--out", tmp_path, "--verbose")
    assert (result.returncode, result.stderr) == (0, f"{path}:{line}: {reason}\n")


def test_headers_that_are_not_there(tmp_path):
    result = generate("--headers", tmp_path, "--out", tmp_path)
    assert result.returncode == 1
    assert result.stderr == f"{tmp_path}/nexus-api.h:1: there is no such file\n"


def test_no_preprocessor(tmp_path, monkeypatch):
    monkeypatch.setenv("CPP", str(tmp_path / "no-such-cpp"))
    result = generate("--check")
    assert result.returncode == 1
    assert result.stderr.endswith("no C preprocessor; install a C compiler or set CPP\n")
