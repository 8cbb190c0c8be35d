"""The Metal plugin as dylibs for Macs, built without one: see standins/metal/build.py."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sysconfig
from importlib import import_module
from pathlib import Path

import pytest

from standins.metal import build

pytest.importorskip("lief", reason="Mach-O files are read by way of lief")

from standins.metal import macho

SYSTEM = "/usr/lib/libSystem.B.dylib"
# C++'s operators, which a program may replace, and the image's own names: Zig exports them too.
OF_THE_LINKER = re.compile(r"__Z(na|nw|da|dl)|___dso_handle|__mh_dylib_header")

pytestmark = [
    pytest.mark.macs,
    pytest.mark.skipif(
        not importlib.util.find_spec("ziglang"), reason="pip's ziglang is not installed"
    ),
]


@pytest.fixture(scope="module", params=["arm64", "x86_64"])
def dylib(request: pytest.FixtureRequest) -> macho.Image:
    return image(build.macho_plugin(request.param), request.param)


def exports(dylib: macho.Image) -> set[str]:
    return {name for name in macho.exports(dylib) if not OF_THE_LINKER.match(name)}


def image(path: Path, architecture: str) -> macho.Image:
    images = macho.read(path)
    assert set(images) == {architecture}
    return images[architecture]


def abi() -> set[str]:
    text = (build.ROOT / "include" / "nexus-api" / "_nxs_functions.h").read_text()
    names = re.findall(r"^NEXUS_API_FUNC\(\s*\w+,\s*(\w+)", text, re.MULTILINE)
    assert len(names) > 30
    return {f"_nxs{name}" for name in names}


def stubs() -> dict[str, set[str]]:
    """Return the symbols of each stub library, by install name."""
    found = {}
    for path in (build.HERE / "stubs").rglob("*.tbd"):
        text = path.read_text()
        (library,) = re.findall(r"install-name: '(.*)'", text)
        symbols = set(re.findall(r"\b_\w+", text))
        for classes in re.findall(r"objc-classes: \[([^\]]*)\]", text):
            symbols |= {f"_OBJC_CLASS_$_{name.strip()}" for name in classes.split(",")}
        found[library] = symbols
    return found


def check_image(dylib: macho.Image, name: str) -> None:
    assert dylib.header.file_type == dylib.header.FILE_TYPE.DYLIB
    assert tuple(dylib.build_version.minos[:2]) == build.MINIMUM_OS
    assert macho.install_name(dylib) == f"@rpath/{name}"
    # On Apple's own processors macOS runs signed code only.
    assert dylib.has_code_signature or macho.architecture(dylib) != "arm64"


def test_plugin(dylib: macho.Image) -> None:
    check_image(dylib, "libmetal_plugin.dylib")
    assert exports(dylib) == abi()


def test_the_plugin_uses_what_the_libraries_have(dylib: macho.Image) -> None:
    known = stubs()
    imports = macho.imports(dylib)
    assert set(macho.libraries(dylib)) == {*known, SYSTEM}
    for name, library in imports.items():
        # Zig contains the stubs of libSystem and refuses undefined symbols.
        if library != SYSTEM:
            assert name in known[library], f"{name} of {library}"
    assert {"_MTLCopyAllDevices", "_objc_msgSend", "_OBJC_CLASS_$_NSString"} <= set(imports)


def test_the_plugin_reads_text_alike_in_every_locale(dylib: macho.Image) -> None:
    # The inline functions of <cctype> call it on Macs, for characters outside of ASCII.
    assert "___maskrune" not in macho.imports(dylib)


def test_a_missing_symbol_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "missing.mm"
    source.write_text(
        '#import <Metal/Metal.h>\nextern "C" id MTLNoSuchFunction();\n'
        'extern "C" id use() { return MTLNoSuchFunction(); }\n'
    )
    library = build.HERE / "stubs"
    with pytest.raises(RuntimeError, match="undefined symbol: _MTLNoSuchFunction"):
        build.run(
            [
                *(build.zig(), "c++", *build.target("arm64"), "-fobjc-arc", "-shared", source),
                *(f"-I{build.HERE / 'include'}", f"-F{library}", "-framework", "Metal"),
                *("-o", tmp_path / "missing.dylib"),
            ]
        )


def test_cpu_plugin_for_macs() -> None:
    dylib = image(build.macho_cpu_plugin("arm64"), "arm64")
    check_image(dylib, "libcpu_plugin.dylib")
    # The barrier is exported for kernels.
    assert exports(dylib) == {*abi(), "__cpu_barrier"}
    assert macho.libraries(dylib) == [SYSTEM]


def test_binding_for_macs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(build.ROOT)
    extension, headers = map(import_module, ("codegen.extension_source", "codegen.headers"))
    source = tmp_path / "_ffi.c"
    extension.emit_c_source(headers.read_headers(build.ROOT / "include"), source)
    python = Path(sysconfig.get_path("include"))
    if not (python / "Python.h").exists():
        pytest.skip(f"Python's headers are not installed in {python}")
    # The interpreter's configuration is that of this machine. Debian's headers choose one by the
    # system that is compiled for, and have none for Macs.
    folder = tmp_path / "python"
    shutil.copytree(python, folder)
    of_system = python.parent / (sysconfig.get_config_var("MULTIARCH") or "") / python.name
    if (of_system / "pyconfig.h").exists():
        shutil.copy(of_system / "pyconfig.h", folder)
    target = tmp_path / "_ffi.o"
    # Only compiled, not linked.
    build.run(
        [
            *(build.zig(), "cc", *build.target("arm64"), "-O1", "-c", source, "-o", target),
            *(f"-I{folder}", f"-I{build.ROOT / 'include'}", "-Wno-macro-redefined"),
        ]
    )
    assert set(macho.read(target)) == {"arm64"}
