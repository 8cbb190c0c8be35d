"""The base type of all objects, compiled; made by codegen/core_source.py."""

from collections.abc import Callable
from typing import Any, Final

KINDS: Final[dict[str, int]]

class Object:
    _handle: int
    _unusual: bool
    @property
    def _parent(self) -> Any: ...
    @property
    def _table(self) -> Any: ...
    def _take_handle(self) -> int: ...
    def _bind(self, parent: Object, handle: int, kind: int, /) -> None: ...
    def _bind_root(
        self, parent: Any, table: Any, address: int, handle: int, kind: int, /
    ) -> None: ...

class Memory(Object):
    _layout: Any
    _shared: Any
    _base: Any
    _viewed: int
    _pins: int
    _pinned: int

class Step(Object):
    _kernel: Any
    _event: Any
    _accepted: Any
    _buffers: Any
    _given: Any

class Failure:
    @property
    def status(self) -> int: ...
    @property
    def handle(self) -> int: ...
    @property
    def kind(self) -> Any: ...
    @property
    def device(self) -> Any: ...
    @property
    def function(self) -> str: ...
    @property
    def said(self) -> bytes: ...

def install(cls: type[Object], name: str, function: Callable[..., Any], doc: bytes, /) -> None: ...
def configure(int_properties: dict[Any, int], success: object, /) -> None: ...
def configure_errors(classes: dict[int, Any], default: type[Exception], /) -> None: ...
def configure_commands(cls: type[Step], kernel: type[Object], /) -> None: ...
def configure_buffers(cls: type[Memory], layout_of_bytes: Callable[[int], Any], /) -> None: ...
