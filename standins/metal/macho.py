"""Contents of Mach-O files, read with LIEF."""

from __future__ import annotations

import struct
from pathlib import Path

import lief

# LIEF logs unknown load commands to the terminal.
lief.logging.disable()

ARCHITECTURES = {
    lief.MachO.Header.CPU_TYPE.X86_64: "x86_64",
    lief.MachO.Header.CPU_TYPE.ARM64: "arm64",
}
Image = lief.MachO.Binary
# Offsets in a protocol: lists of required and optional methods of instances and classes.
METHOD_LISTS = (24, 32, 40, 48)


def read(path: Path) -> dict[str, Image]:
    """Return the images of a file by architecture; ValueError where it is not a Mach-O file."""
    found = lief.MachO.parse(str(path))
    if not found:
        raise ValueError(f"{path} is not a Mach-O file")
    # Detached from the file's object, so that they outlive it.
    kinds = [image.header.cpu_type for image in found]
    images = (found.take(kind) for kind in kinds)
    return {architecture(image): image for image in images if image}


def architecture(image: Image) -> str:
    return ARCHITECTURES.get(image.header.cpu_type, "unknown")


def install_name(image: Image) -> str:
    """Return the install name of a dylib."""
    return str(image.get(lief.MachO.LoadCommand.TYPE.ID_DYLIB).name)


def libraries(image: Image) -> list[str]:
    """Return the install names of the libraries that an image links to."""
    return [str(library.name) for library in image.libraries if library.name != install_name(image)]


def exports(image: Image) -> set[str]:
    """Return the names of exported symbols."""
    return {str(symbol.name) for symbol in image.exported_symbols}


def imports(image: Image) -> dict[str, str]:
    """Return the libraries of imported symbols, by the symbol's name."""
    return {
        str(binding.symbol.name): str(binding.library.name)
        for binding in image.bindings
        if binding.has_library
    }


def pointer(image: Image, address: int) -> int:
    return int(struct.unpack("<Q", bytes(image.get_content_from_virtual_address(address, 8)))[0])


def text(image: Image, address: int) -> str:
    """Return the string at an address."""
    section = image.section_from_virtual_address(address)
    content, start = bytes(section.content), address - section.virtual_address
    return content[start : content.index(b"\0", start)].decode()


def protocols(image: Image) -> dict[str, dict[str, str]]:
    """Return the encodings of the methods of each Objective-C protocol, by selector."""
    found: dict[str, dict[str, str]] = {}
    section = image.get_section("__objc_protolist")
    for i in range(section.size // 8 if section else 0):
        protocol = pointer(image, section.virtual_address + 8 * i)
        methods = found.setdefault(text(image, pointer(image, protocol + 8)), {})
        for slot in METHOD_LISTS:
            if table := pointer(image, protocol + slot):
                size, count = divmod(pointer(image, table), 2**32)[::-1]
                for entry in range(table + 8, table + 8 + size * count, size):
                    selector = text(image, pointer(image, entry))
                    methods[selector] = text(image, pointer(image, entry + 8))
    return found
