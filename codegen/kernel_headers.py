"""Writes C++ that carries the headers of kernels, for plugins that compile kernels."""

from __future__ import annotations

from pathlib import Path

from codegen.text_file import replace_text

# Where the result belongs, below a folder of headers.
NAME = "nexus-sdk/kernels/header_texts.hpp"


def kernel_headers(include: Path) -> str:
    """Return the text of a C++ header with the texts of all headers that kernels may include.

    Parameters
    ----------
    include : pathlib.Path
        The folder with nexus-api/.
    """
    texts = {path.name: path.read_text("utf-8") for path in (include / "nexus-api").glob("*.h")}
    rows = "".join(
        f'    {{"nexus-api/{name}", R"nexus_header({text})nexus_header"}},\n'
        for name, text in sorted(texts.items())
    )
    return f"""// Generated from the headers in nexus-api by codegen/kernel_headers.py. Do not edit.
#pragma once

namespace nexus::sdk {{

// A header that kernels include, for compilers of kernels that find none on their own.
struct KernelHeader {{
  // As it stands in an #include: "nexus-api/nxs_kernel.h".
  const char *name;
  const char *text;
}};

inline constexpr KernelHeader kKernelHeaders[] = {{
{rows}}};

}}  // namespace nexus::sdk
"""


def write_kernel_headers(include: Path, target: Path) -> None:
    """Write that header below a folder of headers, where another build may be reading it."""
    replace_text(target / NAME, kernel_headers(include))
