"""What others use to run a pipeline, each as a process of its own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean, median

from benchmarks import start
from benchmarks.peers.following import Play
from benchmarks.peers.script import update
from benchmarks.report import Cell, Goal, Group, Table, met
from benchmarks.served import trust
from benchmarks.start import FLAGS, OURS, ROOT

TITLE = "A followed run, beside what others use"
GOALS = (
    Goal("Processor time of a run of 120 s, that of the SDK = 1", 0.20),
    Goal("Memory of a run of 120 s, that of the SDK = 1", 0.45),
    Goal("Processor time of a run of 120 s, that of requests + tenacity = 1", None),
    Goal("Memory of a run of 120 s, that of requests + tenacity = 1", None),
)

_HERE = Path(__file__).parent
_AIRFLOW = ROOT / ".venv-airflow" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that starts an update and follows it to its end."""

    command: Sequence[str]
    imports: str = "json"  # what is in the page cache before it is measured
    replayed: bool = False  # what it takes says nothing about the original


def _script(name: str, imports: str = "json", *, replayed: bool = False) -> Peer:
    return Peer((*FLAGS, str(_HERE / name)), imports, replayed)


SDK, SCRIPT = "databricks-sdk, its own wait", "requests + tenacity, each 5 s"
PEERS: Mapping[str, Peer] = {
    OURS: Peer((*FLAGS, str(ROOT / "entrypoint.py"))),
    SDK: _script("sdk_waiter.py", "databricks.sdk"),
    "databricks-sdk, each 5 s": _script("sdk_loop.py", "databricks.sdk"),
    SCRIPT: _script("naive_loop.py"),
    "Databricks CLI, replayed": _script("go_cli.py", replayed=True),
    "Airflow's operator, each 30 s": Peer(
        (str(_AIRFLOW), *FLAGS[1:], str(_HERE / "airflow_operator.py")),
        "airflow.providers.databricks.operators.databricks",
    ),
}

# About so many seconds, in so many rounds.
_LONG, _SHORT = "120 s", "20 s"
_LENGTHS: Mapping[str, tuple[tuple[float, float], int]] = {
    _LONG: ((112.0, 122.0), 4),
    _SHORT: ((18.0, 24.0), 5),
}
_NOTE = (
    "All runs of about 120 s play at the same time, and those of 20 s while they wait;"
    " no process starts while another does, and each round has the same update for all."
    " Calls, connections and what is taken of a processor and of memory are medians, a"
    " ratio is the median of the rounds' ratios. How late is the mean: of so few runs a"
    " matter of luck, which the grid is not."
    " Airflow follows a job run, whose end it is that counts."
)

Found = Mapping[str, Sequence[Mapping[str, float]]]  # by peer, then by round


def play(*, quick: bool) -> Group:
    """Play all peers in turns, the short runs while the long ones wait."""
    start.warm()
    there = {
        name: peer for name, peer in PEERS.items() if Path(peer.command[0]).exists()
    }
    for peer in there.values():
        words = [peer.command[0], "-I", "-c", f"import {peer.imports}"]
        subprocess.run(words, check=True, capture_output=True)
    lengths = {_SHORT: (_LENGTHS[_SHORT][0], 1)} if quick else _LENGTHS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        believed = trust(folder)

        def begun(peer: Peer, length: float, turn: int) -> Play:
            play = Play(update(length, turn), peer.command, believed)
            return stack.enter_context(play)

        plays = {
            said: _started(begun, there, seconds, rounds)
            for said, (seconds, rounds) in lengths.items()
        }
        found: dict[str, Found] = {
            said: {name: [play.end() for play in all_] for name, all_ in of.items()}
            for said, of in reversed(plays.items())
        }
    missing = "".join(
        f" {name} was not played: there is no {Path(peer.command[0]).parts[-3]}."
        for name, peer in PEERS.items()
        if name not in there
    )
    notes = dict.fromkeys(lengths, "") | {_SHORT: _NOTE + missing}
    return Group(
        tables=[
            Table(_HEADER, _rows(found[said]), f"Updates of about {said}", note)
            for said, note in notes.items()
        ],
        goals=met(GOALS, _goals(found[_LONG]) if _LONG in found else {}),
        numbers=found,
    )


def _started(
    begun: Callable[[Peer, float, int], Play],
    peers: Mapping[str, Peer],
    seconds: tuple[float, float],
    rounds: int,
) -> Mapping[str, Sequence[Play]]:
    """All *peers* in turns, in so many rounds of the same updates."""
    plays: dict[str, list[Play]] = {name: [] for name in peers}
    for turn in range(rounds):
        length = Random(turn).uniform(*seconds)  # noqa: S311 - to be repeated
        for name, peer in peers.items():
            play = begun(peer, length, turn)
            play.await_start()
            plays[name].append(play)
    return plays


_HEADER = (
    "",
    "calls",
    "connections",
    "knew of the end after, s",
    "was over after, s",
    "processor, s",
    "dlt-action ÷ it",
    "memory, MB",
    "dlt-action ÷ it",
)


def _rows(found: Found) -> Sequence[Sequence[Cell]]:
    return [
        (
            name,
            _typical(rounds, "calls"),
            _typical(rounds, "connections"),
            _typical(rounds, "seconds until it knew", fmean),
            _typical(rounds, "seconds until it was over", fmean),
            *_taken(found, name),
        )
        for name, rounds in found.items()
    ]


def _taken(found: Found, name: str) -> Sequence[Cell]:
    if PEERS[name].replayed:
        return ("", "", "", "")
    return [
        cell
        for what in ("seconds of a processor", "MB")
        for cell in (_typical(found[name], what), _ratio(found, name, what))
    ]


def _typical(
    rounds: Sequence[Mapping[str, float]],
    what: str,
    of: Callable[[Sequence[float]], float] = median,
) -> float:
    return of([found[what] for found in rounds])


def _ratio(found: Found, name: str, what: str) -> float:
    pairs = zip(found[OURS], found[name], strict=True)
    return median(ours[what] / theirs[what] for ours, theirs in pairs)


def _goals(found: Found) -> Mapping[str, float | None]:
    return {
        GOALS[0].said: _ratio(found, SDK, "seconds of a processor"),
        GOALS[1].said: _ratio(found, SDK, "MB"),
        GOALS[2].said: _ratio(found, SCRIPT, "seconds of a processor"),
        GOALS[3].said: _ratio(found, SCRIPT, "MB"),
    }
