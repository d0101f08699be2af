"""
A workspace to try things on; nothing to sign up for, nothing leaves the machine.

`demo` plays a scenario and runs against it, `standin` serves it for any client.

The demo is the real program: real settings, a real connection, the real story. Only
the workspace at the other end is ours.
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue

from dlt_action.core.model import EXIT_CODES, Result
from dlt_action.edge.arguments import Arguments, wrong
from dlt_action.edge.writer import Writer
from dlt_action.standin import (
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_PATH,
    GITHUB_QUERY,
    REQUEST_TOKEN,
    SCENARIOS,
    Scenario,
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

_INTERRUPTED = frozenset({128 + signal.SIGINT, 128 + signal.SIGTERM})


def demo(argv: Sequence[str], writer: Writer, start: Start) -> int:
    """Play scenarios; 0 if each came to its expected end."""
    asked = _demo_arguments(argv)
    if asked.list:
        writer.say(listing())
        return 0
    names = [asked.scenario] if asked.scenario is not None else list(SHOW)
    surprises = 0
    for name in names:
        scenario = SCENARIOS[name]
        writer.say(f"\n=== {name}: {scenario.title}\n")
        folder = Path(asked.out) / name
        code = _play(scenario, folder, start)
        writer.say(f"\nexit code {code}; summary: {folder / 'summary.md'}")
        if code in _INTERRUPTED:
            return code
        surprises += code != EXIT_CODES[Result(scenario.expect)]
    return 0 if surprises == 0 else 1


def listing() -> str:
    """The scenarios, a line each: name, the result to expect, what happens."""
    rows = [
        f"{name:22} {scenario.expect:12} {scenario.title}"
        for name, scenario in SCENARIOS.items()
    ]
    return "\n".join(rows)


def _demo_arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Arguments(prog="dlt-action demo")
    parser.add_argument("scenario", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--out", default="demo-output")
    asked = parser.parse_args(argv)
    if asked.scenario is not None and asked.scenario not in SCENARIOS:
        raise wrong(f"there is no scenario of that name, but {', '.join(SCENARIOS)}")
    return asked


def _play(scenario: Scenario, folder: Path, start: Start) -> int:
    workspace = Workspace(
        clock=epoch_seconds, scenarios=[scenario.name], token=TOKEN, stretch=STRETCH
    )
    with serve(workspace) as server:
        flags = [
            f"--host={server.url}",
            f"--pipeline-id={workspace.pipeline_id(scenario.name)}",
            f"--report-dir={folder}",
            f"--timeout={TIMEOUTS.get(Result(scenario.expect), '2m')}",
            "--poll-interval=1s",
            "--restart-grace=10s",
        ]
        if scenario.spec.get("continuous") is True:
            flags += ["--wait-for=running", "--settle-time=5s"]
        return start(flags, {"DATABRICKS_TOKEN": TOKEN})


def standin(argv: Sequence[str], writer: Writer, early: Iterable[int] = ()) -> int:
    """Serve the stand-in until a signal comes; the first line is its URL."""
    parser = Arguments(prog="dlt-action standin")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--stretch", type=float, default=1.0)
    asked = parser.parse_args(argv)
    if (asked.cert is None) != (asked.key is None):
        raise wrong("--cert and --key belong together")
    workspace = Workspace(
        clock=epoch_seconds,
        scenarios=None if asked.scenario is None else [asked.scenario],
        token=asked.token,
        stretch=asked.stretch,
        log=writer.say,
    )
    with _served(workspace, asked) as server:
        signals: SimpleQueue[int] = SimpleQueue()  # a signal's handler may fill it
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda got, _: signals.put(got))
        for came in tuple(early):
            signals.put(came)
        writer.say(server.url)
        writer.say(f"token {asked.token}")
        for name in SCENARIOS if asked.scenario is None else [asked.scenario]:
            writer.say(f"{name:30} {workspace.pipeline_id(name)}")
        for line in _other_ways(server.url):
            writer.say(line)
        signals.get()
    return 0


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
