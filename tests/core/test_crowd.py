"""One line for all, where too many are running for a line each."""

from __future__ import annotations

from dlt_action.core.crowd import FEW, Crowd
from dlt_action.core.model import Attribution, FlowStatus, Result, UpdateId
from dlt_action.core.news import Ended, Heartbeat, Noted, Started, StateSeen
from dlt_action.core.record import Outcome

WELL = Ended(Outcome(result=Result.SUCCEEDED, reason=""))
BADLY = Ended(Outcome(result=Result.FAILED, reason=""))
UNKNOWN = Ended(Outcome(result=Result.UNFINISHED, reason=""))


def beat(done: int, running: int, rows: int | None = None) -> Heartbeat:
    flows = {FlowStatus.COMPLETED: done, FlowStatus.RUNNING: running}
    return Heartbeat(state="RUNNING", flows=flows, rows=rows, elapsed=1.0)


def crowd(total: int, running: int) -> Crowd:
    made = Crowd(total)
    for number in range(running):
        made.saw(number, Noted("begun"))
    return made


def test_it_is_large_from_six_on() -> None:
    assert not crowd(9, FEW).is_large
    assert crowd(9, FEW + 1).is_large


def test_the_line_counts_who_runs_who_is_done_and_who_waits() -> None:
    many = crowd(10, 6)
    assert many.line(0.0) == "6 running · 0 done · 4 waiting · 00:00"
    many.saw(0, WELL)
    many.saw(1, BADLY)
    many.saw(2, UNKNOWN)
    assert many.line(60.0) == "3 running · 3 done (2 not well) · 4 waiting · 01:00"


def test_there_is_one_line_a_minute() -> None:
    many = crowd(6, 6)
    assert many.line(10.0) == "6 running · 0 done · 00:10"
    assert many.line(69.9) is None
    assert many.line(70.0) is not None


def test_flows_and_rows_are_those_of_all_also_of_who_is_done() -> None:
    many = crowd(3, 3)
    many.saw(0, beat(2, 1, rows=10))
    many.saw(0, WELL)
    many.saw(1, beat(1, 3, rows=5))
    many.saw(2, beat(0, 2))
    assert many.line(1.0) == "2 running · 1 done · flows 3/9 · 15 rows · 00:01"


def test_a_heartbeat_without_flows_takes_none_away() -> None:
    many = crowd(1, 1)
    many.saw(0, beat(1, 1, rows=7))
    many.saw(0, Heartbeat(state="job run RUNNING", elapsed=1.0))
    assert many.line(1.0) == "1 running · 0 done · flows 1/2 · 7 rows · 00:01"


def test_news_of_who_has_ended_change_nothing() -> None:
    many = crowd(1, 1)
    many.saw(0, WELL)
    many.saw(0, beat(9, 9, rows=9))
    assert many.line(1.0) == "0 running · 1 done · 00:01"


def test_a_task_whose_update_has_ended_is_done_until_another_begins() -> None:
    many = crowd(8, 8)
    for number in range(3):
        many.saw(number, StateSeen(UpdateId("u"), "COMPLETED", None))
    assert not many.is_large
    assert many.line(0.0) == "5 running · 3 done · 00:00"
    again = Started(update_id=UpdateId("v"), url="", attribution=Attribution.CONFIRMED)
    many.saw(0, again)
    many.saw(1, WELL)
    assert many.is_large
    assert many.line(60.0) == "6 running · 2 done · 01:00"
