"""A copy of our headers that is edited to another revision."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

from support.paths import ROOT

FUNCTIONS = "nexus-api/_nxs_functions.h"
PROPERTIES = "nexus-api/_nxs_propertys.h"
PLATFORM = "nexus-api/nxs_platform.h"
STATUS = "nexus-api/nxs.h"


class Tree:
    """A folder of headers. Each edit fails if there is nothing to edit.

    Attributes
    ----------
    folder : Path
        The folder.
    added : int
        How many functions the edits have appended.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.added = 0
        shutil.copytree(ROOT / "include", folder)

    def text(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace text wherever it stands in a header."""
        text = self.text(name)
        assert old in text, (name, old)
        self.write(name, text.replace(old, new))

    def remove(self, name: str, first: str, last: str) -> None:
        """Remove the text from one string to the end of another."""
        text = self.text(name)
        start = text.index(first)
        end = text.index(last, start) + len(last)
        self.write(name, text[:start] + text[end:])

    def functions(self, text: str) -> int:
        """Append to the list of functions, and return the line of the first one."""
        self.added += text.count("NEXUS_API_FUNC(")
        return self._append(FUNCTIONS, text)

    def properties(self, text: str) -> int:
        """Append to the list of properties, and return the line of the first one."""
        return self._append(PROPERTIES, text)

    def _append(self, name: str, text: str) -> int:
        head, end, tail = self.text(name).rpartition("\n#ifdef NXS_NO_")
        assert end
        self.write(name, head + "\n" + textwrap.dedent(text).strip() + "\n" + end + tail)
        return head.count("\n") + 2

    def platform(self, text: str) -> None:
        """Add declarations that the lists can use."""
        end = "\n#endif /* NXS_PLATFORM_H */"
        self.replace(PLATFORM, end, "\n" + textwrap.dedent(text) + end)
