"""Kernels that are wrong without a word elsewhere: refused when they are compiled."""

import numpy as np
import pytest

import nexus

HEAD = "#include <nexus-api/nxs_kernel.h>\n"
GROUP = "NXS_KERNEL(k, NXS_OUT(int, x), NXS_SCALAR(int, n)) {{ {} }}\n"


def compile_body(cpu, body, before=""):
    return cpu.compile(HEAD + before + GROUP.format(body)).get_kernel("k")


LEAVING = {
    "return": [
        "NXS_ITEMS { if (n > 3) return; x[0] = 1; }",
        "NXS_ITEMS if (n > 3) return; else x[0] = 1;",
        "NXS_ITEMS { for (int i = 0; i < n; ++i) { if (i == 2) return; } x[0] = 1; }",
        "NXS_ITEMS { switch (n) { case 1: return; default: x[0] = 1; } }",
        "NXS_ITEMS { x[0] = ({ if (n) return; n; }); }",
        "if (n) { NXS_ITEMS { x[0] = 1; } } else NXS_ITEMS { return; }",
    ],
    "break": [
        "NXS_ITEMS { if (n > 3) break; x[0] = 1; }",
        "for (;;) { NXS_ITEMS { if (n > 3) break; x[0] = 1; } break; }",
        "NXS_ITEMS { switch (n) { case 1: x[0] = 1; break; } break; }",
        "NXS_ITEMS { do { x[0] = 1; } while (0); break; }",
    ],
}


@pytest.mark.parametrize(
    ("word", "body"), [(word, body) for word, bodies in LEAVING.items() for body in bodies]
)
def test_leaving_an_item_block(cpu, word, body):
    with pytest.raises(nexus.LibraryError, match=rf"<source>:2: error: '{word}' .*'continue'"):
        compile_body(cpu, body)


def test_goto_out_of_an_item_block(cpu):
    with pytest.raises(nexus.LibraryError, match="'goto' leaves an item block"):
        compile_body(cpu, "NXS_ITEMS { if (n) goto out; x[0] = 1; } out:;")


@pytest.mark.parametrize("where", ["include", "macro"])
def test_what_macros_and_other_files_contain(cpu, tmp_path, where):
    guard = "#define GUARD(c) if (c) return\n"
    body = "NXS_ITEMS { GUARD(n > 3); x[0] = 1; }"
    (tmp_path / "guard.h").write_text(guard)
    source = tmp_path / "k.c"
    before = guard if where == "macro" else '#include "guard.h"\n'
    source.write_text(HEAD + before + GROUP.format(body))
    with pytest.raises(nexus.LibraryError, match=rf"{source}:3: error: 'return'"):
        cpu.load_library(source)


ALLOWED = """
if (n < 0) return;
for (int turn = 0; turn < 3; ++turn) {
  if (turn == 2) break;
  NXS_ITEMS {
    const int i = NXS_LOCAL_ID(0);
    struct pair { int a, b; } p = {1, 2}, q[2] = {[0] = {1, 2}, [1] = {3}};
    if (i == 2) continue;
    for (int k = 0; k < 9; ++k) { if (k == 3) break; else continue; }
    switch (n) { case 1: x[i] += 1; break; case 2: { break; } default: break; }
    do { if (n) break; } while (0);
    while (1) if (n) break;
    if (p.a == 2) goto end;
    x[i] += ({ int t = p.a; t + q[0].a; }) + ("return;"[0] == 'r') - 1;
  end:;
  }
}
NXS_BARRIER;
NXS_ITEMS x[NXS_LOCAL_ID(0)] += 1;
"""


def test_what_is_allowed_in_c(cpu):
    x = cpu.create_buffer(np.zeros(4, np.int32))
    compile_body(cpu, ALLOWED)(x, 1, group_size=4, grid_size=4)
    assert x.numpy().tolist() == [7, 7, 1, 7]


ALLOWED_CPP = """
NXS_ITEMS {
  auto twice = [&](int a) { if (a > 3) return 2 * a; return a; };
  auto looped = [=]() mutable noexcept -> int { for (;;) { break; } return 1; };
  struct Local {
    int value{3};
    Local() { return; }
    int get() const { return value; }
  };
  const char *raw = R"x(return; " break;)x";
  try { if (n < 0) throw 1; } catch (int) { continue; }
  x[NXS_LOCAL_ID(0)] = twice(4) + looped() + Local().get() + (raw[0] == 'r');
}
"""


def test_what_is_allowed_in_cpp(cpu, tmp_path):
    (tmp_path / "k.cpp").write_text(HEAD + GROUP.format(ALLOWED_CPP))
    x = cpu.create_buffer(np.zeros(4, np.int32))
    kernel = cpu.load_library(tmp_path / "k.cpp").get_kernel("k")
    kernel(x, 1, group_size=4, grid_size=4)
    assert x.numpy().tolist() == [13] * 4


def test_return_after_a_lambda_in_cpp(cpu, tmp_path):
    body = "NXS_ITEMS { auto f = [](int a) { return a; }; x[0] = f(n); return; }"
    (tmp_path / "k.cpp").write_text(HEAD + GROUP.format(body))
    with pytest.raises(nexus.LibraryError, match=r"k.cpp:2: error: 'return'"):
        cpu.load_library(tmp_path / "k.cpp")


@pytest.mark.parametrize("suffix", ["c", "cpp"])
@pytest.mark.parametrize("body", ["NXS_ITEMS { NXS_BARRIER; }", "NXS_ITEMS if (n) NXS_BARRIER;"])
def test_a_barrier_in_an_item_block(cpu, tmp_path, body, suffix):
    (tmp_path / f"k.{suffix}").write_text(HEAD + GROUP.format(body))
    with pytest.raises(nexus.LibraryError, match="NXS_BARRIER is inside an item block: end the"):
        cpu.load_library(tmp_path / f"k.{suffix}")


@pytest.mark.parametrize("declaration", ["NXS_SHARED(char, a, 9 << 20)", "char a[2 << 20]"])
def test_arrays_that_are_larger_than_the_stack(cpu, declaration):
    # Used so that the array is not optimized away.
    body = f"{declaration}; NXS_ITEMS {{ a[n + NXS_LOCAL_ID(0)] = 1; }} x[0] = a[n + 1];"
    with pytest.raises(nexus.LibraryError, match=r"than 1280 KiB .*; make its NXS_SHARED"):
        compile_body(cpu, body)


def test_arrays_that_are_not(cpu):
    body = "NXS_SHARED(char, a, 1 << 20); NXS_ITEMS { a[n] = 1; } x[0] = a[n + 1] + a[n];"
    x = cpu.create_buffer(np.zeros(4, np.int32))
    compile_body(cpu, body)(x, 1, group_size=4, grid_size=4)
