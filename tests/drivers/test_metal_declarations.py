"""The declarations for Metal, and the stand-in's methods, against Apple's own.

Two packages generated from Apple's headers provide those: see standins/metal/oracle.py.
"""

from __future__ import annotations

import ctypes
import importlib.util
import platform
import re
import sys

import pytest

from standins.metal import build

pytest.importorskip("lief", reason="Mach-O files are read by way of lief")

from standins.metal import macho, oracle
from standins.pip_packages import PackageError

HEADERS = build.HERE / "include" / "Metal"

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="the stand-in for Metal is for Linux on x86-64",
    ),
    pytest.mark.skipif(
        not importlib.util.find_spec("ziglang"), reason="pip's ziglang is not installed"
    ),
]

# Metal's names of the classes of the stand-in.
CLASSES = {
    "StandinDevice": ["MTLDevice"],
    "StandinBuffer": ["MTLBuffer", "MTLResource", "MTLAllocation"],
    "StandinEvent": ["MTLSharedEvent", "MTLEvent"],
    "StandinLibrary": ["MTLLibrary"],
    "StandinFunction": ["MTLFunction"],
    "StandinPipeline": ["MTLComputePipelineState"],
    "StandinBinding": ["MTLBinding", "MTLBufferBinding", "MTLThreadgroupBinding"],
    "StandinCommandQueue": ["MTLCommandQueue"],
    "StandinCommandBuffer": ["MTLCommandBuffer"],
    "StandinComputeEncoder": ["MTLComputeCommandEncoder", "MTLCommandEncoder"],
    "StandinBlitEncoder": ["MTLBlitCommandEncoder", "MTLCommandEncoder"],
}
# Methods of Foundation and of the language, which neither package contains.
NOT_PROVIDED = {
    ("NSArray", "objectAtIndexedSubscript:"),
    ("NSURL", "path"),
    ("NSString", "stringWithUTF8String:"),
}


@pytest.fixture(scope="module")
def apple() -> dict[str, dict[str, str]]:
    return provided(oracle.apple_protocols)


@pytest.fixture(scope="module")
def metal_cpp() -> oracle.MetalCpp:
    return provided(oracle.MetalCpp)


def provided(ask):
    try:
        return ask()
    except PackageError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def methods() -> set[tuple[str, str, str]]:
    """Return class, selector and encoding of each of the stand-in's methods."""
    found: set[tuple[str, str, str]] = set()
    visitor = ctypes.CFUNCTYPE(
        None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int
    )

    def visit(name: bytes, selector: bytes, types: bytes, _: int) -> None:
        found.add((name.decode(), selector.decode(), types.decode()))

    ctypes.CDLL(str(build.standin())).metal_standin_methods(visitor(visit))
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Return the methods of the protocols in the headers, as a compiler for Macs encodes them."""
    text = "\n".join(path.read_text() for path in HEADERS.glob("*.h"))
    names = sorted(set(re.findall(r"^@protocol (\w+) <", text, re.MULTILINE)))
    folder = tmp_path_factory.mktemp("declared")
    source = folder / "declared.mm"
    uses = ", ".join(f"@protocol({name})" for name in names)
    source.write_text(
        "#import <Metal/Metal.h>\n@class Protocol;\n"
        f'extern "C" void *all(unsigned i) {{ Protocol *p[] = {{{uses}}};'
        " return (__bridge void *)p[i]; }\n"
    )
    library = folder / "declared.dylib"
    command = [build.zig(), "cc", *build.target("x86_64"), "-fobjc-arc", "-shared"]
    stubs = [f"-F{build.HERE / 'stubs'}", f"-L{build.HERE / 'stubs'}", "-lobjc"]
    build.run([*command, *stubs, f"-I{build.HERE / 'include'}", source, "-o", library])
    found = macho.protocols(macho.read(library)["x86_64"])
    assert set(names) <= set(found)
    return {
        name: {selector: oracle.same_bool(types) for selector, types in found[name].items()}
        for name in names
    }


def test_protocols_are_encoded_as_by_apple(
    declared: dict[str, dict[str, str]], apple: dict[str, dict[str, str]]
) -> None:
    known = declared.keys() & apple.keys()
    assert {"MTLComputeCommandEncoder", "MTLBlitCommandEncoder", "MTLCommandQueue"} <= known
    for name in known:
        for selector, types in declared[name].items():
            assert (name, selector, types) == (name, selector, apple[name].get(selector))


def test_protocols_are_those_of_metal_cpp(
    declared: dict[str, dict[str, str]], metal_cpp: oracle.MetalCpp
) -> None:
    owners = {name for name, _ in metal_cpp.methods}
    assert declared.keys() <= owners
    for name, selectors in declared.items():
        for selector, types in selectors.items():
            alternatives = metal_cpp.methods.get((name, selector))
            assert alternatives, f"metal-cpp has no {name} {selector}"
            assert oracle.kinds(types) in alternatives, (name, selector)


def test_methods_of_the_standin(
    methods: set[tuple[str, str, str]],
    apple: dict[str, dict[str, str]],
    metal_cpp: oracle.MetalCpp,
) -> None:
    unknown = []
    for name, selector, types in methods:
        owners = CLASSES.get(name, [name])
        known = [*owners, "NSObject"]
        exact = [apple[o][selector] for o in known if selector in apple.get(o, {})]
        alternatives = [
            kinds
            for o in owners
            if o != "NSObject"
            for kinds in metal_cpp.methods.get((o, selector), [])
        ]
        for theirs in exact:
            assert (name, selector, types) == (name, selector, theirs)
        if alternatives and selector not in ("alloc", "new", "init"):
            assert oracle.kinds(types) in alternatives, (name, selector, types)
        if not exact and not alternatives and selector not in ("alloc", "new", "init"):
            unknown.append((name, selector))
    assert set(unknown) == NOT_PROVIDED


def test_constants(metal_cpp: oracle.MetalCpp) -> None:
    text = "\n".join(path.read_text() for path in HEADERS.glob("*.h"))
    ours = {
        name: 2**64 - 1 if value == "~0ul" else int(value)
        for name, value in re.findall(r"\b(MTL\w+) = ([^,\n]+),", text)
    }
    assert len(ours) > 100
    theirs = provided(oracle.apple_constants)
    for name, value in ours.items():
        # Apple's is unsigned; PyObjC reports it unchanged or as the largest signed number.
        if value < 2**63:
            assert theirs.get(name, value) == value, name
        assert metal_cpp.constant(name) == value, name
    assert len(ours.keys() & theirs.keys()) > len(ours) * 0.9


def test_a_wrong_declaration_would_be_found(apple: dict[str, dict[str, str]]) -> None:
    dispatch = apple["MTLComputeCommandEncoder"]["dispatchThreadgroups:threadsPerThreadgroup:"]
    assert dispatch == "v64@0:8{?=QQQ}16{?=QQQ}40"
    assert oracle.kinds(dispatch) == ["v", "{?=QQQ}", "{?=QQQ}"]
