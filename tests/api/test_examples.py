"""Each example runs as a user would run it, and its assertions hold."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from support.examples import PORTABLE, load, picture, run
from support.paths import EXAMPLES

ALL = sorted(EXAMPLES.glob("*.py"))
on_devices = load("on_devices")


@pytest.mark.parametrize("name", PORTABLE)
def test_on_the_cpu(name, cpu, tmp_path):
    assert re.search(r"\d", run(name, cpu, tmp_path))


def test_sums_of_sums_of_sums(cpu):
    """More elements than the square of a group's items."""
    assert "66,000 sums" in load("prefix_sum").run(cpu, count=66_000)


def test_no_example_is_left_out():
    """Examples that name a runtime run in tests/gpu."""
    found = {
        path.stem
        for path in ALL
        if not path.stem.startswith(("cuda_", "hip_", "metal_", "opencl_"))
    }
    assert found - {"on_devices", "interop"} == set(PORTABLE)


def test_interop(tmp_path):
    command = [sys.executable, str(EXAMPLES / "interop.py")]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "PluginWarning" not in ran.stderr
    assert ran.stdout
    assert not list(tmp_path.iterdir())


def test_images_are_written(cpu, tmp_path):
    from PIL import Image

    run("blur", cpu, tmp_path)
    sharp, soft = picture(), np.asarray(Image.open(tmp_path / "blurred.png"))
    assert soft.shape == sharp.shape
    # The rings are softer, and as bright as before.
    assert (
        np.abs(np.diff(soft.astype(int), axis=0)).sum()
        < np.abs(np.diff(sharp.astype(int), axis=0)).sum()
    )
    assert abs(soft.mean() - sharp.mean()) < 2

    run("mandelbrot", cpu, tmp_path)
    drawn = np.asarray(Image.open(tmp_path / "mandelbrot.png"))
    assert drawn.shape == (50, 70, 3)
    # Zero belongs to the set, the corners do not.
    assert not drawn[25, 46].any()
    assert all(drawn[y, x].any() for y in (0, -1) for x in (0, -1))


# For each file of kernels a wrong version: what is replaced, and by what.
WRONG = {
    "blur": ("top + k / BLUR_EDGE", "top - k / BLUR_EDGE"),
    "histogram": ("i += NXS_GLOBAL_SIZE(0)", "i += NXS_GLOBAL_SIZE(0) + 1"),
    "mandelbrot": ("2.0f * x * y + imaginary", "2.0f * next * y + imaginary"),
    "matmul": ("b_row < depth", "b_row < depth - 1"),
    "nbody": ("square * sqrtf(square)", "square"),
    "prefix_sum": ("totals[group - 1]", "totals[group]"),
    "reduction": ("if (i < left)", "if (i < left - 1)"),
    "saxpy": ("i < count", "i < count - 1"),
    "spmv": ("k = starts[row];", "k = starts[row] + 1;"),
}


@pytest.mark.parametrize("name", WRONG)
def test_examples_notice_wrong_results(name, cpu, tmp_path, monkeypatch):
    right = (EXAMPLES / "kernels" / f"{name}.c").read_text()
    wrong = right.replace(*WRONG[name])
    assert wrong != right
    (tmp_path / f"{name}.c").write_text(wrong)
    monkeypatch.setattr(on_devices, "KERNELS", tmp_path)
    with pytest.raises(AssertionError):
        run(name, cpu, tmp_path)


def test_each_file_of_kernels_has_a_wrong_version():
    assert {path.stem for path in (EXAMPLES / "kernels").iterdir()} == WRONG.keys()


def command_line(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["saxpy.py", *arguments])
    module = load("saxpy")
    on_devices.main(module.run, module.__doc__, count=(1 << 20, "elements"))


@pytest.mark.parametrize("device", [(), ("--device", "cpu"), ("--device", "cpu:0")])
def test_the_option_for_the_device(device, cpu, monkeypatch, capsys):
    command_line(monkeypatch, "--count", "1000", *device)
    assert capsys.readouterr().out.startswith(f"cpu:0 ({cpu.name}): 1,000 elements in ")


def test_all_devices_are_those_that_take_kernels(scratch, field, monkeypatch, capsys):
    command_line(monkeypatch, "--count", "1000", "--device", "all")
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["cpu:0"]


def test_another_device_is_refused(cpu, monkeypatch, capsys):
    with pytest.raises(SystemExit, match="2"):
        command_line(monkeypatch, "--device", "cpu:7")
    assert "there is no device 'cpu:7'; there is cpu:0" in capsys.readouterr().err


def test_examples_have_a_readable_length():
    for path in ALL:
        lines = path.read_text().splitlines()
        assert 30 <= len(lines) <= 80, f"{path.name} has {len(lines)} lines"
