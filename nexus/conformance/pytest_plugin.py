"""The pytest plugin: ``pytest --pyargs nexus.conformance --nexus-plugin=PATH``.

Each check is a test. pytest finds it by its entry point; without the option it does nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nexus.conformance.options import PROFILES

if TYPE_CHECKING:
    from nexus.conformance.harness.registry import Check
    from nexus.conformance.runner import Runner, Settings

_SETTINGS = pytest.StashKey["Settings"]()
_RUNNER = pytest.StashKey["Runner"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("nexus", "conformance of Nexus plugins")
    add = group.addoption
    add("--nexus-plugin", metavar="PATH", help="the plugin to check")
    add("--nexus-profile", choices=PROFILES, default="full", help="which rules hold for it")
    add("--nexus-known-failures", metavar="FILE", help="lines of the form ID: REASON")
    add("--nexus-kernels", metavar="DIR", help="a manifest of kernels for the plugin")
    add("--nexus-sanitize", metavar="LIST", default="", help="address, undefined, thread")
    add("--nexus-no-fork", action="store_true", help="start each worker by exec")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse invalid options before anything is run."""
    if not config.getoption("--nexus-plugin"):
        return
    from nexus.conformance.harness.recipe import RecipeError
    from nexus.conformance.harness.sanitizers import SanitizerError
    from nexus.conformance.known_failures import KnownFailuresError

    plugin = config.getoption("--nexus-plugin")
    if not Path(plugin).is_file():
        raise pytest.UsageError(f"there is no file {plugin!r}")
    try:
        config.stash[_SETTINGS] = _settings(config)
    except (KnownFailuresError, RecipeError, SanitizerError) as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the checks if the kit's package is an argument of pytest."""
    if path == Path(__file__).parent and parent.config.getoption("--nexus-plugin"):
        return Checks.from_parent(parent, path=path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the workers."""
    runner = config.stash.get(_RUNNER, None)
    if runner is not None:
        runner.close()


class Checks(pytest.Directory):
    """The checks of the kit."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each check."""
        from nexus.conformance.harness.registry import all_checks
        from nexus.conformance.runner import LOADS

        for check in (LOADS, *all_checks()):
            yield CheckItem.from_parent(self, name=check.id, check=check)


class CheckItem(pytest.Item):
    """A check as a test."""

    def __init__(self, *, check: Check, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.check = check

    def setup(self) -> None:
        """Mark a known failure as a strict expected failure."""
        reason = _runner(self.config).settings.known.get(self.check.id)
        if reason is not None:
            self.add_marker(pytest.mark.xfail(reason=reason, strict=True))

    def runtest(self) -> None:
        """Run the check."""
        from nexus.conformance.report.outcome import State

        outcome = _runner(self.config).run(self.check)
        if outcome.state is State.NOT_APPLICABLE:
            pytest.skip(outcome.message)
        programs = {
            "calls, for nexus conformance --replay": json.dumps(outcome.recording),
            "program in C": outcome.c,
            "missing programs": outcome.missing,
        }
        for title, text in programs.items():
            if text and text != "null":
                self.add_report_section("call", title, text)
        if outcome.state in (State.FAILED, State.EXPECTED):
            raise CheckFailed(outcome.message)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object) -> str:
        """Return what is wrong, without the kit's own traceback."""
        if isinstance(excinfo.value, CheckFailed):
            return f"{self.check.sentence}\n({self.check.header})\n{excinfo.value}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return what pytest shows for the test."""
        return self.path, None, self.check.id


class CheckFailed(Exception):  # noqa: N818  (shown by its message alone)
    """The plugin breaks the rule."""


def _settings(config: pytest.Config) -> Settings:
    from nexus.conformance import known_failures as known
    from nexus.conformance.harness.sanitizers import SanitizerError, passes
    from nexus.conformance.runner import Settings

    option = config.getoption
    runs = passes(option("--nexus-sanitize"))
    if len(runs) > 1:
        raise SanitizerError("the sanitizer thread needs a run of its own")
    return Settings(
        plugin=option("--nexus-plugin"),
        profile=option("--nexus-profile"),
        sanitize=runs[0],
        kernels=option("--nexus-kernels"),
        known=known.read(option("--nexus-known-failures")),
        fork=not option("--nexus-no-fork"),
    )


def _runner(config: pytest.Config) -> Runner:
    """Return the one runner of this process."""
    from nexus.conformance.runner import Runner

    if _RUNNER not in config.stash:
        config.stash[_RUNNER] = Runner(config.stash[_SETTINGS])
    return config.stash[_RUNNER]
