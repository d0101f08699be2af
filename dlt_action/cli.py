"""
The composition root: command line and environment in, exit code out.

The only place that knows `os.environ`, `sys.argv` and the standard streams. It makes
the real clock, line, writer and dialect and hands them to the story.
"""

from __future__ import annotations

import logging
import os
import random
import ssl
import sys
import time
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dlt_action import __version__
from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.core.record import Asked, Outcome, Record
from dlt_action.core.verdicts import crashed
from dlt_action.core.words import plural
from dlt_action.edge.ci import choose, on_github
from dlt_action.edge.interrupts import install
from dlt_action.edge.line import Switchboard
from dlt_action.edge.sender import Destination, Sender, environment_proxies
from dlt_action.edge.trust import Bearer, tls_context
from dlt_action.edge.writer import Writer
from dlt_action.errors import (
    DltActionError,
    InputProblem,
    Misconfigured,
    OutputsUnwritable,
)
from dlt_action.publishing import Desk, publish
from dlt_action.settings.credentials import expires_at
from dlt_action.settings.load import ca_bundle_of, load, reporting_of
from dlt_action.settings.manual import help_text
from dlt_action.settings.model import Reporting, Settings
from dlt_action.story import run
from dlt_action.world import World

COMMANDS = ("run", "demo", "standin", "help")
HELP = frozenset({"-h", "--help"})
LONGEST_WORD = 12
UNTIMED = HELP | {"--version", "--list"}  # what is no log


def main(argv: Sequence[str] | None = None, early_signals: Iterable[int] = ()) -> int:
    """Run the program; its exit code. *early_signals* came before we were imported."""
    words = list(sys.argv[1:] if argv is None else argv)
    command, rest = split(words)
    timed = command in ("run", "demo") and not UNTIMED.intersection(rest)
    writer = Writer(
        sys.stdout,
        clock=(lambda: datetime.now(UTC)) if timed else None,
        github=on_github(os.environ),
    )
    try:
        return dispatch(command, rest, writer, early_signals)
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
    from dlt_action import demo  # noqa: PLC0415 - a run does not pay for its import

    if command == "demo":

        def play(argv: Sequence[str], environ: Mapping[str, str]) -> int:
            return start(argv, environ, writer, early)

        return demo.demo(rest, writer, play)
    return demo.standin(rest, writer, early)


def start(
    argv: Sequence[str],
    environ: Mapping[str, str],
    writer: Writer,
    early: Iterable[int] = (),
) -> int:
    """The main job: read the inputs, then the story."""
    began = time.monotonic()
    # The runner obeys commands on standard error too, and urllib3 would put there what
    # a server sent as headers.
    logging.disable()
    warnings.simplefilter("ignore")
    desk = Desk(choose(environ, writer), writer, workspace_root(environ))
    reporting = reporting_of(argv, environ)
    try:
        pem, problems = authorities(argv, environ, desk.root)
        settings = load(argv, environ, problems)
        desk.ci.mask(settings.access.token)
        destination = destination_of(settings, environ, pem)
    except Misconfigured as misconfigured:
        return refuse(misconfigured, reporting, desk)
    except Exception as error:  # noqa: BLE001 - a bug of ours has an ending too
        return crash(error, environ, reporting, desk)
    for warning in expiry(settings):
        writer.say(f"warning: {warning}")
    line = Switchboard(
        lambda: Sender(destination, clock=time.monotonic), clock=time.monotonic
    )
    install(line.interrupt, early)
    world = World(
        line=line,
        desk=desk,
        wall=lambda: datetime.now(UTC),
        chance=random.random,
        began=began,
    )
    try:
        return run(settings, world)
    except OutputsUnwritable:
        raise
    except Exception as error:  # noqa: BLE001 - likewise
        return crash(error, environ, reporting, desk)


def workspace_root(environ: Mapping[str, str]) -> Path:
    """The checkout: where relative paths begin."""
    told = environ.get("GITHUB_WORKSPACE", "")
    return Path(told) if told and Path(told).is_dir() else Path.cwd()


def authorities(
    argv: Sequence[str], environ: Mapping[str, str], root: Path
) -> tuple[str | None, tuple[InputProblem, ...]]:
    """The certificates in `ca-bundle`, or what is wrong with them."""
    bundle = ca_bundle_of(argv, environ)
    try:
        pem = bundle.pem if bundle.path is None else _read(root / bundle.path)
        tls_context(pem)
    except OSError as error:
        # An SSLError is one too, and its text is for those who know OpenSSL.
        known = not isinstance(error, ssl.SSLError)
        cause = error.strerror if known else "it holds no certificate"
    except ValueError:
        cause = "it is not text"
    else:
        return pem, ()
    what = f"It cannot be used: {cause}."
    remedy = "Give a PEM file by its path in the checkout, or the PEM text itself."
    return None, (InputProblem("ca-bundle", what, remedy),)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def destination_of(
    settings: Settings, environ: Mapping[str, str], pem: str | None
) -> Destination:
    """Where requests go, and what they carry."""
    access = settings.access
    return Destination(
        host=access.host,
        auth=Bearer(access.token, access.host),
        workspace_id=access.workspace_id,
        ca_pem=pem,
        agent=("auth/pat", "cicd/github") if on_github(environ) else ("auth/pat",),
        proxies=environment_proxies(access.host),
    )


def expiry(settings: Settings) -> Iterator[str]:
    """A warning where the token is a JWT that ends before the timeout does."""
    ends = expires_at(settings.access.token)
    if ends is None:
        return
    left = (ends - datetime.now(UTC)).total_seconds()
    if left < settings.patience.timeout:
        yield (
            f"The token ends at {ends:%Y-%m-%d %H:%M} UTC, before the timeout, and is"
            " not refreshed: an update that runs longer cannot be followed to its end."
        )


def refuse(misconfigured: Misconfigured, reporting: Reporting, desk: Desk) -> int:
    """Report every problem with the inputs; nothing was started."""
    problems = misconfigured.problems
    many = plural(len(problems), "problem")
    outcome = Outcome(
        result=Result.MISCONFIGURED,
        reason=f"The inputs have {many}. Nothing was started.",
        input_problems=problems,
    )
    asked = Asked(report_dir=reporting.report_dir, version=__version__)
    return publish(Record(asked, (outcome,)), reporting, desk)


def crash(
    error: Exception, environ: Mapping[str, str], reporting: Reporting, desk: Desk
) -> int:
    """Report a bug of ours; its values only where debugging was asked for."""
    if environ.get("RUNNER_DEBUG") == "1":
        desk.writer.block(traceback.format_exception(error))
    record = Record(Asked(version=__version__), (crashed(error).outcome(),))
    return publish(record, reporting, desk)
