"""Reads Mach-O files: what a test asks of a dylib, and what is compiled into Apple's wheels."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

ARCHITECTURES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
FAT, FAT64, MACHO64 = 0xCAFEBABE, 0xCAFEBABF, 0xFEEDFACF
SEGMENT, SYMTAB, DYLD_INFO, VERSION_MIN, BUILD_VERSION = 0x19, 0x2, 0x22, 0x24, 0x32
ID_DYLIB, LOAD_DYLIB, LOAD_WEAK_DYLIB, CODE_SIGNATURE = 0xD, 0xC, 0x18, 0x1D
REQUIRED = 0x80000000
DYLD_PARTS = ("rebase", "bind", "weak", "lazy", "export")


@dataclass
class Segment:
    name: str
    address: int
    size: int
    offset: int
    file_size: int


@dataclass
class Section:
    name: str
    address: int
    size: int


@dataclass
class Symbol:
    name: str
    kind: int
    section: int
    description: int
    value: int

    @property
    def undefined(self) -> bool:
        return self.kind & 0x0E == 0

    @property
    def library(self) -> int:
        """The place in the list of libraries of the one that has it, from 1."""
        return self.description >> 8


@dataclass
class Image:
    """One architecture of a Mach-O file."""

    data: bytes
    architecture: str
    file_type: int
    segments: list[Segment] = field(default_factory=list)
    sections: dict[str, Section] = field(default_factory=dict)
    symbols: list[Symbol] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    install_name: str = ""
    minimum_os: tuple[int, int] = (0, 0)
    signed: bool = False
    # What dyld relocates by, as opcodes, and the tree of what others can use.
    dyld_info: dict[str, bytes] = field(default_factory=dict)

    def offset(self, address: int) -> int:
        """Return where in the file an address lies."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.file_size:
                return address - segment.address + segment.offset
        raise ValueError(f"address {address:#x} is in no segment's file contents")

    def pointer(self, address: int) -> int:
        return int(struct.unpack_from("<Q", self.data, self.offset(address))[0])

    def text(self, address: int) -> str:
        return string_at(self.data, self.offset(address))

    @property
    def exports(self) -> dict[str, int]:
        """The addresses of what others can use, by name."""
        found: dict[str, int] = {}
        if self.dyld_info.get("export"):
            read_exports(self.dyld_info["export"], 0, "", found)
        return found

    @property
    def imports(self) -> dict[str, str]:
        """The libraries of what is used of others, by name."""
        return {
            symbol.name: self.libraries[symbol.library - 1]
            for symbol in self.symbols
            if symbol.undefined and symbol.kind & 1
        }


def string_at(data: bytes, offset: int) -> str:
    return data[offset : data.index(b"\0", offset)].decode()


def uleb(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and where the next byte is."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not byte & 0x80:
            return value, at


def read_exports(tree: bytes, at: int, prefix: str, found: dict[str, int]) -> None:
    size, at = uleb(tree, at)
    if size:
        _, address_at = uleb(tree, at)
        found[prefix] = uleb(tree, address_at)[0]
    at += size
    count, at = tree[at], at + 1
    for _ in range(count):
        name = string_at(tree, at)
        child, at = uleb(tree, at + len(name) + 1)
        read_exports(tree, child, prefix + name, found)


def read(path: Path) -> dict[str, Image]:
    """Return the images of a file by architecture, raising ValueError for what is no Mach-O."""
    data = path.read_bytes()
    (magic,) = struct.unpack_from(">I", data)
    if magic in (FAT, FAT64):
        entry = struct.Struct(">IIIII" if magic == FAT else ">IIQQII")
        (count,) = struct.unpack_from(">I", data, 4)
        images = []
        for i in range(count):
            _, _, offset, size, *_ = entry.unpack_from(data, 8 + entry.size * i)
            images.append(parse(data[offset : offset + size]))
    elif struct.unpack_from("<I", data)[0] == MACHO64:
        images = [parse(data)]
    else:
        raise ValueError(f"{path} is no 64-bit Mach-O file")
    return {image.architecture: image for image in images}


def parse(data: bytes) -> Image:
    """Read one architecture."""
    _, cpu, _, file_type, count, _, _, _ = struct.unpack_from("<8I", data)
    image = Image(data, ARCHITECTURES.get(cpu, f"cpu {cpu:#x}"), file_type)
    position = 32
    for _ in range(count):
        command, size = struct.unpack_from("<II", data, position)
        read_command(image, command & ~REQUIRED, position)
        position += size
    return image


def read_command(image: Image, command: int, position: int) -> None:
    data = image.data
    if command == SEGMENT:
        read_segment(image, position)
    elif command == SYMTAB:
        offset, count, strings, _ = struct.unpack_from("<4I", data, position + 8)
        for i in range(count):
            entry = struct.unpack_from("<IBBHQ", data, offset + 16 * i)
            image.symbols.append(Symbol(string_at(data, strings + entry[0]), *entry[1:]))
    elif command == DYLD_INFO:
        places = struct.unpack_from("<10I", data, position + 8)
        for name, at, size in zip(DYLD_PARTS, places[::2], places[1::2], strict=True):
            image.dyld_info[name] = data[at : at + size]
    elif command in (ID_DYLIB, LOAD_DYLIB, LOAD_WEAK_DYLIB):
        (at,) = struct.unpack_from("<I", data, position + 8)
        name = string_at(data, position + at)
        if command == ID_DYLIB:
            image.install_name = name
        else:
            image.libraries.append(name)
    elif command in (VERSION_MIN, BUILD_VERSION):
        at = position + (8 if command == VERSION_MIN else 12)
        (version,) = struct.unpack_from("<I", data, at)
        image.minimum_os = (version >> 16, version >> 8 & 0xFF)
    elif command == CODE_SIGNATURE:
        image.signed = True


def read_segment(image: Image, position: int) -> None:
    data = image.data
    name = data[position + 8 : position + 24].rstrip(b"\0").decode()
    image.segments.append(Segment(name, *struct.unpack_from("<4Q", data, position + 24)))
    (count,) = struct.unpack_from("<I", data, position + 64)
    for i in range(count):
        at = position + 72 + 80 * i
        section = data[at : at + 16].rstrip(b"\0").decode()
        image.sections[section] = Section(section, *struct.unpack_from("<QQ", data, at + 32))


def protocols(image: Image) -> dict[str, dict[str, str]]:
    """Return the encodings of the methods of each Objective-C protocol, by selector."""
    found: dict[str, dict[str, str]] = {}
    section = image.sections.get("__objc_protolist")
    for i in range(section.size // 8 if section else 0):
        protocol = image.pointer(section.address + 8 * i)
        methods = found.setdefault(image.text(image.pointer(protocol + 8)), {})
        # Required and optional ones, of instances and of classes.
        for slot in (24, 32, 40, 48):
            table = image.pointer(protocol + slot)
            if not table:
                continue
            size, count = struct.unpack_from("<II", image.data, image.offset(table))
            for k in range(count):
                entry = table + 8 + size * k
                selector = image.text(image.pointer(entry))
                methods[selector] = image.text(image.pointer(entry + 8))
    return found
