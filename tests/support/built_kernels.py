"""A source with a header of its own, and the targets that tests build it for."""

from __future__ import annotations

from pathlib import Path

TARGETS = ("x86_64", "x86_64-v2", "x86_64-v4", "aarch64", "sm_80", "sm_90", "compute_80", "gfx90a")
KEPT = ("metal", "opencl")
HEADER = """
#pragma once
NXS_FUNCTION float scaled(float x, float factor) { return FACTOR * factor * x; }
"""
SOURCE = """
#include <nexus-api/nxs_kernel.h>
#ifndef FACTOR
#define FACTOR 1
#endif
#include "parts/scaled.h"
#include "parts/../parts/scaled.h"
struct pair { float a; int b; };
NXS_KERNEL(scale, NXS_IN(float, x), NXS_OUT(float, y), NXS_SCALAR(float, factor),
           NXS_SCALAR(nxs_int, n))
{
  NXS_ITEMS { const nxs_int i = NXS_GLOBAL_ID(0); if (i < n) y[i] = scaled(x[i], factor); }
}
NXS_KERNEL(exp, NXS_OUT(nxs_ushort, halves), NXS_OUT_ONCE(nxs_long, wide))
{
  NXS_ITEMS { wide[NXS_GLOBAL_ID(0)] = halves[NXS_GLOBAL_ID(0)]; }
}
NXS_KERNEL(structs, NXS_IN(struct pair, x), NXS_OUT(struct pair, y))
{
  NXS_ITEMS { y[NXS_GLOBAL_ID(0)].a = x[NXS_GLOBAL_ID(0)].a; }
}
NXS_KERNEL(nothing) { NXS_BARRIER; }
"""


def write_source(folder: Path) -> Path:
    """Write the source and its header to a folder."""
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "scaled.h").write_text(HEADER)
    (folder / "kernels.c").write_text(SOURCE)
    return folder / "kernels.c"
