"""
Putting the real parts together: files, network, clock and signals, from the inputs.

The inputs and the files that they name are read here, and what is wrong with a file is
said as what is wrong with its input. What is made is handed to a story.
"""

from __future__ import annotations

import random
import secrets
import ssl
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from dlt_action.core.gate import Gate
from dlt_action.core.signin.steps import Text
from dlt_action.edge.auth.courier import Courier, read_text
from dlt_action.edge.auth.playing import Player
from dlt_action.edge.auth.signed import Passes, Signed
from dlt_action.edge.channel import Channel, environment_proxies
from dlt_action.edge.ci import on_github
from dlt_action.edge.clock import lasting
from dlt_action.edge.line import Exchange, Switchboard
from dlt_action.edge.sender import Destination, Sender
from dlt_action.edge.trust import tls_context
from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass, field, replace
from dlt_action.settings import judging
from dlt_action.settings import profile as profiles
from dlt_action.settings.load import ca_bundle_of, gate_file_of, load, signs_in
from dlt_action.settings.model import Settings
from dlt_action.settings.nowhere import is_from_a_fork
from dlt_action.settings.profile import NO_PROFILE, Profile
from dlt_action.world import Desk, World

Listen: TypeAlias = Callable[[Switchboard], None]

LARGEST_BUNDLE = 4 * 1024 * 1024  # bytes; Mozilla's authorities are a quarter of one
LARGEST_PROFILES = 1024 * 1024  # bytes
LARGEST_EVENT = 1024 * 1024  # bytes; GitHub's payloads are some tens of thousands


@dataclass(frozen=True, slots=True)
class Door:
    """What comes in from outside: the command line, the environment, a file's text."""

    settings: Settings
    environ: Mapping[str, str] = field(repr=False)
    pem: str | None
    aside: tuple[InputProblem, ...] = ()  # what is wrong, and keeps nobody from a stop


def enter(
    argv: Sequence[str],
    environ: Mapping[str, str],
    root: Path,
    known: Iterable[InputProblem] = (),
    *,
    tidies: bool = False,
) -> Door:
    """
    Read all inputs; raises `Misconfigured` with all that is wrong, the *known* too.

    Who *tidies* up knows from elsewhere what to stop, and is kept from it by nothing
    but what it cannot sign in without: files of the checkout may be gone by now.
    """
    pem, problems = authorities(argv, environ, root)
    profile, more = profile_of(argv, environ)
    gate = None if tidies else gate_in_file(argv, environ, root)
    unfit = (gate,) if isinstance(gate, InputProblem) else ()
    settings = load(
        argv,
        environ,
        (*known, *problems, *more, *unfit),
        profile=profile,
        fork=from_a_fork(environ),
        tidies=tidies,
    )
    if isinstance(gate, Gate):
        settings = replace(settings, gate=gate)
    return Door(settings, environ, pem, problems if tidies else ())


def compose(  # noqa: PLR0913 - all in which the stories differ
    door: Door,
    desk: Desk,
    listen: Listen,
    *,
    began: float,
    restrain: Callable[[Exchange], Exchange] = lambda exchange: exchange,
    meanwhile: Callable[[], None] | None = None,
) -> World:
    """
    The real world for a story; *began* is when whoever wants it began.

    *listen* is handed the line, which it may interrupt: that ends the story's waits.
    *meanwhile* is done in the first of them.
    """
    # One for all threads: a TLS context of its own would cost each 0.7 MB.
    channel = Channel(tls_context(door.pem), clock=time.monotonic)
    sender = Sender(destination_of(door), channel)
    passes = passes_of(door, desk, channel)
    line = Switchboard(
        lambda: restrain(Signed(sender, passes)),
        clock=time.monotonic,
        meanwhile=meanwhile,
    )
    listen(line)
    return World(
        line=line,
        desk=desk,
        wall=lambda: datetime.now(UTC),
        chance=random.random,
        token=lambda: secrets.token_hex(16),
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
    found = Text(text=bundle.pem)
    if bundle.path is not None:
        from dlt_action.edge.checkout import named  # noqa: PLC0415 - few name a file

        found = named(root, bundle.path, LARGEST_BUNDLE)
    cause = found.cause
    if not cause:
        try:
            tls_context(found.text)
        except (ssl.SSLError, ValueError):  # in words for those who know OpenSSL
            cause = "it holds no certificate"
        else:
            return found.text, ()
    what = f"It cannot be used: {cause}."
    remedy = "Give a PEM file by its path in the checkout, or the PEM text itself."
    return None, (InputProblem("ca-bundle", what, remedy),)


def gate_in_file(
    argv: Sequence[str], environ: Mapping[str, str], root: Path
) -> Gate | InputProblem | None:
    """The rules of the file that `quality-gate` names; None where it names none."""
    name = gate_file_of(argv, environ)
    if name is None:
        return None
    from dlt_action.edge.checkout import inside  # noqa: PLC0415 - few name a file

    found = inside(root, name, judging.LARGEST_FILE)
    return judging.read(found.text, found.cause)


def profile_of(
    argv: Sequence[str], environ: Mapping[str, str]
) -> tuple[Profile, tuple[InputProblem, ...]]:
    """The profile of the Databricks CLI that counts here, or what is wrong with it."""
    if not profiles.wanted(environ, configured=signs_in(argv, environ)):
        return NO_PROFILE, ()
    path = environ.get(profiles.FILE_VARIABLE, "").strip() or "~/.databrickscfg"
    home = environ.get("HOME", "")
    if path.startswith("~/"):
        path = home + path.removeprefix("~") if home else ""
    found = read_text(path, LARGEST_PROFILES) if path else Text()
    if found.cause and not found.missing:
        return NO_PROFILE, (profiles.unreadable(found.cause),)
    return profiles.parse(found.text, profiles.named(environ))


def from_a_fork(environ: Mapping[str, str]) -> bool:
    """Whether the workflow runs for a pull request from a fork."""
    # What `pull_request_target` runs for, it runs with identity and secrets.
    name = environ.get("GITHUB_EVENT_NAME", "")
    if not name.startswith("pull_request") or name == "pull_request_target":
        return False
    return is_from_a_fork(
        read_text(environ.get("GITHUB_EVENT_PATH", ""), LARGEST_EVENT).text,
        environ.get("GITHUB_REPOSITORY", ""),
    )


def passes_of(door: Door, desk: Desk, channel: Channel) -> Passes:
    """What signs calls: the credential that all of them share."""
    access = door.settings.access

    def player() -> Player:
        courier = Courier(
            channel,
            (access.host, *access.scheme.places),
            agent=_agent(door),
            proxies=environment_proxies,
        )
        return Player(ask=courier, hide=desk.ci.mask, read=read_text, clock=lasting)

    return Passes(access.scheme, access.host, player, clock=lasting)


def destination_of(door: Door) -> Destination:
    """Where calls go."""
    access = door.settings.access
    return Destination(
        host=access.host,
        workspace_id=access.workspace_id,
        agent=_agent(door),
        proxies=environment_proxies(access.host),
    )


def _agent(door: Door) -> tuple[str, ...]:
    kind = f"auth/{door.settings.access.scheme.auth_type}"
    return (kind, "cicd/github") if on_github(door.environ) else (kind,)
