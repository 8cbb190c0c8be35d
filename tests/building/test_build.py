"""What a build makes: the same everywhere, with the same arguments for each target."""

from __future__ import annotations

import base64
import json
import platform
import sys

import numpy as np
import pytest
from support.built_kernels import KEPT, TARGETS

import nexus
from nexus.building import build_kernels
from nexus.building.argument_lists import argument_lists

ARGUMENTS = {
    "exp": "out U16 halves, out I64 wide",
    "nothing": "",
    "scale": "in F32 x, out F32 y, scalar F32 factor, scalar I32 n",
    "structs": "in x, out y",
}


def images_in(catalog, library="kernels"):
    entries = catalog[library].get("Architectures")
    return {entry["Architecture"]: base64.b64decode(entry["Payload"]) for entry in entries}


def test_all_targets_have_the_same_arguments(catalog, available):
    images = images_in(catalog)
    assert list(images) == [target for target in TARGETS if target in available]
    for target, image in images.items():
        lists = {
            name: ", ".join(map(str, arguments))
            for name, arguments in argument_lists(image).items()
        }
        assert lists == ARGUMENTS, target
    listed = {
        function["Name"]: ", ".join(" ".join([argument["Kind"], *[argument.get("DataType", "")],
                                              argument["Name"]]).replace("  ", " ")
                                    for argument in function["ArgumentList"])
        for function in catalog["kernels"].get("Functions")
    }  # fmt: skip
    assert listed == ARGUMENTS


def test_images_are_what_their_targets_run(catalog):
    machines = {"x86_64": 62, "aarch64": 183, "sm": 190, "gfx90a": 224}
    for target, image in images_in(catalog).items():
        if target.startswith("compute_"):
            assert f"\n.target {target.replace('compute', 'sm')}\n".encode() in image
            assert not image.endswith(b"\0")
            continue
        assert image[:4] == b"\x7fELF"
        machine = int.from_bytes(image[18:20], "little")
        assert machine == machines[target.partition("-")[0].partition("_8")[0].partition("_9")[0]]


def test_entries_name_compiler_flags_and_system(catalog):
    compilers = {"sm_80": "NVRTC 12", "compute_80": "NVRTC 12", "gfx90a": "hiprtc "}
    for entry in catalog["kernels"].get("Architectures"):
        target = entry["Architecture"]
        is_cpu = target.startswith(("x86", "aarch"))
        assert entry.get("System", "") == ("linux" if is_cpu else "")
        assert entry["Compiler"].startswith(compilers.get(target, ""))
        assert any(char.isdigit() for char in entry["Compiler"])
        (flag, *_) = entry["Flags"]
        assert target.replace("_", "-") in flag.replace("_", "-") or target == "aarch64"


def test_the_same_input_gives_the_same_bytes(built, source, available, monkeypatch):
    monkeypatch.chdir(source.parent)
    build_kernels("kernels.c", available, "other.nxc")
    raw = built.read_bytes()
    assert (source.parent / "other.nxc").read_bytes() == raw
    # Nor does any image tell where it was built.
    texts = [raw, *images_in(nexus.load_catalog(built)).values()]
    for folder in (str(built.parent), nexus.get_include(), "/tmp/"):
        assert not any(folder.encode() in text for text in texts)


def test_the_source_is_kept(catalog, available, cpu):
    kept = catalog["kernels"]["Source"]
    assert kept["Name"] == "kernels.c"
    checked = [one["Language"] for one in kept.get("CheckedFor", [])]
    assert checked == [language for language in KEPT if language in available]
    # It needs no other file, and its header is there once.
    assert kept["Text"].count("float scaled(") == 1
    with cpu.compile(kept["Text"]) as library:
        assert [kernel.name for kernel in library.get_kernels()] == list(ARGUMENTS)


def scaled(library):
    """Return what the kernel "scale" makes of 1 to 8, with the factor 3."""
    x = np.arange(1, 9, dtype=np.float32)
    y = np.zeros_like(x)
    library.get_kernel("scale")(x, y, 3.0, 8, group_size=4, grid_size=8)
    return y.tolist()


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="for Linux on x86-64"
)
def test_a_cpu_takes_its_best_level(built, cpu, monkeypatch):
    own = cpu.get_property_str("Architecture")
    best = {"x86_64-v4": "x86_64-v4", "x86_64": "x86_64"}.get(own, "x86_64-v2")
    monkeypatch.setenv("NEXUS_CATALOG_PATH", str(built.parent))
    for named, name in (
        (built, None),
        (str(built), "kernels"),
        (nexus.load_catalog(built), None),
        ("kernels", "kernels"),
    ):
        with cpu.load_library(named, name) as library:
            assert library.built_for == best
            assert repr(library).endswith(f", built for {best}>")
            assert scaled(library) == [3.0 * i for i in range(1, 9)]


def test_a_device_without_a_build_compiles_the_source(build_text, cpu):
    catalog = build_text(
        "#include <nexus-api/nxs_kernel.h>\nNXS_KERNEL(one, NXS_OUT(nxs_int, x)) { x[0] = 1; }\n",
        "sm_80",
    )
    with cpu.load_library(catalog) as library:
        assert library.built_for == "source"
        x = np.zeros(1, np.int32)
        library.get_kernel("one")(x, group_size=1, grid_size=1)
        assert x[0] == 1
    with cpu.compile(catalog["kernels"]["Source"]["Text"]) as library:
        assert library.built_for == ""
        assert "built" not in repr(library)


def test_a_device_without_a_build_and_without_a_source(build_text, cpu):
    catalog = build_text(
        "#include <nexus-api/nxs_kernel.h>\nNXS_KERNEL(none) { NXS_BARRIER; }\n",
        "sm_80",
        keep_source=False,
    )
    assert "Source" not in catalog["kernels"]
    own = cpu.get_property_str("Architecture")
    with pytest.raises(nexus.LibraryError, match=rf"built for sm_80; .* is {own.lower()}, and .*"
                       r"no source to compile: build it for that target too"):  # fmt: skip
        cpu.load_library(catalog)


def test_macros_reach_all_targets(source, cpu):
    output = source.parent / "kernels.nxc"
    catalog = build_kernels(
        source, ["x86_64", "compute_80"], output, defines=["FACTOR=5", "OTHER"], version="2.1"
    )
    assert catalog["kernels"]["Version"] == "2.1"
    assert catalog["kernels"]["Source"]["Text"].startswith("#define FACTOR 5\n#define OTHER 1\n")
    # The constant 5 in a product of floats.
    assert b"0f40A00000" in images_in(catalog)["compute_80"]
    with cpu.load_library(catalog) as library:
        assert scaled(library) == [15.0 * i for i in range(1, 9)]


def test_several_sources_become_several_libraries(source, cpu):
    other = source.with_name("other.c")
    other.write_text("#include <nexus-api/nxs_kernel.h>\nNXS_KERNEL(scale) { NXS_BARRIER; }\n")
    output = source.parent / "all.nxc"
    build_kernels([source, other], ["x86_64"], output)
    assert list(nexus.load_catalog(output)) == ["kernels", "other"]
    for name, count in (("kernels", 4), ("other", 0)):
        with cpu.load_library(output, name) as library:
            assert len(library.get_kernel("scale").arguments) == count
    with pytest.raises(TypeError, match=r"got None: .*all\.nxc has kernels, other"):
        cpu.load_library(output)


def test_a_catalog_is_text_that_says_its_version(built):
    document = json.loads(built.read_text())
    assert document["FormatVersion"] == 2
    assert list(document) == ["FormatVersion", "Libraries"]


def test_text_with_a_mark_and_lines_of_windows(tmp_path, cpu):
    source = tmp_path / "kernels.c"
    text = "#include <nexus-api/nxs_kernel.h>\r\n/* ü */ NXS_KERNEL(none) { NXS_BARRIER; }\r\n"
    source.write_bytes(b"\xef\xbb\xbf" + text.encode())
    catalog = build_kernels(source, ["x86_64", "compute_80", "metal"], tmp_path / "kernels.nxc")
    assert "\r" not in catalog["kernels"]["Source"]["Text"]
    cpu.load_library(tmp_path / "kernels.nxc").close()
