"""How long it still takes, by the last good update: whole runs, the second time."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from dlt_action.core.calls import Call
from dlt_action.core.steps import Why
from dlt_action.standin.faults import Fault
from tests.story.virtual import Played, Stage

SLOW = {"stretch": 6.0}  # the shop of 74 seconds takes 7 minutes
BUDGET = 5
LEFT = re.compile(r" · (?:about|less than|up to|[0-9]).* left$")


def staged(folder: Path, name: str = "", **manners: object) -> Stage:
    """A stage on which an update was completed before."""
    place = folder / name
    place.mkdir(exist_ok=True)
    stage = Stage(place, manners={**SLOW, **manners})
    stage.play("success")
    return stage


def is_of(call: Call, update: str) -> bool:
    """Whether *call* is about the log of *update*; page tokens of the stand-in tell."""
    asked = dict(call.query)
    token = base64.urlsafe_b64decode(asked.get("page_token", "")).decode()
    return update in asked.get("filter", "") + token


def behind(calls: list[tuple[float, Call]], ours: str) -> list[str]:
    """The calls that look back: after the last start, and not about *ours*."""
    begun = max(n for n, (_, call) in enumerate(calls) if call.what.startswith("start"))
    return [
        call.what
        for _, call in calls[begun:]
        if call.what == "list the updates"
        or (call.what == "read the event log" and not is_of(call, ours))
    ]


def estimates(played: Played) -> list[str]:
    """The lines that tell how long it still takes."""
    return [line for line in played.lines if LEFT.search(line)]


def test_the_second_update_knows_how_long_it_takes(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    before = len(stage.line.calls)
    played = stage.play("success")

    assert played.outputs["result"] == "succeeded"
    told = estimates(played)
    assert len(told) >= 5
    assert re.search(
        r"flows [0-9]+/[0-9]+ · .* · [0-9:]+ · about [2-4] min left", told[0]
    )
    assert told[-1].endswith("less than a minute left")
    asked = behind(played.line.calls[before:], played.outputs["update-id"])
    assert 2 <= len(asked) <= BUDGET


def test_the_first_update_says_nothing_of_its_end_and_asks_once(tmp_path: Path) -> None:
    played = Stage(tmp_path, manners=SLOW).play("success")

    assert not estimates(played)
    assert "flows " in played.log
    asked = behind(played.line.calls, played.outputs["update-id"])
    assert asked == ["list the updates"]


def test_a_short_update_costs_no_call_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play("success")
    before = len(stage.line.calls)
    short = stage.play("success")
    asked = behind(short.line.calls[before:], short.outputs["update-id"])
    assert len(asked) <= 4  # of a workspace with small pages


def test_an_update_of_another_kind_is_not_compared_with(tmp_path: Path) -> None:
    assert not estimates(staged(tmp_path).play("success", "--full-refresh=true"))


@pytest.mark.parametrize("status", [400, 403, 429, 503])
def test_what_cannot_be_had_is_silently_absent(tmp_path: Path, status: int) -> None:
    calm = staged(tmp_path, "calm").play("success")
    stage = staged(tmp_path, "stormy")
    began = stage.line.seconds
    stage.workspace.faults.append(
        Fault(
            method="GET",
            path_pattern="/updates$",
            times=1000,
            status=status,
            from_second=began + 60,
            until_second=1e9,
        )
    )

    played = stage.play("success")

    assert played.outputs["result"] == "succeeded"
    assert not estimates(played)
    assert "warning" not in played.log
    assert "does not answer" not in played.log
    # It knows less of when to look, and is not held up.
    assert abs(played.seconds - calm.seconds) < 10.0


@pytest.mark.parametrize("second", [75, 79.1, 83.3, 90, 95.5])
def test_a_look_back_delays_no_stop(tmp_path: Path, second: float) -> None:
    stage = staged(tmp_path)
    signal = stage.line.seconds + second
    stage.line.interrupt_at(signal, Why.SIGTERM)

    played = stage.play("success")

    after = [(at, call.what) for at, call in played.line.calls if at >= signal]
    assert [what for _, what in after[:2]] == ["read the pipeline", "stop the update"]
    assert after[1][0] - signal <= 0.5
    assert played.outputs["result"] == "interrupted"


def test_who_canceled_it_is_told_in_the_log_and_in_the_summary(tmp_path: Path) -> None:
    played = Stage(tmp_path).play("canceled")

    assert played.outputs["result"] == "canceled"
    assert "canceled by" in played.log
    assert "Canceled by" in played.summary
    assert "@" not in played.outputs["reason"]


def test_an_update_that_hangs_is_told_with_what_runs_and_since_when(
    tmp_path: Path,
) -> None:
    played = Stage(tmp_path).play("goes-silent", "--timeout=20m")

    beats = [line for line in played.lines if " · 1 running" in line]
    hangs = [line for line in beats if "no news for" in line]
    assert "no news" not in beats[0]
    assert len(hangs) > 15
    assert re.search(
        r"flows \d/8 · 1 running: main\.sales\.\w+ 1\d:\d\d · .* · no news for 1\d:",
        hangs[-1],
    ), hangs[-1]
