from __future__ import annotations

import pytest

from dlt_action.core.model import Location
from dlt_action.core.words import count, duration, place, plural, share


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "00:00"),
        (0, "00:00"),
        (0.4, "00:00"),
        (59.6, "01:00"),
        (250, "04:10"),
        (3599, "59:59"),
        (3600, "1 h 00 min"),
        (3725, "1 h 02 min"),
        (100 * 3600, "100 h 00 min"),
    ],
)
def test_a_duration_is_read_at_a_glance(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (-12345, "-12,345"),
        (999_999, "999,999"),
        (1_000_000, "1.0 M"),
        (1_234_567, "1.2 M"),
        (2_500_000_000, "2.5 G"),
    ],
)
def test_a_count_is_exact_until_a_million(number: int, expected: str) -> None:
    assert count(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 flows"), (1, "1 flow"), (2, "2 flows")]
)
def test_one_is_no_plural(number: int, expected: str) -> None:
    assert plural(number, "flow") == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 10, "0 %"),
        (1, 3, "33.33 %"),
        (1, 2, "50 %"),
        (10, 10, "100 %"),
        (1, 10_000_000, "0.01 %"),
        (9_999_999, 10_000_000, "99.99 %"),
        (0, 0, "-"),
    ],
)
def test_a_share_is_not_rounded_to_all_or_nothing(
    part: int, whole: int, expected: str
) -> None:
    assert share(part, whole) == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (Location(path="/a.py", line=3), "/a.py:3"),
        (Location(path="/a.py"), "/a.py"),
        (Location(path="/nb", line=3, cell=2), "/nb, cell 2, line 3"),
        (Location(path="/nb", cell=2), "/nb, cell 2"),
    ],
)
def test_a_place_is_found_by_an_editor_or_a_person(
    location: Location, expected: str
) -> None:
    assert place(location) == expected
