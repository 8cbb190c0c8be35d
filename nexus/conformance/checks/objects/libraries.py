"""Libraries: images and files, good and bad."""

from __future__ import annotations

from collections.abc import Iterator

from nexus.conformance.checks.support.subjects import (
    bad_devices,
    double_release,
    live_if_told,
    refused,
)
from nexus.conformance.harness import symbols
from nexus.conformance.harness.call_arguments import Guarded
from nexus.conformance.harness.failures import Failure
from nexus.conformance.harness.kit import Kit
from nexus.conformance.harness.registry import check
from nexus.conformance.harness.values import status_name

# An image is compiled or loaded, so these calls get more time.
_PATIENCE = 60.0

# Size of the header of which every bit is flipped. In the program headers and the dynamic section,
# which the system's loader reads, every third bit is flipped. The rest of an image of machine code
# may run when it is loaded, so a plugin cannot promise anything for it. In text, bits throughout
# are flipped, and of its beginning only those by which a plugin may tell formats apart, since each
# flip can cost a compilation.
_HEAD = 64
_STEP = 3
_HEAD_OF_TEXT = 4
_FLIPS_OF_TEXT = 100


def _create(kit: Kit, image: Guarded | bytes, size: int) -> int:
    return kit.worker.call("CreateLibrary", 0, image, size, 0, timeout=_PATIENCE).value


def _try_kernel(kit: Kit, library: int) -> None:
    """Look up a kernel in a library of an altered image; only a crash is an error."""
    kit.worker.call("GetKernel", library, kit.kernel_name("add"))
    if kit.has("ReleaseLibrary"):
        kit.ok("ReleaseLibrary", library)


def _survives(kit: Kit, images: Iterator[tuple[str, bytes]]) -> None:
    before = live_if_told(kit)
    for what, image in images:
        try:
            result = _create(kit, Guarded(image), len(image))
            if result >= 0:
                _try_kernel(kit, result)
        except Failure as failure:
            raise AssertionError(f"{what}: {failure}") from failure
        name = status_name(result)
        assert result >= 0 or not name.startswith("-"), (
            f"{what} gives {name}, which is not a status"
        )
    after = live_if_told(kit)
    assert after == before, f"damaged images leave objects behind: {before}, then {after}"


@check(
    "library.create",
    "An image gives a library; creating it twice gives two libraries.",
    function="CreateLibrary",
)
def create(kit: Kit) -> None:
    first, second = kit.library(), kit.library()
    assert first != second, f"two libraries have the handle {first}"
    name = kit.kernel_name("add")
    kit.ok("GetKernel", first, name)
    kit.ok("ReleaseLibrary", first)
    kit.ok("GetKernel", second, name)
    kit.ok("ReleaseLibrary", second)


@check("library.empty", "NULL or no bytes are InvalidValue.", function="CreateLibrary")
def empty(kit: Kit) -> None:
    for image, size in ((None, 0), (None, 100), (b"", 0), (b"abc", 0)):
        refused(kit, "InvalidValue", "CreateLibrary", 0, image, size, 0)


@check(
    "library.wrong_magic",
    "Bytes in an unknown format are refused with a status.",
    function="CreateLibrary",
)
def wrong_magic(kit: Kit) -> None:
    statuses = ("InvalidBinary", "BuildProgramFailure", "CompilerNotAvailable")
    images = (b"\0", b"\0" * 4096, b"\xff" * 100, b"no magic\0\1\2\3", bytes(range(256)) * 20)
    for image in images:
        refused(kit, statuses, "CreateLibrary", 0, Guarded(image), len(image), 0)


@check(
    "library.truncated",
    "A truncated image gives a status or a library without the kernel, never a crash.",
    function="CreateLibrary",
)
def truncated(kit: Kit) -> None:
    image = kit.image()
    lengths = sorted({1, 2, 4, 16, 63, 64, *range(0, len(image), max(1, len(image) // 24))} - {0})
    short = (length for length in lengths if length < len(image))
    _survives(kit, ((f"an image cut to {n} of {len(image)} bytes", image[:n]) for n in short))


@check(
    "library.bit_flipped",
    "An image with a flipped bit in its headers gives a status or a library, never a crash.",
    function="CreateLibrary",
    root="library.truncated",
)
def bit_flipped(kit: Kit) -> None:
    image = kit.image()
    is_text = b"\0" not in image
    places = {*range(8 * min(_HEAD_OF_TEXT if is_text else _HEAD, len(image)))}
    for part in symbols.loader_parts(image):
        places |= {*range(8 * part.start, 8 * min(part.stop, len(image)), _STEP)}
    if is_text:
        places |= {*range(0, 8 * len(image), max(1, 8 * len(image) // _FLIPS_OF_TEXT))}
    _survives(kit, (_flipped(image, place) for place in sorted(places)))


def _flipped(image: bytes, place: int) -> tuple[str, bytes]:
    data = bytearray(image)
    data[place // 8] ^= 1 << place % 8
    return f"an image with bit {place % 8} of byte {place // 8} flipped", bytes(data)


@check(
    "library.smaller_size",
    "An image is not read beyond the given size.",
    function="CreateLibrary",
    root="library.truncated",
)
def smaller_size(kit: Kit) -> None:
    image = kit.image()
    whole = len(image) // 3
    part = image[:whole]
    by_size = _create(kit, image, whole)
    by_itself = _create(kit, Guarded(part), whole)
    same = (by_size >= 0) == (by_itself >= 0)
    assert same, "bytes beyond the given size decide whether an image is accepted"


@check(
    "library.larger_size",
    "Trailing zeros that the size includes are ignored.",
    function="CreateLibrary",
)
def larger_size(kit: Kit) -> None:
    image = kit.image()
    for extra in (1, 7, 4096):
        _survives(kit, iter([(f"an image and {extra} zeros", image + bytes(extra))]))


@check(
    "library.guard_page",
    "An image is not read beyond its end, where an inaccessible page begins.",
    function="CreateLibrary",
)
def guard_page(kit: Kit) -> None:
    image = kit.image()
    library = kit.ok("CreateLibrary", 0, Guarded(image), len(image), 0, timeout=_PATIENCE)
    kit.ok("GetKernel", library, kit.kernel_name("add"))


@check(
    "library.image_free",
    "The image's memory may be changed once the call has returned.",
    function="CreateLibrary",
)
def image_free(kit: Kit) -> None:
    # The worker overwrites the memory that it passed as soon as the call has returned.
    library = kit.library()
    for name in ("add", "fill", "barrier"):
        if name in kit.kernels_given().names:
            kit.ok("GetKernel", library, kit.kernel_name(name))


@check(
    "library.device_index",
    "An out-of-range device index is InvalidDevice.",
    function="CreateLibrary",
)
def device_index(kit: Kit) -> None:
    bad_devices(kit, "CreateLibrary", b"image", 5, 0)
    bad_devices(kit, "CreateLibraryFromFile", "/missing", 0)


@check(
    "library.ends_kernels",
    "Releasing a library ends its kernels' handles, and no other library's.",
    function="ReleaseLibrary",
    root="handle.released",
)
def ends_kernels(kit: Kit) -> None:
    library, other = kit.library(), kit.library()
    name = kit.kernel_name("add")
    kernels = [kit.ok("GetKernel", library, name) for _ in range(3)]
    stays = kit.ok("GetKernel", other, name)
    schedule = kit.ok("CreateSchedule", 0, 0)
    before = live_if_told(kit)
    kit.ok("ReleaseLibrary", library)
    for kernel in kernels:
        refused(kit, "InvalidKernel", "CreateCommand", schedule, kernel, 0)
    if before:
        after = kit.live()
        expected = (before[0], before[1] - 1, before[2] - 3, *before[3:])
        assert after == expected, f"LiveObjects goes from {before} to {after}, not {expected}"
    kit.ok("CreateCommand", schedule, stays, 0)


@check(
    "library.double_release",
    "Releasing twice is an error status, never a crash.",
    function="ReleaseLibrary",
    root="buffer.double_release",
)
def released_twice(kit: Kit) -> None:
    double_release(kit, "library")
