"""Apple's declarations of Metal, from two packages generated from Apple's headers.

One is pyobjc-framework-Metal: its binary has the protocols as Apple's compiler encoded them, its
metadata the constants. The other is mlx-metal, which has Apple's metal-cpp: the selectors of each
class with types in C++.
"""

from __future__ import annotations

import re
from pathlib import Path

from standins.metal import macho
from standins.metal.build import CACHE
from standins.pip_packages import fetched

# The name that each is found by, its version, and the platform of its wheel.
PACKAGES = {
    "pyobjc": ("pyobjc-framework-Metal==12.2.2", "macosx_11_0_universal2"),
    "mlx": ("mlx-metal==0.32.4", "macosx_14_0_arm64"),
}


def unpacked(name: str) -> Path:
    """Return the folder with the files of a package, and download it at first use.

    Raises
    ------
    PackageError
        If pip cannot get it.
    """
    requirement, platform = PACKAGES[name]
    wanted = (".hpp", ".so", "_metadata.py")
    return fetched(
        CACHE / "wheels", requirement, platform=platform, only=lambda file: file.endswith(wanted)
    )


def same_bool(encoding: str) -> str:
    """Return an encoding with BOOL as on Arm; on Intel it is a char."""
    return re.sub(r"(?<![{\w])c(?=\d)", "B", encoding)


def kinds(encoding: str) -> list[str]:
    """Return the types of a method's encoding: result, then arguments.

    Without the places, and without const, which metal-cpp's types have in other places.
    """
    parts = re.findall(r"(r?\^?(?:\{[^}]*\}|@\?|[a-zA-Z@#:*]))\d+", encoding)
    return [part.removeprefix("r") for part in (parts[0], *parts[3:])]


def apple_protocols() -> dict[str, dict[str, str]]:
    """Return the encodings of the methods of Metal's protocols, as Apple's compiler wrote them."""
    (binary,) = unpacked("pyobjc").glob("Metal/_Metal.*.so")
    found = macho.protocols(macho.read(binary)["x86_64"])
    return {
        name: {selector: same_bool(types).removeprefix("V") for selector, types in methods.items()}
        for name, methods in found.items()
    }


def apple_metadata() -> str:
    return (unpacked("pyobjc") / "Metal" / "_metadata.py").read_text()


def apple_constants() -> dict[str, int]:
    """Return the values of Metal's enumerations, by the names of their members."""
    return {k: int(v) for k, v in re.findall(r"(\w+)@(-?\d+)", apple_metadata())}


class MetalCpp:
    """Apple's C++ headers for Metal and Foundation."""

    def __init__(self) -> None:
        (folder,) = unpacked("mlx").rglob("metal_cpp")
        self.text = "\n".join(
            path.read_text()
            for path in sorted(folder.glob("*/*.hpp"))
            if path.parent.name in ("Metal", "Foundation")
        )
        self.selectors = dict(
            re.findall(r'_(?:MTL|NS)_PRIVATE_DEF_SEL\((\w+),\s*"([^"]+)"\)', self.text)
        )
        self.enums = {
            name: "q" if base == "NS::Integer" or base == "Integer" else "Q"
            for base, name in re.findall(
                r"_(?:MTL|NS)_(?:ENUM|OPTIONS)\(([\w:]+), (\w+)\)", self.text
            )
        }
        self.methods = self._read_methods()

    def _read_methods(self) -> dict[tuple[str, str], list[list[str]]]:
        pattern = re.compile(
            r"_(MTL|NS)_INLINE ([^\n;{}]*?)\s*(?:MTL|NS)::(\w+)::(\w+)\(([^{}]*?)\)(?: const)?\s*\{"
            r"([^}]*?_PRIVATE_SEL\((\w+)\)[^}]*)\}"
        )
        found: dict[tuple[str, str], list[list[str]]] = {}
        for prefix, result, owner, _, arguments, _, accessor in pattern.findall(self.text):
            parts = [part for part in self._split(arguments) if part]
            types = [self.kind(re.sub(r"\s*\b\w+$", "", part)) for part in parts]
            entry = [self.kind(result), *types]
            entry = [one.removeprefix("r") for one in entry]
            found.setdefault((prefix + owner, self.selectors[accessor]), []).append(entry)
        return found

    @staticmethod
    def _split(arguments: str) -> list[str]:
        return [part.strip() for part in re.split(r",(?![^(]*\))", arguments)]

    def kind(self, text: str) -> str:
        """Return how Objective-C encodes a C++ type of these headers; "?" where that is unknown."""
        text = re.sub(r"\b(?:MTL|NS|std)::|\bclass\b|\bstatic\b|\bconstexpr\b", "", text).strip()
        plain = {
            "void": "v",
            "bool": "B",
            "UInteger": "Q",
            "uint64_t": "Q",
            "GPUAddress": "Q",
            "Integer": "q",
            "CFTimeInterval": "d",
            "Range": "{_NSRange=QQ}",
            "uint8_t": "C",
            "Size": "{?=QQQ}",
            "const void*": "r^v",
            "void*": "^v",
            "const char*": "r*",
            "Timestamp*": "^Q",
            "dispatch_data_t": "@",
            "dispatch_queue_t": "@",
            "SEL": ":",
            "const dispatch_data_t": "@",
            "const dispatch_queue_t": "@",
            "StringEncoding": "Q",
            "ErrorDomain": "@",
            "const AutoreleasedComputePipelineReflection*": "^@",
        }
        if text in plain:
            return plain[text]
        if text in self.enums:
            return self.enums[text]
        if "(^" in text or re.search(r"(Handler|Block)$", text):
            return "@?"
        if text.endswith("**"):
            return "^@"
        return "@" if text.endswith("*") else "?"

    def constant(self, name: str) -> int | None:
        """Return the value of a member of an enumeration, None where there is none."""
        found = re.search(rf"\b{name.removeprefix('MTL')} = ([^,\n]+),", self.text)
        if not found:
            return None
        value = found[1].replace("NS::UIntegerMax", str(2**64 - 1))
        return int(eval(value, {}))
