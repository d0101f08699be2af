"""
The composition root: command line and environment in, exit code out.

What is the process's own is taken here: `sys.argv`, `os.environ`, the standard streams,
signals. (A Python program that calls `api` keeps these; what is put together from the
inputs is `composing`'s.)
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from dlt_action import __version__
from dlt_action.composing import (
    Door,
    Listen,
    compose,
    enter,
    explained,
    workspace_root,
)
from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.core.owed import Debt, Owed
from dlt_action.core.plan import LATEST
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.words import plural
from dlt_action.debts import Debts
from dlt_action.edge.channel import proxy_secrets
from dlt_action.edge.ci import choose, on_github
from dlt_action.edge.interrupts import install
from dlt_action.edge.writer import Writer
from dlt_action.errors import (
    DltActionError,
    InputProblem,
    Misconfigured,
)
from dlt_action.running import crash, mask, play, prepare
from dlt_action.settings.access import ACCESS
from dlt_action.settings.load import reporting_of, secrets_around
from dlt_action.settings.manual import help_text
from dlt_action.settings.model import Reporting, Settings
from dlt_action.settings.reading import only_inputs, read
from dlt_action.world import Desk

COMMANDS = ("run", "stop", "report", "demo", "standin", "help")
HELP = frozenset({"-h", "--help"})
LONGEST_WORD = 12
STOP_INPUTS = frozenset(
    {
        *(one.name for one in ACCESS),
        *("pipeline-id", "update-id", "outage-grace", "log-level"),
    }
)
BY_ITS_IDS = "What is stopped is named by its ids, so that it is nothing else."
STATE = "STATE_"  # what the runner puts before the names of the state
UNTIMED = HELP | {"--version", "--list"}  # what is no log


def main(argv: Sequence[str] | None = None, early_signals: Iterable[int] = ()) -> int:
    """Run the program; its exit code. *early_signals* came before we were imported."""
    words = list(sys.argv[1:] if argv is None else argv)
    command, rest = split(words)
    timed = command in ("run", "stop", "demo") and not UNTIMED.intersection(rest)
    writer = Writer(
        sys.stdout,
        clock=(lambda: datetime.now(UTC)) if timed else None,
        github=on_github(os.environ),
    )
    return guarded(lambda: dispatch(command, rest, writer, early_signals), writer)


def post(early_signals: Iterable[int] = ()) -> int:
    """The post step: stop what the main step owes, as its state says; nothing else."""
    writer = Writer(
        sys.stdout, clock=lambda: datetime.now(UTC), github=on_github(os.environ)
    )
    state = {
        name.removeprefix(STATE): value
        for name, value in os.environ.items()
        if name.startswith(STATE)
    }
    return guarded(lambda: after(state, os.environ, writer, early_signals), writer)


def guarded(act: Callable[[], int], writer: Writer) -> int:
    """*act*, with an exit code whatever comes of it, and no traceback with values."""
    try:
        return act()
    except DltActionError as error:
        writer.command("error", str(error), title="Databricks pipeline update")
        writer.say(f"error: {error}")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last door: no traceback with values
        writer.say(f"error: a bug in dlt-action ({type(error).__name__})")
        return EXIT_CODES[Result.INTERNAL_ERROR]
    finally:
        writer.close()


def split(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command and its arguments; `run` needs no name."""
    if not words or words[0].startswith("-"):
        return "run", list(words)
    return words[0], list(words[1:])


def dispatch(
    command: str, rest: Sequence[str], writer: Writer, early: Iterable[int]
) -> int:
    """Do what *command* says. Raises `Misconfigured` for one that does not exist."""
    if command not in COMMANDS:
        # A word that is no word may be a secret in the wrong place.
        word = command.isalpha() and len(command) <= LONGEST_WORD
        what = f"There is no `{command}`." if word else "The first argument is none."
        known = f"There are {', '.join(COMMANDS)}."
        raise Misconfigured((InputProblem("command", what, known),))
    if command == "help" or HELP.intersection(rest):
        writer.say(help_text())
        return 0
    if list(rest) == ["--version"]:
        writer.say(f"dlt-action {__version__}")
        return 0
    if command == "run":
        return start(rest, os.environ, writer, early)
    if command == "stop":
        return stop(rest, os.environ, writer, early)
    return beside(command, rest, writer, early)


def beside(
    command: str, rest: Sequence[str], writer: Writer, early: Iterable[int]
) -> int:
    """Do what needs no workspace of anybody's: a run does not pay for its imports."""
    if command == "report":
        from dlt_action import offline  # noqa: PLC0415 - see above

        return offline.report(rest, quiet_desk(os.environ, writer).writer)
    from dlt_action import demo  # noqa: PLC0415 - see above

    if command == "demo":

        def play(argv: Sequence[str], environ: Mapping[str, str]) -> int:
            return start(argv, environ, writer, early)

        return demo.demo(rest, writer, play)
    return demo.standin(rest, writer, early)


def stop(
    argv: Sequence[str],
    environ: Mapping[str, str],
    writer: Writer,
    early: Iterable[int] = (),
) -> int:
    """Stop the update that the inputs name, if it is the one that is active."""
    began = time.monotonic()
    desk = quiet_desk(environ, writer)
    # In the job that started it the inputs of the start are set, too.
    inputs = only_inputs(environ, STOP_INPUTS)
    try:
        door = enter(argv, inputs, desk.root)
    except Misconfigured as refused:
        if "update-id" in read(argv, inputs)[0]:
            raise
        lacks = InputProblem("update-id", "It is missing.", BY_ITS_IDS)
        raise Misconfigured((*refused.problems, lacks)) from None
    problems = tuple(not_named(door.settings))
    if problems:
        raise Misconfigured(problems)
    owed = Owed(
        stop=True,
        pipeline_id=door.settings.pipeline_id,
        update_id=door.settings.update_id,
    )
    dues = () if owed.due is None else (owed.due,)
    return tidy(dues, door, desk, early, began)


def not_named(settings: Settings) -> Iterator[InputProblem]:
    """What is not said of the update that is to be stopped."""
    if settings.pipeline_id is None:
        yield InputProblem("pipeline-id", "It is missing.", BY_ITS_IDS)
    if settings.update_id is None:
        yield InputProblem("update-id", "It is missing.", BY_ITS_IDS)
    if settings.update_id == LATEST:
        what = "`latest` may be somebody else's by the time it is stopped."
        yield InputProblem("update-id", what, BY_ITS_IDS)


def after(
    state: Mapping[str, str],
    environ: Mapping[str, str],
    writer: Writer,
    early: Iterable[int],
) -> int:
    """Do what the *state* of the main step says is owed."""
    began = time.monotonic()
    desk = quiet_desk(environ, writer)
    from dlt_action.cleanup import (  # noqa: PLC0415 - a run does not need it
        dues_of,
        tell_what_is_left,
    )

    # First: where nothing is owed, wrong inputs are nobody's business any more.
    dues = dues_of(state, desk)
    if not dues:
        return 0
    try:
        door = enter((), environ, desk.root, tidies=True)
    except Misconfigured:
        tell_what_is_left(dues, desk)
        raise
    for problem in door.aside:
        writer.say(f"warning: {problem} Without it, only Mozilla's are believed.")
    return tidy(dues, door, desk, early, began)


def tidy(
    dues: Sequence[Debt],
    door: Door,
    desk: Desk,
    early: Iterable[int],
    began: float,
) -> int:
    """Stop what is due, and start nothing."""
    from dlt_action.cleanup import stop_all  # noqa: PLC0415 - a run does not need it
    from dlt_action.edge.restraint import only_stops  # noqa: PLC0415 - likewise

    mask(door.settings, desk)
    world = compose(door, desk, listener(early), began=began, restrain=only_stops)
    return stop_all(door.settings, dues, world)


def quiet_desk(environ: Mapping[str, str], writer: Writer) -> Desk:
    """Where things are told, and nothing else from here on: libraries are silent."""
    # The runner obeys commands on standard error too, and urllib3 would put there what
    # a server sent as headers.
    logging.disable()
    warnings.simplefilter("ignore")
    desk = Desk(choose(environ, writer), writer, workspace_root(environ))
    # Whatever goes wrong from here on.
    for secret in (*secrets_around(environ), *proxy_secrets(environ)):
        desk.ci.mask(secret)
    return desk


def start(
    argv: Sequence[str],
    environ: Mapping[str, str],
    writer: Writer,
    early: Iterable[int] = (),
) -> int:
    """The main job: read the inputs, then the story."""
    began = time.monotonic()
    desk = quiet_desk(environ, writer)
    reporting = reporting_of(argv, environ)
    # Whatever an earlier step has put into our place: until more is known, nothing.
    Debts(desk).owe([Owed(stop=False)])
    try:
        ready = prepare(argv, environ, desk, listener(early), began=began)
    except Misconfigured as misconfigured:
        return refuse(misconfigured, reporting, desk)
    except Exception as error:  # noqa: BLE001 - a bug of ours has an ending too
        return crash(error, explained(environ, desk), reporting, desk)
    return play(ready)


def listener(early: Iterable[int]) -> Listen:
    """What listens to signals; *early* ones came before there was one."""
    return lambda line: install(line.interrupt, early)


def refuse(misconfigured: Misconfigured, reporting: Reporting, desk: Desk) -> int:
    """Report every problem with the inputs; nothing was started."""
    from dlt_action.publishing import publish  # noqa: PLC0415 - see `story.run`

    problems = misconfigured.problems
    many = plural(len(problems), "problem")
    outcome = Outcome(
        result=Result.MISCONFIGURED,
        reason=f"The inputs have {many}. Nothing was started.",
        input_problems=problems,
    )
    asked = Asked(report_dir=reporting.report_dir, version=__version__)
    return publish(Record(asked, (outcome,)), reporting, desk)
