"""``nexus check`` as a command, and `nexus.testing.check_kernel`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.command_line import succeeded

from nexus.check import Launch, check_file
from nexus.cli import main
from nexus.testing import check_kernel

HEAD = "#include <nexus-api/nxs_kernel.h>\n"
RIGHT = f"""{HEAD}
NXS_KERNEL(scale, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(float, factor),
           NXS_SCALAR(nxs_int, n))
{{
  NXS_ITEMS {{ const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) y[i] = factor * x[i]; }}
}}
"""
WRONG = f"""{HEAD}
NXS_KERNEL(same, NXS_OUT(float, y)) {{
  NXS_ITEMS {{ y[NXS_LOCAL_ID(0)] = 1.0f; }}
}}
"""
LAUNCH = Launch({"x": 64, "y": 64, "factor": 2.5, "n": 64}, [16], [64])


@pytest.fixture
def write(tmp_path):
    def to_file(text: str, name: str = "k.c") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return to_file


def test_the_command(run_nexus, write):
    path = write(RIGHT + WRONG.removeprefix(HEAD))
    shown = succeeded(run_nexus("check", path), status=1)
    assert f"{path}:10: race in kernel same: item " in shown
    assert "scale, same: 1 finding\n" in shown
    for target in ("cuda", "hip", "metal", "opencl"):
        assert f"\n{target}: " in shown
    assert "scale: no findings" in succeeded(run_nexus("check", path, "--kernel", "scale"))


def test_json(write, capsys):
    assert main(["check", str(write(WRONG)), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (finding,) = report["findings"]
    assert (finding["kind"], finding["kernel"], finding["line"]) == ("race", "same", 4)
    assert finding["argument"] == "y"
    assert finding["item"] == [32, 0, 0]
    assert finding["launch"] == "group 32, grid 96"
    assert [target["name"] for target in report["targets"]] == ["cuda", "hip", "metal", "opencl"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("none.c", "none.c cannot be read: No such file or directory"),
        ("k.c --kernel scael", "there is no kernel 'scael' among scale"),
        ("k.c --group 64", "--group, --grid and --shared need --args"),
        ("k.c --args n=1", "--args needs --group and --grid, such as --group 64 --grid 1024"),
        ("k.c --args n --group 1 --grid 1", "--args takes NAME=VALUE, got 'n'"),
        ("k.c --args n=1 --group 0 --grid 1", "'0' is no size"),
        ("k.c --args n=1 --group 3 --grid 64", "use 63 or 66"),
        ("k.c --args n=x.npy --group 1 --grid 1", "x.npy cannot be read"),
        ("k.c --args n=soon --group 1 --grid 1", "'soon' is neither a number nor a file"),
        ("k.c --args n=1 m=1 --group 1 --grid 1", "there is no argument 'm' among x, y, factor, n"),
        ("k.c --args n=1 --group 1 --grid 1", "give a value of argument x"),
        ("k.c --args x=-1 y=1 factor=1 n=1 --group 1 --grid 1", "-1 is no number of elements"),
        ("empty.c", "empty.c has no kernel: NXS_KERNEL"),
    ],
)
def test_wrong_usage(write, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(write(RIGHT).parent)
    write("int unused;\n", "empty.c")
    assert main(["check", *arguments.split()]) == 2
    assert message in capsys.readouterr().err


def test_given_arguments_say_how_long_buffers_are(write):
    path = write(RIGHT)
    assert not check_file(path, launch=LAUNCH, targets=()).findings
    short = Launch({**LAUNCH.arguments, "y": np.zeros(63, np.float32)}, [16], [64])
    # Where Oclgrind is installed, it finds the same.
    finding, *others = check_file(path, launch=short, targets=()).findings
    assert {other.kind for other in others} <= {"out of bounds"}
    assert (finding.kind, finding.line, finding.item) == ("out of bounds", 6, (63, 0, 0))
    assert "writes y[63], and y has 63 elements" in finding.message


def test_what_does_not_compile(write):
    body = "NXS_ITEMS {\n if (n) return;\n if (n) break;\n x[0] = 1; } }"
    report = check_file(
        write(f"{HEAD}NXS_KERNEL(k, NXS_OUT(int, x), NXS_SCALAR(int, n)) {{ {body}")
    )
    cpu = [finding for finding in report.findings if "item block" in finding.message]
    assert [(finding.kind, finding.line) for finding in cpu] == [
        ("does not compile", 3),
        ("does not compile", 4),
    ]


def test_only_some_targets_take_it(write):
    path = write(f"{HEAD}NXS_KERNEL(k, NXS_OUT(float, half)) {{ NXS_ITEMS {{ half[0] = 1; }} }}\n")
    report = check_file(path)
    results = {target.name: target.result for target in report.targets}
    if results["opencl"].startswith("not checked"):
        pytest.skip(results["opencl"])
    assert results["opencl"] == results["metal"] == "wrong"
    assert {f.line for f in report.findings if f.message.startswith("not for opencl: ")} == {2}


def test_a_kernel_that_ends_its_process_is_a_finding(write):
    body = "NXS_ITEMS { if (NXS_GLOBAL_ID(0) == 3) abort(); x[NXS_GLOBAL_ID(0)] = 1; }"
    ends = f"#include <stdlib.h>\nNXS_KERNEL(ends, NXS_OUT(int, x)) {{ {body} }}\n"
    report = check_file(write(RIGHT + ends + WRONG.removeprefix(HEAD)), targets=())
    assert [(f.kind, f.kernel) for f in report.findings] == [("crash", "ends"), ("race", "same")]


def test_the_same_seed_yields_the_same(write):
    path = write(WRONG)
    first, second = (check_file(path, targets=(), seed=5) for _ in range(2))
    assert first == second


def test_check_kernel(write):
    assert check_kernel(RIGHT, launch=LAUNCH, targets=()).kernels == ["scale"]
    with pytest.raises(AssertionError, match=r"source.c:4: race in kernel same"):
        check_kernel(WRONG, targets=())
    plus = write(WRONG, "k.cpp")
    with pytest.raises(AssertionError, match=r"k.cpp:4: race in kernel same"):
        check_kernel(plus, "same", targets=())


def test_a_compiler_that_is_missing(write, monkeypatch, capsys):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert main(["check", str(write(RIGHT))]) == 2
    assert "no-such-compiler" in capsys.readouterr().err
