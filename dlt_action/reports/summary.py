"""
The step summary: what a person who sees a red cross, or a green tick, wants to know.

The verdict comes first, then why, then what to do, then the facts, the worst of each
kind first. Long lists are folded and then counted: nobody reads the hundredth row, and
a summary above 1 MiB is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dlt_action.core.jobs.rows import JobRun
from dlt_action.core.markdown import block, code, details, inline, quoted, table
from dlt_action.core.model import Attribution, Result
from dlt_action.core.record import Asked, Attempt, Outcome, Record
from dlt_action.core.words import count, duration, plural
from dlt_action.errors import InputProblem
from dlt_action.reports.cause import cause_section, explained, skipped
from dlt_action.reports.comparison import comparison
from dlt_action.reports.diagrams import lineage_section, timeline_section
from dlt_action.reports.expectations import expectations_section
from dlt_action.reports.folding import left_out
from dlt_action.reports.gatetable import gate_section
from dlt_action.reports.jobtable import run_link, tasks_section
from dlt_action.reports.links import LONGEST_NAME, link, prose, without_scheme
from dlt_action.reports.order import (
    ended_badly,
    rows_of,
    said_of,
    speaks_http,
    worst_outcomes_first,
)
from dlt_action.reports.overview import (
    called,
    heading_of_all,
    rest_of_verdict,
    table_of_all,
)
from dlt_action.reports.sections import (
    attempts_section,
    errors_section,
    flows_section,
)
from dlt_action.reports.titles import MARKS, title_of

_ATTRIBUTIONS = {
    Attribution.CONFIRMED: "",  # as it should be: nothing to say
    Attribution.INFERRED: "inferred: the answer to the start was lost",
    Attribution.ATTACHED: "attached: it was not started by this step",
}
_LONG_WORDS = 200  # characters; more of them are easier to read in a block
_LONGEST_WORDS = 2000
_SHOWN_NAMES = 10
MOST_DRAWN = 5  # pipelines with pictures: a page with dozens is slow to draw
SHOWN_SECTIONS = 5  # of more of them, those on what is well are folded
LARGEST = 950_000  # bytes of a report on several: a summary has room for 1 MiB
_LARGEST_SHARE = 4  # the part of the room that one of several may take
_CUT = "_There is no room here for all of it: `report-dir` has the rest._"


def render(record: Record) -> str:
    """The step summary of *record* as Markdown."""
    sections = sections_of(record)
    if len(sections) == 1:
        (outcome,) = sections
        where = _where(record.asked)
        parts = [*_outcome(outcome, record.asked, drawn=True, where=where)]
    else:
        parts = [part for part in _overview(record) if part]
        room = LARGEST - sum(map(_size, parts))
        where = _where(record.asked) if len(record.outcomes) == 1 else []
        parts += _sections(sections, record.asked, room, where)
    return "\n\n".join([*parts, _footer(record)]) + "\n"


def sections_of(record: Record) -> list[Outcome]:
    """What has a section of its own, the worst first; a job run before its parts."""
    return [
        one
        for outcome in worst_outcomes_first(record.outcomes)
        for one in (outcome, *worst_outcomes_first(outcome.parts))
    ]


def _overview(record: Record) -> Iterator[str]:
    """All pipelines at a glance, where there are several."""
    if len(record.outcomes) > 1:
        yield f"## {heading_of_all(record)}"
        yield rest_of_verdict(record)
        yield table_of_all(record)
        facts = (f"{label} {value}" for label, value in _where(record.asked) if value)
        yield " · ".join(facts)


def _sections(
    sections: Sequence[Outcome],
    asked: Asked,
    room: int,
    where: Sequence[tuple[str, str]],
) -> Iterator[str]:
    """A section each, as long as there is *room* for them; good ones are folded."""
    wanted = [one for one in sections if one.result is not Result.SKIPPED]
    for number, outcome in enumerate(wanted):
        left = len(wanted) - number
        drawn = number < MOST_DRAWN
        text = "\n\n".join(_outcome(outcome, asked, drawn=drawn, where=where))
        if _size(text) > max(room // left, room // _LARGEST_SHARE):
            text = "\n\n".join((*_briefly(outcome, asked), _CUT))
        if _size(text) > room:
            yield left_out(left, "pipeline")
            return
        room -= _size(text)
        folds = len(wanted) > SHOWN_SECTIONS and not ended_badly(outcome)
        yield details(_title(outcome, asked), text) if folds else text


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _briefly(outcome: Outcome, asked: Asked) -> Iterable[str]:
    """What has to be said of an outcome where there is no room for all of it."""
    parts = (
        _heading(outcome, asked),
        *cause_section(outcome),
        _verdict(outcome, asked),
        _said(outcome),
        f"**What to do:** {prose(outcome.advice, asked)}" if outcome.advice else "",
        _facts(outcome, asked),
    )
    return (part for part in parts if part)


def _outcome(
    outcome: Outcome,
    asked: Asked,
    *,
    drawn: bool,
    where: Sequence[tuple[str, str]] = (),
) -> Iterable[str]:
    parts = (
        _heading(outcome, asked),
        *cause_section(outcome),
        _verdict(outcome, asked),
        _inputs(outcome),
        _said(outcome),
        f"**What to do:** {prose(outcome.advice, asked)}" if outcome.advice else "",
        block(outcome.paste) if outcome.paste else "",
        _warnings(outcome, asked),
        _facts(outcome, asked, where),
        tasks_section(outcome, asked),
        comparison(outcome, asked),
        "" if outcome.task else gate_section(outcome, asked),
        errors_section(outcome),
        attempts_section(outcome, asked),
        lineage_section(outcome) if drawn else "",
        flows_section(outcome),
        timeline_section(outcome) if drawn else "",
        expectations_section(outcome),
    )
    return (part for part in parts if part)


def _heading(outcome: Outcome, asked: Asked) -> str:
    return f"## {_title(outcome, asked)}"


def _title(outcome: Outcome, asked: Asked) -> str:
    title = f"{MARKS[outcome.result]} {title_of(outcome)}"
    shown = code(called(outcome) or asked.pipeline, LONGEST_NAME)
    return f"{title}: {shown}" if shown else title


def _verdict(outcome: Outcome, asked: Asked) -> str:
    parts = (prose(outcome.reason, asked), skipped(outcome))
    return " ".join(part for part in parts if part)


def _inputs(outcome: Outcome) -> str:
    return "\n".join(map(_input, outcome.input_problems))


def _input(problem: InputProblem) -> str:
    line = f"* {code(problem.name)}: {quoted(problem.what)} {quoted(problem.remedy)}"
    return f"{line}\n\n{block(problem.paste)}\n" if problem.paste else line


def _said(outcome: Outcome) -> str:
    said = said_of(outcome)
    # Of a task whose update tells its cause, the Jobs service says nothing more.
    of_job = outcome.task or outcome.job is not None
    if not said or (of_job and explained(outcome) is not None):
        return ""
    label = "The API said" if speaks_http(said) else "Cause"
    if len(said) > _LONG_WORDS:
        return f"**{label}:**\n\n{block(said.strip(), _LONGEST_WORDS)}"
    return f"**{label}:** {code(said)}"


def _warnings(outcome: Outcome, asked: Asked) -> str:
    return "\n".join(f"* ⚠️ {prose(text, asked)}" for text in outcome.warnings)


def _facts(
    outcome: Outcome, asked: Asked, where: Sequence[tuple[str, str]] = ()
) -> str:
    last = outcome.attempts[-1] if outcome.attempts else None
    name = outcome.pipeline_name or outcome.pipeline_id or ""
    facts = [
        ("Job run", "" if outcome.job is None else _job_run(outcome.job, asked)),
        ("Task", code(outcome.task, LONGEST_NAME)),
        ("Pipeline", link(name, outcome.pipeline_url, asked)),
        ("Update", "" if last is None else link(last.update_id, last.url, asked)),
        ("Kind", _kind(asked)),
        ("State", "" if last is None else _states(last)),
        ("Attempts", count(len(outcome.attempts)) if len(outcome.attempts) > 1 else ""),
        ("Attribution", _attribution(outcome)),
        ("Duration", _duration(outcome, whole=bool(where) and not outcome.task)),
        ("Defines", _definitions(outcome)),
        ("Rows&nbsp;written", _optional(rows_of(outcome))),
        *([] if outcome.task else where),
    ]
    rows = [[f"**{label}**", value] for label, value in facts if value]
    return table(["", ""], rows) if rows else ""


def _where(asked: Asked) -> list[tuple[str, str]]:
    """In which workspace, and as whom: facts of the whole step."""
    workspace = link(without_scheme(asked.host), f"{asked.host}/", asked)
    return [("Workspace", workspace), ("Sign-in", inline(asked.sign_in))]


def _job_run(job: JobRun, asked: Asked) -> str:
    name = code(job.name, LONGEST_NAME)
    state = inline(job.state, LONGEST_NAME)
    return " · ".join(part for part in (run_link(job, asked), name, state) if part)


def _kind(asked: Asked) -> str:
    names = [code(name, LONGEST_NAME) for name in asked.selection[:_SHOWN_NAMES]]
    if len(asked.selection) > _SHOWN_NAMES:
        names.append(plural(len(asked.selection) - _SHOWN_NAMES, "more name"))
    return ": ".join(part for part in (inline(asked.kind), ", ".join(names)) if part)


def _attribution(outcome: Outcome) -> str:
    attribution = outcome.attribution
    # A job run is ours by its id, and its update is found by cause and time.
    if attribution is None or outcome.job is not None or outcome.task:
        return ""
    return _ATTRIBUTIONS[attribution]


def _states(attempt: Attempt) -> str:
    if not attempt.phases:
        return inline(attempt.state_text, LONGEST_NAME)
    states = [
        inline(phase.state, LONGEST_NAME)
        + ("" if phase.seconds is None else f" {duration(phase.seconds)}")
        for phase in attempt.phases
    ]
    # The API may know of an end that the log has not told yet.
    if attempt.state.terminal and attempt.phases[-1].state != attempt.state_text:
        states.append(inline(attempt.state_text, LONGEST_NAME))
    return " → ".join(states)


def _duration(outcome: Outcome, *, whole: bool) -> str:
    """How long the update took, and the *whole* step, if that is it, with its waits."""
    step = duration(outcome.seconds) if outcome.seconds >= 1 else ""
    last = outcome.attempts[-1] if len(outcome.attempts) == 1 else None
    if last is None or last.created is None or last.ended is None:
        return step
    update = duration((last.ended - last.created).total_seconds())
    says_more = whole and step not in ("", update)
    return f"{update} · this step {step}" if says_more else update


def _definitions(outcome: Outcome) -> str:
    """What a dry run found, where no flow ran."""
    if outcome.result is not Result.VALIDATED:
        return ""
    declared = sum(len(dataset.declared) for dataset in outcome.datasets)
    found = (
        (len(outcome.flows), "flow"),
        (len(outcome.datasets), "dataset"),
        (declared, "expectation"),
    )
    return " · ".join(plural(number, noun) for number, noun in found if number)


def _optional(number: int | None) -> str:
    return "" if number is None else count(number)


def _footer(record: Record) -> str:
    events = sum(outcome.events_read for outcome in record.outcomes)
    read = f" · {count(events)} events read" if events else ""
    return f"<sub>dlt-action {inline(record.asked.version)}{read} · times in UTC</sub>"
