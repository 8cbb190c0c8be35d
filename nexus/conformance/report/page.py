"""Writes a run as one self-contained HTML page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from nexus.conformance.report.outcome import Outcome, Report, State

_STYLE = """\
:root { color-scheme: light dark; --line: #8884; --pass: #1a7f37; --fail: #cf222e;
  --expected: #9a6700; --none: #6e7781; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid var(--line); }
td:last-child { text-align: right; white-space: nowrap; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { overflow: auto; padding: .6rem; border: 1px solid var(--line); border-radius: 4px;
  max-height: 30rem; }
.state { font-weight: 600; white-space: nowrap; }
.passed { color: var(--pass); } .failed, .fixed { color: var(--fail); }
.expected, .follows { color: var(--expected); } .not_applicable { color: var(--none); }
.verdict { font-size: 1.1rem; }
form, nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: 1rem 0; }
td a { color: inherit; }
dt { font-weight: 600; float: left; clear: left; width: 8rem; } dd { margin-left: 8.5rem; }
"""

# Shows the checks that have the text of the field in their row, and a state that is ticked.
_SCRIPT = """\
const filter = document.getElementById("filter");
function show() {
  const text = filter.elements.text.value.toLowerCase();
  const ticked = new Set([...filter.querySelectorAll("input:checked")].map(box => box.value));
  for (const row of document.querySelectorAll("tr[data-state]"))
    row.hidden = !ticked.has(row.dataset.state) || !row.textContent.toLowerCase().includes(text);
}
filter.addEventListener("input", show);
filter.addEventListener("submit", event => event.preventDefault());
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance of {title}</title>
<style>
{style}</style>
</head>
<body>
<h1>Conformance of {title}</h1>
{filter}
{runs}
<script>
{script}</script>
</body>
</html>
"""

_RUN = """\
<p class="verdict {kind}">{verdict}</p>
<dl>
{facts}
</dl>
{wrong}{notes}{contents}{groups}"""


def html(reports: Sequence[Report]) -> str:
    """Return runs as an HTML page: checks by group, failures, and how to reproduce them."""
    identity = reports[0].identity
    return _PAGE.format(
        title=escape(identity.name or identity.path),
        style=_STYLE,
        script=_SCRIPT,
        filter=_filter([outcome for report in reports for outcome in report.outcomes]),
        runs="\n".join(map(_run, reports)),
    )


def _run(report: Report) -> str:
    identity = report.identity
    facts = {
        "File": identity.path,
        "SHA-256": identity.sha256,
        "Runtime": identity.name,
        "Version": identity.version or "unknown",
        "ABI": identity.api or "unknown",
        "Devices": ", ".join(identity.devices) or "none",
        "Lacks": ", ".join(f"nxs{name}" for name in identity.missing),
        "Profile": report.profile,
        "Again": report.command + report.fuzzing,
        "Sanitizers": ", ".join(report.sanitize),
        "Seed": "" if report.seed is None else str(report.seed),
        "Took": f"{report.seconds:.1f} s",
        **report.environment,
    }
    wrong = [outcome for outcome in report.outcomes if outcome.state.is_wrong]
    groups: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        groups.setdefault(outcome.group, []).append(outcome)
    return _RUN.format(
        kind="passed" if report.holds else "failed",
        verdict=escape(f"{report.verdict}."),
        facts="\n".join(
            f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items() if value
        ),
        wrong=_links(wrong),
        contents=_contents(groups),
        notes="".join(f"<p>Note: {escape(note)}.</p>\n" for note in report.notes),
        groups="\n".join(_group(name, outcomes, report) for name, outcomes in groups.items()),
    )


def _filter(outcomes: Sequence[Outcome]) -> str:
    """Return a form that hides checks: a field for text, and a box for each state."""
    counts = Counter(outcome.state for outcome in outcomes)
    boxes = "\n".join(
        f'<label><input type="checkbox" value="{state.name.lower()}" checked> '
        f"{escape(state.value)} ({count})</label>"
        for state, count in counts.items()
    )
    field = '<input type="search" name="text" placeholder="Filter" aria-label="Filter">'
    return f'<form id="filter">\n{field}\n{boxes}\n</form>'


def _contents(groups: Mapping[str, Sequence[Outcome]]) -> str:
    """Return links to the groups."""
    links = "\n".join(
        f'<a href="#{escape(name)}">{escape(name)} ({len(outcomes)})</a>'
        for name, outcomes in groups.items()
    )
    return f"<nav>\n{links}\n</nav>\n"


def _links(outcomes: Sequence[Outcome]) -> str:
    """Return a list of failures with links to the details."""
    items = "\n".join(
        f'<li><a href="#{escape(outcome.id)}"><code>{escape(outcome.id)}</code></a>: '
        f"{escape((outcome.message or outcome.sentence).splitlines()[0])}</li>"
        for outcome in outcomes
    )
    return f"<h2>What is wrong</h2>\n<ul>\n{items}\n</ul>\n" if items else ""


def _group(name: str, outcomes: list[Outcome], report: Report) -> str:
    counts = Counter(outcome.state.value for outcome in outcomes)
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    rows = "\n".join(_row(outcome, report) for outcome in outcomes)
    name = escape(name)
    return f'<h2 id="{name}">{name}: {escape(told)}</h2>\n<table>\n{rows}\n</table>'


def _row(outcome: Outcome, report: Report) -> str:
    details = f"<br>{escape(outcome.sentence)}"
    if outcome.message:
        details += f"<pre>{escape(outcome.message)}</pre>"
    if outcome.root and outcome.state is State.FOLLOWS:
        root = escape(outcome.root)
        details += f'The same cause: <a href="#{root}"><code>{root}</code></a>'
    if outcome.state.is_wrong:
        details += f"Again: <code>{escape(report.again(outcome))}</code>"
    if outcome.c:
        summary = "<summary>The calls, as a program in C</summary>"
        details += f"<details>{summary}<pre>{escape(outcome.c)}</pre></details>"
    if outcome.missing:
        details += f"<p>{escape(outcome.missing)}</p>"
    place = f" {escape(outcome.header)}" if outcome.header else ""
    name, state = escape(outcome.id), outcome.state.name.lower()
    return (
        f'<tr id="{name}" data-state="{state}"><td class="state {state}">'
        f'{escape(outcome.state.value)}</td><td><a href="#{name}"><code>{name}</code></a>'
        f"{place}{details}</td><td>{outcome.seconds:.2f} s</td></tr>"
    )
