"""The plugin of the field in tests/support/plugins/field: its builds and its kernels."""

from __future__ import annotations

from pathlib import Path

from support.compilation import SUFFIX, compile_c
from support.paths import TESTS

SOURCES = TESTS / "support" / "plugins" / "field"

# Switches; the README of the sources describes them.
SWITCHES = (
    *("COPY_READS", "PER_ITEM", "EVENTS"),
    *("NO_FILL", "NO_GETTERS", "NO_RELEASES", "NO_SCALAR", "NO_LIBRARY_DATA"),
)


def build(folder: Path, *switches: str, name: str = "cpu", stem: str = "field_cpu") -> Path:
    """Compile the plugin.

    Parameters
    ----------
    folder : Path
        Where the file is made.
    *switches : str
        Some of `SWITCHES`.
    name : str, optional
        The name that its runtime reports.
    stem : str, optional
        The file's name without ``lib``, the switches and ``_plugin``.

    Returns
    -------
    Path
        The shared library.

    Raises
    ------
    ValueError
        If there is no such switch.
    """
    unknown = sorted(set(switches) - set(SWITCHES))
    if unknown:
        raise ValueError(f"the field plugin has no switch {unknown[0]!r}: {', '.join(SWITCHES)}")
    first, *others = sorted(SOURCES.glob("*.c"))
    target = folder / f"lib{'_'.join([stem, *map(str.lower, sorted(switches))])}_plugin{SUFFIX}"
    flags = [f"-DFIELD_{switch}" for switch in switches]
    return compile_c(
        first,
        target,
        *("-Wall", "-Wextra", "-Werror", f'-DFIELD_NAME="{name}"'),
        *flags,
        *map(str, others),
        "-ldl",
    )


# Kernels in both of the field's conventions: add, scale and fill for ranges of groups, and the same
# once per item with "_item" behind the name.
KERNELS = """
#include <nexus-api/nxs_platform.h>
#define KERNEL(NAME, BODY, ...)                                                          \\
  NXS_API_EXPORT void NAME(__VA_ARGS__, const int *size, const int *id, void *shared,    \\
                           void *barrier) {                                              \\
    (void)shared, (void)barrier;                                                         \\
    for (int group = id[0]; group < id[1]; ++group) {                                    \\
      const int i = group * size[3] + id[2];                                             \\
      BODY                                                                               \\
    }                                                                                    \\
  }                                                                                      \\
  NXS_API_EXPORT void NAME##_item(__VA_ARGS__, const int *size, const int *id,           \\
                                  void *shared, void *barrier) {                         \\
    (void)shared, (void)barrier;                                                         \\
    const int i = id[0] * size[3] + id[3];                                               \\
    BODY                                                                                 \\
  }
KERNEL(add, if (i < *n) c[i] = a[i] + b[i];, const float *a, const float *b, float *c,
       const int *n)
KERNEL(scale, if (i < *n) x[i] *= *factor;, float *x, const float *factor, const int *n)
KERNEL(fill, if (i < *n) x[i] = *value;, int *x, const int *value, const int *n)
"""
