"""The kit that checks receive: a worker with the plugin, and the kernels for it."""

from __future__ import annotations

import builtins
import functools
from pathlib import Path
from typing import Any

from nexus.conformance.harness.plugin_calls import NotApplicable, PluginCalls
from nexus.conformance.harness.recipe import Recipe
from nexus.conformance.harness.survey import Survey, survey
from nexus.conformance.harness.values import WrongStatus

__all__ = ["Consequence", "Kit", "NotApplicable"]


class Consequence(AssertionError):  # noqa: N818  (a plugin's failure, not an error of the kit)
    """What a check needs does not work.

    Attributes
    ----------
    root : str
        Id of the check that tests what it needs.
    """

    def __init__(self, root: str, message: str) -> None:
        super().__init__(message)
        self.root = root


class Kit(PluginCalls):
    """A check's view of the plugin."""

    @functools.cached_property
    def survey(self) -> Survey:
        """What the kit knows of the plugin."""
        name = self.property("GetRuntimeProperty", None, "Name")
        return self.session.remembered(
            (name, self._kernels, self.profile),
            lambda: survey(self.session, name, self._kernels, lenient=self.profile == "core"),
        )

    @builtins.property
    def recipe(self) -> Recipe | None:
        """The kernels for this plugin, or None."""
        return self.survey.recipe

    def kernels_given(self) -> Recipe:
        """Return the kernels for this plugin.

        Raises
        ------
        NotApplicable
            If there are none.
        """
        recipe = self.recipe
        if recipe is None:
            raise NotApplicable(
                "there are no kernels for this runtime; provide some with --kernels"
            )
        return recipe

    def image(self) -> bytes:
        """Return the image of the kernels."""
        return self.kernels_given().image

    def image_path(self) -> str:
        """Return the path of the kernels' image."""
        path = self.kernels_given().path
        if path is None:
            path = Path(self.session.folder, "kernels.image")
            path.write_bytes(self.image())
        return str(path)

    def library(self, device: int = 0) -> int:
        """Create a library of the kernels, from a file where the plugin takes nothing else.

        Raises
        ------
        Consequence
            If it cannot be created, which is what another check tests.
        """
        call: tuple[Any, ...]
        if self.has("CreateLibrary"):
            image, root = self.image(), "library.create"
            call = ("CreateLibrary", device, image, len(image), 0)
        else:
            root = "library.from_file"
            call = ("CreateLibraryFromFile", device, self.image_path(), 0)
        return self._needed(root, *call)

    def _needed(self, root: str, *call: Any) -> int:
        """Make a call that must succeed; if it is not what the check tests, blame another one."""
        try:
            return self.ok(*call, timeout=60)
        except WrongStatus as error:
            if self.subject in ("", root):
                raise
            raise Consequence(root, str(error)) from error

    def kernel_name(self, name: str) -> str:
        """Return the name of a kernel in the library."""
        names = self.kernels_given().names
        if name not in names:
            raise NotApplicable(f"the kernels for this runtime have no {name!r}")
        return names[name]

    def kernel(self, name: str) -> int:
        """Create one of the kernels; its worker keeps the library.

        Raises
        ------
        Consequence
            If it cannot be created, or kernels do not work, which is what other checks test.
        """
        named = self.kernel_name(name)
        if self._library is None:
            self._library = self.library()
        if not self.survey.adds and self.subject not in ("", "kernel.add"):
            raise Consequence("kernel.add", "the kernel add does not work")
        root = "library.create" if self.has("CreateLibrary") else "library.from_file"
        return self._needed(root, "GetKernel", self._library, named)
