"""
Putting the real parts together: files, network, clock and signals, from the inputs.

What is made here is handed to a story; nothing is decided.
"""

from __future__ import annotations

import random
import ssl
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dlt_action.edge.ci import on_github
from dlt_action.edge.interrupts import install
from dlt_action.edge.line import Exchange, Switchboard
from dlt_action.edge.sender import Destination, Sender, environment_proxies
from dlt_action.edge.trust import Bearer, tls_context
from dlt_action.errors import InputProblem
from dlt_action.publishing import Desk
from dlt_action.settings.load import ca_bundle_of, load
from dlt_action.settings.model import Settings
from dlt_action.world import World


@dataclass(frozen=True, slots=True)
class Door:
    """What comes in from outside: the command line, the environment, a file's text."""

    settings: Settings
    environ: Mapping[str, str]
    pem: str | None


def enter(argv: Sequence[str], environ: Mapping[str, str], root: Path) -> Door:
    """Read all inputs; raises `Misconfigured` with all that is wrong."""
    pem, problems = authorities(argv, environ, root)
    return Door(load(argv, environ, problems), environ, pem)


def compose(
    door: Door,
    desk: Desk,
    early: Iterable[int],
    *,
    began: float,
    restrain: Callable[[Exchange], Exchange] = lambda exchange: exchange,
) -> World:
    """
    The real world for a story; signals end its waits from here on.

    *began* is when the process started, *early* are the signals that came since then.
    """
    destination = destination_of(door.settings, door.environ, door.pem)
    line = Switchboard(
        lambda: restrain(Sender(destination, clock=time.monotonic)),
        clock=time.monotonic,
    )
    install(line.interrupt, early)
    return World(
        line=line,
        desk=desk,
        wall=lambda: datetime.now(UTC),
        chance=random.random,
        began=began,
        explain=explained(door.environ, desk),
    )


def explained(environ: Mapping[str, str], desk: Desk) -> Callable[[Exception], None]:
    """What shows a bug of ours: with its values, only to who asked for debugging."""

    def explain(error: Exception) -> None:
        if environ.get("RUNNER_DEBUG") == "1":
            desk.writer.block(traceback.format_exception(error))

    return explain


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
