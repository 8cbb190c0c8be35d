"""Compiles the plugin, a plain shared library, into the package."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

import nexus

SOURCE = Path("nexus_negate/plugin.cpp")
HEADERS = Path(nexus.get_include())
# Nothing gets out but the functions of the ABI, and threads may outlive everything else.
LINK = ["-Wl,--version-script=exports.map", "-Wl,-z,nodelete"]
if sys.platform == "darwin":
    LINK = ["-Wl,-exported_symbol,_nxs*"]


class BuildPlugin(build_ext):
    def run(self) -> None:
        target = Path(self.get_ext_fullpath("nexus_negate.plugin")).with_name("libnegate_plugin.so")
        target.parent.mkdir(parents=True, exist_ok=True)
        compiler = shlex.split(os.environ.get("CXX", "c++"))
        options = ["-std=c++20", "-O2", "-shared", "-fPIC", "-pthread", "-fvisibility=hidden"]
        command = [*compiler, *options, f"-I{HEADERS}", *LINK, str(SOURCE), "-o", str(target)]
        subprocess.run(command, check=True)


setup(ext_modules=[Extension("nexus_negate.plugin", [])], cmdclass={"build_ext": BuildPlugin})
