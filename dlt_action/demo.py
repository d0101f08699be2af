"""
A workspace to try things on; nothing to sign up for, nothing leaves the machine.

`demo` plays a scenario and runs against it, `standin` serves it for any client.

The demo is the real program: real settings, a real connection, the real story. Only
the workspace at the other end is ours.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue

from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.core.steps import Why
from dlt_action.edge.arguments import Arguments, wrong
from dlt_action.edge.checkout import inside
from dlt_action.edge.interrupts import listen
from dlt_action.edge.writer import Writer
from dlt_action.errors import InputProblem, Misconfigured
from dlt_action.lean import dataclass
from dlt_action.settings import judging
from dlt_action.settings.formats import Unfit
from dlt_action.standin import (
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_PATH,
    GITHUB_QUERY,
    JOBS,
    REQUEST_TOKEN,
    SCENARIOS,
    Server,
    Workspace,
    epoch_seconds,
    serve,
)

TOKEN = "dapi-standin"  # noqa: S105 - opens nothing but the stand-in

# What a newcomer should see first: all well, then the platform trying again in vain.
SHOW = ("success", "retry-fails")

# A cold start takes minutes; nobody who tries something out waits that long.
STRETCH = 0.06

# The main job: arguments and environment in, exit code out.
Start = Callable[[Sequence[str], Mapping[str, str]], int]

# What ends only by the timeout need not last as long as it could.
TIMEOUTS = {Result.TIMED_OUT: "20s"}

# What shows a quality gate at work: told beside the list of scenarios.
GATE_EXAMPLE = "dlt-action demo worse-data --quality-gate 'all failed <= 5%'"

# How a job run ends, and what that is to us.
JOB_ENDS = {
    "SUCCESS": Result.SUCCEEDED,
    "SUCCESS_WITH_FAILURES": Result.FAILED,  # a Pipeline task is what failed
    "FAILED": Result.FAILED,
    "CANCELED": Result.CANCELED,
    "MAXIMUM_CONCURRENT_RUNS_REACHED": Result.CONFLICT,
}
REPAIRED = "repaired"  # after its end, which nobody waits for


@dataclass(frozen=True, slots=True)
class Play:
    """What there is to be seen: a pipeline, or a job, that comes to its end."""

    name: str
    title: str
    expect: Result
    is_job: bool = False
    continuous: bool = False

    def put_up(self) -> Workspace:
        """A workspace that has it, and nothing else."""
        return Workspace(
            clock=epoch_seconds,
            scenarios=() if self.is_job else (self.name,),
            jobs=(self.name,) if self.is_job else (),
            token=TOKEN,
            stretch=STRETCH,
        )

    def flags(self, workspace: Workspace) -> Iterator[str]:
        """What is to be run, and how to wait for it."""
        if self.is_job:
            yield f"--job-id={workspace.job_id(self.name)}"
            return
        yield f"--pipeline-id={workspace.pipeline_id(self.name)}"
        yield "--restart-grace=10s"
        if self.continuous:
            yield "--wait-for=running"
            yield "--settle-time=5s"


def _plays() -> Iterator[Play]:
    for one in SCENARIOS.values():
        endless = one.spec.get("continuous") is True
        yield Play(one.name, one.title, Result(one.expect), continuous=endless)
    for job in JOBS.values():
        end = Result.FAILED if job.name == REPAIRED else JOB_ENDS[job.expect]
        yield Play(job.name, job.title, end, is_job=True)


PLAYS = {play.name: play for play in _plays()}

_INTERRUPTED = frozenset(128 + why.signal for why in Why if why.signal is not None)


def demo(argv: Sequence[str], writer: Writer, start: Start) -> int:
    """Play scenarios; 0 if each came to its expected end."""
    asked = _demo_arguments(argv)
    if asked.list:
        writer.say(listing())
        return 0
    flags = _gate_flags(asked.quality_gate)
    out = _made(asked.out)
    names = [asked.scenario] if asked.scenario is not None else list(SHOW)
    surprises = 0
    for name in names:
        scenario = PLAYS[name]
        writer.say(f"\n=== {name}: {scenario.title}\n")
        summary = out / name / "summary.md"
        before = _stamp(summary)
        code = _play(scenario, out, flags, start)
        written = _stamp(summary) not in (None, before)
        told = f"summary: {summary}" if written else "no summary was written"
        writer.say(f"\nexit code {code}; {told}")
        if code in _INTERRUPTED:
            return code
        surprises += code not in _expected(scenario, gated=bool(flags))
    return 0 if surprises == 0 else 1


def _expected(play: Play, *, gated: bool) -> Iterator[int]:
    """The exit codes to expect: whoever brings a gate may see it fail."""
    yield EXIT_CODES[play.expect]
    if gated and play.expect is Result.SUCCEEDED:
        yield EXIT_CODES[Result.GATE_FAILED]


def listing() -> str:
    """The scenarios, a line each (name, result to expect, what happens); a hint."""

    def rows(*, jobs: bool) -> Iterator[str]:
        for play in PLAYS.values():
            if play.is_job is jobs:
                yield f"{play.name:22} {play.expect.value:12} {play.title}"

    hint = f"A quality gate that fails: {GATE_EXAMPLE}"
    heading = "Runs of Databricks Jobs:"
    return "\n".join([*rows(jobs=False), "", heading, *rows(jobs=True), "", hint])


def _demo_arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Arguments(prog="dlt-action demo")
    parser.add_argument("scenario", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("demo-output"))
    parser.add_argument("--quality-gate")
    asked = parser.parse_args(argv)
    if asked.scenario is not None and asked.scenario not in PLAYS:
        raise wrong(f"there is no scenario of that name, but {', '.join(PLAYS)}")
    return asked


def _gate_flags(given: str | None) -> list[str]:
    """The flag for the run; a file is read here: the run has a workspace of ours."""
    if given is None or not given.strip():
        return []
    try:
        found = judging.gate(given.strip())
        if isinstance(found, judging.RulesIn):
            file = inside(Path.cwd(), found.path, judging.LARGEST_FILE)
            rules = judging.read(file.text, file.cause)
            if isinstance(rules, InputProblem):
                raise Misconfigured((rules,))
            given = file.text
    except Unfit as unfit:
        name = judging.QUALITY_GATE.name
        problem = InputProblem(name, unfit.what, unfit.remedy)
        raise Misconfigured((problem,)) from None
    return [f"--quality-gate={given}"]


def _made(out: Path) -> Path:
    """The folder for the reports, which is the workspace of the runs."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise wrong(f"--out: {out} cannot be made: {error.strerror}") from error
    return out


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when the file at *path* is written; None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns


def _play(play: Play, out: Path, more: Sequence[str], start: Start) -> int:
    workspace = play.put_up()
    with serve(workspace) as server:
        flags = [
            f"--host={server.url}",
            f"--report-dir={play.name}",
            f"--timeout={TIMEOUTS.get(play.expect, '2m')}",
            "--poll-interval=1s",
            *play.flags(workspace),
            *more,
        ]
        around = {"DATABRICKS_TOKEN": TOKEN, "GITHUB_WORKSPACE": str(out.resolve())}
        return start(flags, around)


def standin(argv: Sequence[str], writer: Writer, early: Iterable[int] = ()) -> int:
    """Serve the stand-in until a signal comes; the first line is its URL."""
    parser = Arguments(prog="dlt-action standin")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--scenario", choices=sorted(PLAYS))
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--stretch", type=float, default=1.0)
    asked = parser.parse_args(argv)
    if (asked.cert is None) != (asked.key is None):
        raise wrong("--cert and --key belong together")
    names = [*PLAYS] if asked.scenario is None else [asked.scenario]
    workspace = Workspace(
        clock=epoch_seconds,
        scenarios=[name for name in names if name in SCENARIOS],
        jobs=[name for name in names if name in JOBS],
        token=asked.token,
        stretch=asked.stretch,
        log=writer.say,
    )
    with _served(workspace, asked) as server:
        signals: SimpleQueue[int] = SimpleQueue()  # a signal's handler may fill it
        listen(lambda got, _: signals.put(got))
        for came in tuple(early):
            signals.put(came)
        writer.say(server.url)
        writer.say(f"token {asked.token}")
        for line in _listed(workspace, names):
            writer.say(line)
        for line in _other_ways(server.url):
            writer.say(line)
        signals.get()
    return 0


def _listed(workspace: Workspace, names: Iterable[str]) -> Iterator[str]:
    """What there is to be run, a line for each."""
    for name in names:
        if name in SCENARIOS:
            yield f"{name:30} {workspace.pipeline_id(name)}"
        else:
            yield f"{name:30} job {workspace.job_id(name)}"
    yield "each pipeline has a job of its name, too (--job-name)"


def _other_ways(url: str) -> Iterator[str]:
    """What to have in the environment to sign in without the token, a line for each."""
    client = f"DATABRICKS_CLIENT_ID={CLIENT_ID}"
    yield f"a service principal: {client} DATABRICKS_CLIENT_SECRET={CLIENT_SECRET}"
    where = f"ACTIONS_ID_TOKEN_REQUEST_URL='{url}{GITHUB_PATH}?{GITHUB_QUERY}'"
    token = f"ACTIONS_ID_TOKEN_REQUEST_TOKEN={REQUEST_TOKEN}"
    yield f"a job of GitHub: {client} {where} {token}"


def _served(workspace: Workspace, asked: argparse.Namespace) -> Server:
    try:
        return serve(
            workspace, host=asked.bind, port=asked.port, cert=asked.cert, key=asked.key
        )
    except (OSError, OverflowError) as error:
        raise wrong(
            f"it cannot be served at {asked.bind}:{asked.port}: {error}"
        ) from error
