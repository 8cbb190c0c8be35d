"""Images that were cut off or changed: each is refused or read, and nothing beyond it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.amd_images import SOURCE, bundle, clang_code

from nexus import status

NAME = "hipv4-amdgcn-amd-amdhsa--gfx90a"


@pytest.fixture(scope="module")
def code():
    return clang_code(SOURCE, "gfx90a", 5)


def must_survive(read, image):
    """Read an image, which may be refused; return whether it was not."""
    answer = read(image)
    assert answer.get("status", 0) in (0, status.NXS_InvalidBinary), answer
    assert "type" in answer or answer["message"]
    return "type" in answer


@pytest.mark.parametrize("form", ["code_object", "fat_binary"])
def test_each_length(read, code, form):
    image = code if form == "code_object" else bundle({NAME: code})
    assert must_survive(read, image)
    # A part of the word that a fat binary begins with is a text.
    for length in range(0 if form == "code_object" else 24, len(image)):
        read.refuses(image[:length])


def note_of(code):
    """Return where the contents of the note begin, and their size."""
    name = code.index(b"AMDGPU\0\0")
    return name + 8, struct.unpack_from("<I", code, name - 8)[0]


def changes(size):
    """Return places below a size, and new values of the bytes there."""
    change = st.tuples(st.integers(0, size - 1), st.integers(0, 255))
    return st.lists(change, min_size=1, max_size=8)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_changed_bytes(read, code, data):
    """In the header, the tables, the metadata, or anywhere."""
    note, size = note_of(code)
    table = struct.unpack_from("<Q", code, 40)[0]
    parts = [(0, 64), (64, 504), (note, size), (table, len(code) - table), (0, len(code))]
    begin, length = data.draw(st.sampled_from(parts))
    image = bytearray(code)
    for place, value in data.draw(changes(length)):
        image[begin + place] = value
    must_survive(read, bytes(image))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_changed_bytes_of_fat_binaries(read, code, data):
    image = bytearray(bundle({NAME: code}))
    for place, value in data.draw(changes(100)):
        image[24 + place] = value
    must_survive(read, bytes(image))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_other_metadata(read, code, data):
    note, size = note_of(code)
    other = data.draw(st.binary(min_size=size, max_size=size) | packed(size))
    read.refuses(code[:note] + other + code[note + size :])


def with_note(code, metadata):
    """Return the file with another note of metadata, at its end."""
    note = struct.pack("<III", 7, len(metadata), 32) + b"AMDGPU\0\0" + metadata
    image = bytearray(code + note)
    for segment in range(64, 64 + 56 * struct.unpack_from("<H", code, 56)[0], 56):
        if struct.unpack_from("<I", code, segment)[0] == 4:
            struct.pack_into("<Q", image, segment + 8, len(code))
            struct.pack_into("<Q", image, segment + 32, len(note))
    return bytes(image)


def test_lists_in_lists(read, code):
    note, size = note_of(code)
    assert must_survive(read, with_note(code, code[note : note + size]))
    reason = read.refuses(with_note(code, b"\x91" * 1_000_000))
    assert "its metadata are more than 32 levels deep" in reason


# Values of MessagePack that claim to be large, are of rare kinds, or begin deep lists.
LARGE = [start + b"\xff" * 4 for start in (b"\xdb", b"\xdd", b"\xdf", b"\xc6", b"\xc9")]
RARE = [b"\xc1", b"\xcb" + b"x" * 8, b"\xd3" + b"\xff" * 8, b"\xd0\x80", b"\xd8\1", b"\xc7\3\1"]
DEEP = [b"\x91", b"\x81\xa1a", b"\xdc\xff\xff"]


def packed(size):
    """Return such values, repeated, and what follows them."""
    head = st.sampled_from([*LARGE, *RARE, *DEEP])
    return st.tuples(head, st.integers(1, 100), st.binary(max_size=50)).map(
        lambda parts: (parts[0] * parts[1] + parts[2])[:size].ljust(size, b"\0")
    )
