"""How long it still takes: coarse, honest, and nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.eta import Left, Past, Ran, left, said
from dlt_action.core.model import FlowStatus
from dlt_action.core.record import FlowRow
from tests.core.events import at

# One after the other, then two at once, then nothing for a while.
FLOWS: Mapping[str, Ran] = {
    "a": (0.0, 100.0),
    "b": (100.0, 400.0),
    "c": (100.0, 300.0),
}
PAST = Past(600.0, FLOWS)


def row(name: str, status: str, began: float | None = None) -> FlowRow:
    """A flow that *began* so many seconds after RUNNING."""
    return FlowRow(
        name=name,
        status=FlowStatus(status),
        status_text=status,
        began=None if began is None else at(began),
    )


def replayed(past: Past, second: float, stretch: float = 1.0) -> list[FlowRow]:
    """The flows in an update that takes *stretch* times as long."""
    return [
        row(name, "COMPLETED" if ended * stretch <= second else "RUNNING", began)
        for name, (began, ended) in past.flows.items()
        if began * stretch <= second
    ]


def estimated(past: Past, second: float, *flows: FlowRow) -> Left | None:
    return left(past, flows, spent=second, now=at(second))


@pytest.mark.parametrize("second", [0, 50, 100, 250, 399, 450, 599, 600])
def test_an_update_that_goes_as_last_time_takes_as_long(second: int) -> None:
    rest = estimated(PAST, second, *replayed(PAST, second))
    assert rest is not None
    assert (rest.low, rest.high) == pytest.approx((600 - second, 600 - second))


DONE = [row(name, "COMPLETED", began) for name, (began, _) in FLOWS.items()]


@pytest.mark.parametrize(
    ("second", "flows", "low", "high"),
    [
        # Everything is done early: what came after the flows may come again.
        (100, DONE, 500, 500),
        # Nothing has begun, and last time something had from the start.
        (30, [], 600, 600),
        # After 300 s it is where it was after 100: as then, or twice as slow.
        (300, DONE[:1], 500, 1000),
        # After 200 s, where it was after 150 s.
        (
            200,
            [*DONE[:1], row("b", "RUNNING", 150), row("c", "RUNNING", 150)],
            450,
            600,
        ),
        # The longest flow began late, and nothing is faster than it.
        (400, [*DONE[:1], DONE[2], row("b", "RUNNING", 400)], 400, 800),
        # It is late, and all that is known is done.
        (700, DONE, 0, 0),
        # A flow that is new is not known to need anything.
        (100, [*replayed(PAST, 100), row("d", "RUNNING", 0)], 500, 500),
        # A flow that waits, or whose beginning is not told, is not begun.
        (100, [*DONE[:1], row("b", "QUEUED"), row("c", "RUNNING")], 500, 500),
    ],
)
def test_what_is_left_follows_from_what_is_done(
    second: int, flows: list[FlowRow], low: float, high: float
) -> None:
    rest = estimated(PAST, second, *flows)
    assert rest is not None
    assert (rest.low, rest.high) == pytest.approx((low, high))


def test_without_the_flows_of_last_time_the_clock_has_to_do() -> None:
    past = Past(600.0, queue=True)
    assert estimated(past, 150, *DONE) == Left(450, 450)
    assert estimated(past, 650, *DONE) == Left(0, 0)


def test_a_log_that_does_not_tell_when_it_began_tells_nothing_of_running_flows() -> (
    None
):
    flows = [row("a", "RUNNING", 0)]
    assert left(PAST, flows, spent=50, now=None) == Left(600, 600)


@pytest.mark.parametrize(
    ("seconds", "second"),
    [(600, 901), (0, 0), (-5, 0), (nan, 1), (inf, 1)],
)
def test_where_last_time_teaches_nothing_nothing_is_said(
    seconds: float, second: float
) -> None:
    assert estimated(Past(seconds), second) is None


MINUTE = 60.0


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 0, "less than a minute left"),
        (10, 59, "less than a minute left"),
        (60, 60, "about 1 min left"),
        (170, 190, "about 3 min left"),
        (3 * MINUTE, 6 * MINUTE, "3 to 6 min left"),
        (20, 6 * MINUTE, "up to 6 min left"),
        (11 * MINUTE, 11 * MINUTE, "about 10 min left"),
        (13 * MINUTE, 58 * MINUTE, "15 min to 1 h left"),
        (80 * MINUTE, 80 * MINUTE, "about 1 h 15 min left"),
        (70 * MINUTE, 140 * MINUTE, "1 h 15 min to 2 h 15 min left"),
    ],
)
def test_it_is_said_coarsely_and_with_its_spread(
    low: float, high: float, words: str
) -> None:
    assert said(Left(low, high)) == words


seconds = st.floats(-1e5, 1e6)
spans = st.tuples(st.floats(0, 1000), st.floats(0, 1000)).map(
    lambda two: (min(two), max(two))
)
pasts = st.builds(
    Past, st.floats(1000, 2000), st.dictionaries(st.sampled_from("abcdef"), spans)
)
rows = st.builds(
    row,
    st.sampled_from("abcdefg"),
    st.sampled_from([status.value for status in FlowStatus]),
    st.none() | seconds,
)


@given(pasts, st.lists(rows), seconds)
def test_an_estimate_is_a_span_of_time_ahead(
    past: Past, flows: list[FlowRow], second: float
) -> None:
    rest = estimated(past, second, *flows)
    if rest is not None:
        assert 0 <= rest.low <= rest.high <= 2 * past.seconds
        assert isfinite(rest.high)
        assert said(rest).endswith(" left")


@given(pasts, st.floats(0, 2000))
def test_an_update_that_repeats_the_last_one_is_foretold(
    past: Past, second: float
) -> None:
    second = min(second, past.seconds)
    rest = estimated(past, second, *replayed(past, second))
    assert rest is not None
    assert rest.low == rest.high
    assert rest.low == pytest.approx(past.seconds - second, abs=0.01)


@given(pasts, st.floats(0, 1), st.floats(0, 1))
def test_as_flows_go_on_the_least_that_is_left_does_not_grow(
    past: Past, one: float, other: float
) -> None:
    early, late = sorted((one * past.seconds, other * past.seconds))
    before = estimated(past, early, *replayed(past, early, 1.3))
    after = estimated(past, late, *replayed(past, late, 1.3))
    assert before is not None
    assert after is not None
    assert after.low <= before.low + 0.01


def test_what_is_longer_is_never_said_to_be_shorter() -> None:
    told = [said(Left(float(span), float(span))) for span in range(0, 4 * 3600, 20)]
    blocks = [words for words, _ in groupby(told)]
    assert len(blocks) == len(set(blocks))
