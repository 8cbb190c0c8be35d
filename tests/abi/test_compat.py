"""The header for sources of other projects: every name, in C and C++, by each compiler."""

import os
import re
import shlex
import subprocess

from support.compilation import WARNINGS
from support.paths import ROOT, TESTS

from nexus import status

SOURCE = TESTS / "abi" / "compat.c"
HEADER = ROOT / "include" / "nexus-api" / "nxs_compat.h"


def test_a_source_that_uses_every_name(compiler, language, tmp_path):
    count = len(status)
    program, compiled = tmp_path / "compat", tmp_path / "compat.o"
    command = [*compiler, *language, *WARNINGS, f"-I{ROOT / 'include'}", f"-DSTATUS_COUNT={count}"]
    # Optimized: to other code zig adds checks that need its sanitizer library.
    built = subprocess.run(
        [*command, "-O1", "-c", SOURCE, "-o", compiled], capture_output=True, text=True
    )
    assert built.returncode == 0, f"{shlex.join(map(str, built.args))}\n{built.stderr}"
    # By the system's compiler: zig would first compile its C and C++ libraries, for a minute.
    subprocess.run(
        [*shlex.split(os.environ.get("CXX", "c++")), compiled, "-o", program], check=True
    )
    result = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_source_uses_every_name_of_the_header():
    text = HEADER.read_text()
    names = set(re.findall(r"^#define (\w+)", text, re.M))
    names |= set(re.findall(r"^static inline [^(]*?(\w+)\(", text, re.M))
    names |= set(re.findall(r"^  (NPT_\w+|NXS_\w+) = ", text, re.M))
    names -= {"NXS_COMPAT_H", "NXS_COMPAT_CASE", "NXS_CONCAT_WORDS"}
    names -= {"NEXUS_API_FUNC", "NEXUS_API_PROP"}
    assert len(names) >= 40
    used = set(re.findall(r"\w+", SOURCE.read_text()))
    assert not names - used


def test_it_is_not_part_of_the_abi():
    others = [path for path in (ROOT / "include").rglob("*.h") if path != HEADER]
    assert not [path for path in others if "nxs_compat.h" in path.read_text()]
