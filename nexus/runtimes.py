"""The runtimes of this machine: found and loaded once."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any, overload

from nexus._enums import function as Function
from nexus._enums import status as Status
from nexus._objects import log, plugin
from nexus._objects.identity import Identity
from nexus._objects.names import nearest
from nexus._objects.plugin import Refusal
from nexus.arrays.dtypes import DTypeLike
from nexus.buffer import Buffer
from nexus.device import Device
from nexus.errors import NexusError, NotFoundError
from nexus.runtime import Runtime


class Runtimes(Sequence[Runtime], Identity):
    """The runtimes of this machine: CPUs first, runtimes without devices last."""

    __slots__ = ("_refused", "_runtimes", "_system")

    _instead = "in another process, call nexus.get_runtimes() there"

    def __init__(self, runtimes: Sequence[Runtime], refused: Sequence[Refusal] = ()) -> None:
        self._runtimes = tuple(runtimes)
        self._refused = tuple(refused)
        # The device of system buffers. Looked for once: a device that is lost afterwards, as all
        # are in a forked child, then says so itself.
        devices = (device for runtime in self._runtimes for device in runtime.get_devices())
        self._system = next(filter(_is_cpu, devices), None)

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """The plugins that are not used, each with a reason."""
        return self._refused

    def get(self, which: int | str) -> Runtime:
        """Return one runtime.

        Parameters
        ----------
        which : int or str
            Position in the list, or name.

        Raises
        ------
        IndexError
            If the position is out of range.
        NotFoundError
            If no runtime has that name.
        """
        return self._named(which) if isinstance(which, str) else self[which]

    @overload
    def __getitem__(self, index: int) -> Runtime: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Runtime]: ...
    def __getitem__(self, index: int | slice) -> Runtime | Sequence[Runtime]:
        if isinstance(index, str):
            return self._named(index)
        try:
            return self._runtimes[index]
        except IndexError:
            raise IndexError(
                f"runtime index {index} is out of range: there are {len(self._runtimes)} runtimes"
            ) from None

    def __len__(self) -> int:
        return len(self._runtimes)

    def __repr__(self) -> str:
        return f"nexus.Runtimes({list(self._runtimes)!r})"

    def _named(self, name: str) -> Runtime:
        for runtime in self._runtimes:
            if runtime.name == name:
                return runtime
        names = [runtime.name for runtime in self._runtimes]
        known = ", ".join(names) or "none"
        raise NotFoundError(
            f"there is no runtime {name!r}; there is {known}{nearest(name, names)}",
            Status.NXS_InvalidRuntime,
        )


_lock = threading.RLock()
_loading = False
_runtimes: Runtimes | None = None


def get_runtimes() -> Runtimes:
    """Return the runtimes of this machine.

    The first call finds and opens the plugins: those of ``NEXUS_PLUGIN_PATH`` (files or folders),
    of installed packages (entry points ``nexus.plugins``), and those that come with this package.
    If two plugins report the same name, the first is used, those that ``NEXUS_PLUGINS_PREFER``
    names before all others.

    Returns
    -------
    nexus.Runtimes
        CPUs first, runtimes without devices last.

    Warns
    -----
    PluginWarning
        For each plugin that cannot be used, with file and reason; for each whose name an earlier
        one has, unless ``NEXUS_PLUGINS_PREFER`` is set; and for each that can be used and reports a
        problem, such as a wrong value of an environment variable. Where a filter makes an exception
        of it, the first call raises, and later calls return the runtimes of the other plugins.

    Raises
    ------
    NexusError
        If it is called while plugins are being loaded, as by an entry point or a log handler.

    Examples
    --------
    >>> import nexus
    >>> nexus.get_runtimes()[0].name
    'cpu'
    """
    return _runtimes or _load_once()


def _load_once() -> Runtimes:
    global _loading, _runtimes
    with _lock:
        if _runtimes is not None:
            return _runtimes
        if _loading:
            raise NexusError(
                "get_runtimes() was called by code that runs while plugins are being loaded, such "
                "as an entry point or a log handler; call it afterwards"
            )
        _loading = True
        try:
            runtimes, refused = _load()
            loaded = _runtimes = Runtimes(sorted(runtimes, key=_rank), refused)
        finally:
            _loading = False
    _warn(loaded)
    return loaded


def _warn(runtimes: Runtimes) -> None:
    """Warn about plugins that are not used, and of what is wrong with the others."""
    chosen = plugin.PREFER in os.environ
    for refusal in runtimes.refused:
        if not refusal.shadowed:
            plugin.warn(f"plugin {refusal.describe()} is not used: {refusal.reason}")
        elif not chosen:
            plugin.warn(
                f"plugin {refusal.describe()} is not used: {refusal.reason}, which comes first; "
                f"{plugin.PREFER} chooses, by path or name"
            )
    for runtime in runtimes:
        if len(runtime) and (message := runtime.message):
            plugin.warn(f"runtime {runtime.name!r}: {message}")


def get_runtime(name: str) -> Runtime:
    """Return the runtime with a name; raises `NotFoundError` if no runtime has it.

    Examples
    --------
    >>> import nexus
    >>> nexus.get_runtime("cpu").get_device(0).type
    'cpu'
    """
    return get_runtimes().get(name)


def create_buffer(
    data: Any, dtype: DTypeLike = None, copy: bool | None = True, settings: int = 0
) -> Buffer:
    """Create a system buffer, one on the first CPU; see ``Device.create_buffer``.

    Raises
    ------
    NotFoundError
        If no runtime has a CPU.
    """
    return _system_device().create_buffer(data, dtype, copy, settings)


def _system_device() -> Device:
    runtimes = get_runtimes()
    if runtimes._system is not None:
        return runtimes._system
    names = ", ".join(runtime.name for runtime in runtimes) or "none"
    raise NotFoundError(
        f"system buffers need a device of type 'cpu', and no runtime has one (there is: {names})",
        Status.NXS_DeviceNotFound,
    )


def _load() -> tuple[list[Runtime], list[Refusal]]:
    plugins, refused = plugin.load()
    found: dict[str, Runtime] = {}
    for opened in plugins:
        try:
            runtime = Runtime(_adapted(opened))
        except NexusError as error:
            refused.append(plugin.refusal(opened, str(error)))
            continue
        if not runtime.get_devices():
            log.write("info", "%s (%s)", runtime.describe(), runtime.path)
        first = found.setdefault(runtime.name, runtime)
        if first is not runtime:
            log.write(
                "info", "runtime %r of %s is shadowed by %s", first.name, runtime.path, first.path
            )
            reason = f"runtime {first.name!r} is that of {first.path}"
            refused.append(Refusal(runtime.path, runtime.origin, reason, shadowed=True))
    return list(found.values()), refused


def _adapted(opened: plugin.Plugin) -> plugin.Plugin:
    """Return a plugin behind a substitute where it does not keep the contract."""
    if opened.has(Function.nxsGetApiVersion):
        return opened
    # Few programs meet such plugins.
    from nexus.field_plugins.substitute import FieldPlugin

    return FieldPlugin(opened)


def _rank(runtime: Runtime) -> tuple[bool, bool]:
    devices = runtime.get_devices()
    return not devices, not devices or not _is_cpu(devices[0])


def _is_cpu(device: Device) -> bool:
    try:
        return device.type == "cpu"
    except NexusError as error:
        # A lost device must not hide the others.
        log.write("warning", "left out in the search for CPUs: %s", error)
        return False
