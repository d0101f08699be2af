"""What a run imports: before its first request, or meanwhile, and never after that."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import (
    ENTRY,
    Ended,
    Program,
    Shop,
    environment,
    shop,
    until,
)

WATCHER = Path(__file__).with_name("importing.py")
POLL = "--poll-interval=1s"
PLAYS: Mapping[str, Sequence[str]] = {
    "success": (POLL, "--report-dir=report"),
    "code-error": (POLL, "--report-dir=report", "--log-level=debug"),
    "slow-resources": (POLL, "--on-cancel=stop"),  # is told to leave
}

# What a plain run has no use for at all, or not before it knows the pipelines: what is
# in here costs each start some milliseconds, or will once it imports more.
NEVER = (
    *("dlt_action.api", "dlt_action.cleanup", "dlt_action.demo", "dlt_action.offline"),
    *("dlt_action.core.jobs.run", "dlt_action.core.jobs.watch", "dlt_action.edge.jobs"),
    *("dlt_action.edge.repeating", "dlt_action.jobfinding"),
    *("dlt_action.standin", "tenacity", "argparse", "asyncio", "concurrent"),
    *("configparser", "difflib", "multiprocessing", "subprocess", "unittest", "uuid"),
)
LATER = (
    *("dlt_action.core.flows", "dlt_action.core.gaterules", "dlt_action.core.launch"),
    *("dlt_action.core.news", "dlt_action.core.rows", "dlt_action.core.run"),
    *("dlt_action.core.watch", "dlt_action.driving", "dlt_action.publishing"),
    *("dlt_action.reports.comment", "dlt_action.reports.junit"),
    *("dlt_action.reports.lineage", "dlt_action.reports.summary", "dlt_action.teller"),
    *("decimal", "fractions", "html", "xml"),
)


@dataclass(frozen=True, slots=True)
class Play:
    """What a run did, in its order: imports, and requests."""

    ended: Ended
    events: Sequence[Mapping[str, Any]]

    def imported(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        return [one["imports"] for one in events if "imports" in one]

    @property
    def until_first_request(self) -> list[str]:
        first = next(n for n, one in enumerate(self.events) if "sends" in one)
        # While the request is made, on a thread of its own, the rest is begun.
        begun = next(
            n
            for n, one in enumerate(self.events)
            if one.get("imports") == "dlt_action.following"
        )
        return self.imported(self.events[: min(first, begun)])

    @property
    def since_start(self) -> list[str]:
        start = next(
            n for n, one in enumerate(self.events) if one.get("sends") == "POST"
        )
        return self.imported(self.events[start:])


def begin(folder: Path, shop: Shop, name: str) -> Program:
    environ = environment(folder)
    # Line 7 of the third cell is where a pipeline fails: the file is read for it.
    cells = "# COMMAND ----------\n".join([*("a = 1\n",) * 2, "b = 2\n" * 7])
    notebook = f"# Databricks notebook source\n{cells}"
    (folder / "checkout" / "shop.py").write_text(notebook, "utf-8")
    process = subprocess.Popen(
        [
            *(sys.executable, "-I", "-u", "-B", "-X", "utf8", str(WATCHER)),
            *(str(ENTRY), *shop.flags(name), *PLAYS[name]),
        ],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return Program(process, folder)


def told(ended: Ended) -> Play:
    events = [json.loads(line) for line in ended.err.splitlines()]
    return Play(ended, events[: events.index({})])


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Play]]:
    with ExitStack() as stack:
        running = {}
        for name in PLAYS:
            served = stack.enter_context(shop())
            folder = tmp_path_factory.mktemp(name)
            running[name] = (begin(folder, served, name), served)
        leaving, served = running.pop("slow-resources")
        until(lambda: served.starts > 0)
        told_to_leave = told(leaving.signal(signal.SIGTERM))
        ended = {name: told(one.end()) for name, (one, _) in running.items()}
        yield {**ended, "slow-resources": told_to_leave}


@pytest.fixture(params=PLAYS)
def play(request: pytest.FixtureRequest, plays: Mapping[str, Play]) -> Play:
    """One of the runs."""
    return plays[request.param]


def among(imported: Sequence[str], roots: Sequence[str]) -> list[str]:
    return [
        one
        for one in imported
        if any(f"{one}.".startswith(f"{root}.") for root in roots)
    ]


def test_the_runs_were_what_they_are_to_be(plays: Mapping[str, Play]) -> None:
    results = {name: one.ended.outputs["result"] for name, one in plays.items()}
    assert results == {
        "success": "succeeded",
        "code-error": "failed",
        "slow-resources": "interrupted",
    }
    assert "<code>shop.py:12</code>" in plays["code-error"].ended.summary


def test_a_plain_run_imports_nothing_that_it_has_no_use_for(play: Play) -> None:
    assert among(play.imported(play.events), NEVER) == []


def test_what_is_needed_later_is_imported_after_the_first_request(play: Play) -> None:
    known = set(play.imported(play.events))
    assert among(sorted(known), ["dlt_action.core.watch", "dlt_action.reports.summary"])
    assert among(play.until_first_request, LATER) == []


def test_nothing_is_imported_once_an_update_may_be_running(play: Play) -> None:
    assert play.since_start == []
