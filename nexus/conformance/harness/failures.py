"""Failures of calls whose code crashes, hangs or ends the process."""

from __future__ import annotations

import signal


class Failure(Exception):  # noqa: N818  (a plugin's failure, not an error of the kit)
    """The code under test ended the worker that called it.

    Attributes
    ----------
    function : str
        The function without ``nxs``, or ``load`` or ``exit``.
    output : str
        The end of what the worker printed, such as a sanitizer's report.
    """

    function: str
    output: str = ""

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text}\n{self.output}" if self.output else text


class Crash(Failure):
    """A signal ended the worker. Each function and signal has a class of its own."""

    signal: int


class Hang(Failure):
    """The call did not return in time. Each function has a class of its own."""


class Exited(Failure):
    """The plugin ended the process. Each function and exit status has a class of its own."""

    code: int


class Disconnected(Failure):
    """The plugin closed the kit's files, or wrote into them."""


class LoadError(Failure):
    """The plugin cannot be loaded; the message is the loader's."""


_classes: dict[str, type[Failure]] = {}


def _named(name: str, base: type[Failure], **attributes: object) -> type[Failure]:
    """Return the class of a name; hypothesis distinguishes failures by class."""
    if name not in _classes:
        _classes[name] = type(name, (base,), {"__module__": __name__, **attributes})
    return _classes[name]


def signal_name(number: int) -> str:
    """Return a signal's name, or its number if it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def crash(function: str, number: int) -> Failure:
    """Return the failure of a worker that a signal ended."""
    name = signal_name(number)
    kind = _named(f"Crash_{function}_{name}", Crash, function=function, signal=number)
    return kind(f"{described(function)} crashed: {name}")


def hang(function: str, timeout: float) -> Failure:
    """Return the failure of a call that did not return in time."""
    kind = _named(f"Hang_{function}", Hang, function=function)
    return kind(f"{described(function)} did not return within {timeout:g} s")


def exited(function: str, code: int) -> Failure:
    """Return the failure of a worker that the plugin ended."""
    kind = _named(f"Exited_{function}_{code}", Exited, function=function, code=code)
    return kind(f"{described(function)} ended the process with status {code}")


def disconnected(function: str) -> Failure:
    """Return the failure of a worker that is alive but lost its connection."""
    kind = _named(f"Disconnected_{function}", Disconnected, function=function)
    return kind(f"{described(function)} closed files that are not the plugin's, or wrote to them")


def load_error(message: str) -> Failure:
    """Return the failure of a file that cannot be loaded."""
    kind = _named("LoadError_load", LoadError, function="load")
    return kind(f"the plugin cannot be loaded: {message}")


def described(function: str) -> str:
    """Return the name of a function for messages."""
    places = {
        "load": "Loading the plugin",
        "exit": "The end of the process",
        "control": "The kit's call",
    }
    if function[:1].islower():
        return places.get(function, f"The kit's operation {function}")
    return f"nxs{function}"
