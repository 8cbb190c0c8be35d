"""Every benchmark runs and writes its report; nothing here depends on speed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.paths import ROOT

# A row that each report must have, or the end of its name behind a driver's.
ROWS = {
    "launch": "kernel(a, b, c, group_size=, grid_size=), 16 items",
    "binding": "error, no such property",
    "memory": "buffer.copy_from(array), 4 MiB",
    "scale": "release with 10,000 live",
    "imports": "added by import nexus",
    "device_db": "first lookup by file name",
    "command_line": "nexus devices",
    "cpu_engine": "Nexus: mandelbrot 64 Ki",
    "busy": "Nexus: add 64 Ki beside 1 busy",
    "instructions": "matmul",
    "check": "planted faults that are missed",
    "cpp": "kernel({group, items}, buffer, number)",
    "fuzz_bugs": "use after free: HOST_MEMORY_KEPT",
    "opencl": "16 MiB to the device",
}


UNITS = {"ns", "us", "ms", "s", "bytes", "examples", "instructions", "faults", "findings"}


def run_benchmark(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # This checkout comes last, so that the package under test is the one that is imported.
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.thorough
@pytest.mark.parametrize("name", ROWS)
def test_benchmark_reports(name, tmp_path):
    out = tmp_path / "out.json"
    made = run_benchmark(tmp_path, name, "--quick", "--out", str(out))
    assert made.returncode == 0, made.stderr
    result = json.loads(out.read_text("utf-8"))
    assert result["quick"] is True
    for fact in ("date", "cpu", "cores", "python", "numpy", "compiler", "load_average"):
        assert result["machine"][fact], fact
    (report,) = result["benchmarks"].values()
    if not report["rows"]:
        # Apple's compiler does not know OpenMP; NVIDIA's, or an OpenCL driver, may be missing.
        assert sys.platform == "darwin" or name in ("instructions", "opencl"), report["notes"]
        pytest.skip(report["notes"][0])
    rows = {row["name"]: row for row in report["rows"]}
    row = next(row for found, row in rows.items() if found.endswith(ROWS[name]))
    assert row["goals"]
    for goal in row["goals"]:
        assert goal.keys() == {"of", "at_most", "met"}
        assert goal["of"] == "median" or goal["of"] in row["ratios"]
    for row in rows.values():
        assert row["unit"] in UNITS
        assert row["count"] > 0
        assert row["minimum"] <= row["low"] <= row["median"] <= row["high"]
        for ratio in row["ratios"].values():
            assert 0 < ratio["low"] <= ratio["median"] <= ratio["high"]


def test_charts_are_drawn_from_results(tmp_path):
    row = {"name": "schedule.run(), 16 items", "median": 300.0, "ratios": {"ctypes": {}}}
    other = {"name": "<ctypes>, 16 items", "median": 1200.0, "ratios": {}}
    machine = {"cpu": "A & B", "cores": 2, "date": "2026-01-02T03:04:05"}
    rows = {"rows": [other, row]}
    for size in ("1,024", "65,536"):
        rows["rows"].append({**row, "name": f"schedule.run(), {size} items"})
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"machine": machine, "benchmarks": {"launch": rows}}))
    made = run_benchmark(tmp_path, "--charts", str(results), str(tmp_path / "charts"))
    assert made.returncode == 0, made.stderr
    (drawing,) = (tmp_path / "charts").glob("launch-16.svg")
    root = ElementTree.parse(drawing).getroot()
    names = {"svg": "http://www.w3.org/2000/svg"}
    texts = [text.text for text in root.findall("svg:text", names)]
    assert texts.index("schedule.run()") < texts.index("<ctypes>")
    assert "A & B, 2 cores, 2026-01-02; medians" in texts
    widths = [float(bar.get("width")) for bar in root.findall("svg:rect", names)]
    assert widths[1] == pytest.approx(4 * widths[0], rel=0.01)


def test_unknown_benchmarks_are_refused(tmp_path):
    made = run_benchmark(tmp_path, "speed")
    assert made.returncode == 2
    assert "speed" in made.stderr
    assert "cpu_engine" in made.stderr


def test_json_goes_to_standard_output_alone(tmp_path):
    made = run_benchmark(tmp_path, "scale", "--quick")
    assert json.loads(made.stdout)["benchmarks"].keys() == {"scale"}
