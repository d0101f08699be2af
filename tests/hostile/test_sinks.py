"""
Every hostile string, wherever others have a say, in every place that a text goes to.

The places: the log, on GitHub and outside of it, annotations and their properties,
titles of groups, outputs, step summary, pictures, comment, `junit.xml`, `result.json`
and `events.ndjson`. Nothing is written to the other stream, standard error, at all.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from dlt_action.core.model import Result
from tests.hostile import sinks
from tests.hostile.planting import log, of_several, planted, repeated
from tests.hostile.share import STRINGS as SHARE
from tests.hostile.strings import CARRIERS, PAYLOADS
from tests.reports.hostile_records import hostile

PART = 90  # strings for one test: so many processes have something to do
PARTS = range(0, len(PAYLOADS), PART)


def strings() -> set[str]:
    """All of them."""
    return {carry(text) for carry in CARRIERS.values() for text in PAYLOADS}


def test_there_are_thousands() -> None:
    assert len(strings()) >= 4000
    assert len(strings()) / SHARE >= 2000
    assert len(set(PAYLOADS)) == len(PAYLOADS)


@pytest.mark.parametrize(("carrier", "part"), list(product(CARRIERS, PARTS)))
def test_no_string_is_obeyed_in_any_place(
    carrier: str, part: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = list(CARRIERS).index(carrier) % SHARE  # each payload is in some carrier
    for number, payload in enumerate(PAYLOADS[part : part + PART]):
        if number % SHARE != first:
            continue
        text = CARRIERS[carrier](payload)
        try:
            sinks.check_all(sinks.tell(planted(repeated(text)), tmp_path))
            sinks.check_events(log(repeated(text)))
            if number // SHARE % SHARE == 0:  # it takes as long as all the others
                sinks.check_all(sinks.tell(of_several(repeated(text)), tmp_path))
            # Where it also takes the place of what we say ourselves.
            result = (Result.FAILED, Result.GATE_FAILED)[number // SHARE % 2]
            sinks.check_all(sinks.tell(hostile(text, result), tmp_path))
        except AssertionError as error:
            raise AssertionError(f"obeyed: {text[:500]!r}") from error
    assert capfd.readouterr() == ("", "")
