"""Objects that exist once: neither copied nor pickled."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn


class Identity:
    """An object that owns a thing of a plugin; a copy would be a second owner.

    Equality and hash are those of the object itself. Weak references work.
    """

    __slots__ = ("__weakref__",)

    # What to do instead of copying or pickling an object of the class.
    _instead: ClassVar[str] = "pass on the object itself"

    def __copy__(self) -> NoReturn:
        self._refuse("copied")

    def __deepcopy__(self, memo: Any) -> NoReturn:
        self._refuse("copied")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        self._refuse("pickled")

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be {what}: {self._instead}")
