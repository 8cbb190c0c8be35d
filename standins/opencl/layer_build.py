"""Compiles the layer, once for each state of its sources."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from standins.cuda.compilation import compiler, run
from standins.locks import locked

from .installation import CACHE

LAYER_SOURCES = Path(__file__).parent / "layer"
SDK = Path(__file__).parents[2] / "sdk"
FLAGS = ["-std=c++20", "-O1", "-g", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread"]
FLAGS += ["-Wall", "-Wextra", "-Werror"]


def build_layer() -> Path:
    """Return the path of the layer's library, and compile it if it is out of date."""
    sources = [*sorted(LAYER_SOURCES.iterdir()), SDK / "nexus-sdk" / "khronos" / "cl_functions.hpp"]
    digest = hashlib.sha256(repr((compiler(), FLAGS)).encode())
    for source in sources:
        digest.update(source.read_bytes())
    library = CACHE / "layer" / digest.hexdigest()[:16] / "libnexus_faults.so"
    with locked(CACHE, "layer"):
        if not library.exists():
            library.parent.mkdir(parents=True, exist_ok=True)
            partial = library.with_suffix(".partial")
            command = [*compiler(), *FLAGS, f"-I{SDK}", str(LAYER_SOURCES / "layer.cpp")]
            run([*command, "-o", str(partial)])
            os.replace(partial, library)
    return library
