"""Tokens: what they say of themselves, and how long they are used."""

from __future__ import annotations

import base64
import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlt_action.core.model import Json
from dlt_action.core.signin.bearer import (
    TOKEN,
    claims,
    moment,
    over_after,
    seconds_of,
    stale_after,
)
from tests.core.signin.replies import jwt

OPAQUE = "dapi0123456789"
DAY = 86_400.0
UNTOLD = 300.0

# Row C8 of the fault matrix, and its relatives.
LIVES: list[tuple[Json, float]] = [
    (3600, 3600.0),
    (300.5, 300.5),
    (1, 1.0),
    ("3600", 3600.0),
    ("0060", 60.0),
    (86_400, DAY),
    (86_401, DAY),
    (1e12, DAY),
    (1e308, DAY),
    (math.inf, DAY),
    ("999999999999", DAY),
    (10**400, DAY),  # more than a float can be
    (None, UNTOLD),
    (0, UNTOLD),
    (-1, UNTOLD),
    (-0.0, UNTOLD),
    (-math.inf, UNTOLD),
    (math.nan, UNTOLD),
    (True, UNTOLD),
    (False, UNTOLD),
    ([3600], UNTOLD),
    ({"seconds": 3600}, UNTOLD),
    ("", UNTOLD),
    ("0", UNTOLD),
    ("-1", UNTOLD),
    ("+60", UNTOLD),
    (" 60", UNTOLD),
    ("60\n", UNTOLD),
    ("60s", UNTOLD),
    ("1e3", UNTOLD),
    ("60.5", UNTOLD),
    ("1_000", UNTOLD),
    ("0x10", UNTOLD),
    ("NaN", UNTOLD),
    ("\u00b3", UNTOLD),  # superscript three: a digit, and no number
    ("\uff16\uff10", UNTOLD),  # fullwidth 60
    ("\u0967\u0968", UNTOLD),  # Devanagari 12
    ("9" * 13, UNTOLD),
    ("9" * 5_000, UNTOLD),
]


@pytest.mark.parametrize(("told", "seconds"), LIVES)
def test_a_life_is_a_number_of_seconds_or_the_shortest_that_is_documented(
    told: Json, seconds: float
) -> None:
    assert seconds_of(told, OPAQUE) == seconds


@pytest.mark.parametrize(
    ("told", "own", "seconds"),
    [
        (3600, {"iat": 1_000, "exp": 1_300}, 300.0),
        (300, {"iat": 1_000, "exp": 4_600}, 300.0),
        (None, {"iat": 1_000, "exp": 4_600}, UNTOLD),
        (None, {"iat": 1_000, "exp": 1_060}, 60.0),
        ("3600", {"iat": 1_000.25, "exp": 1_000.75}, 0.5),
        # By its own clock alone, or not at all.
        (3600, {"exp": 1_300}, 3600.0),
        (3600, {"iat": 1_000}, 3600.0),
        (3600, {"iat": 1_000, "exp": 1_000}, 3600.0),
        (3600, {"iat": 1_300, "exp": 1_000}, 3600.0),
        (3600, {"iat": "1000", "exp": "1300"}, 3600.0),
        (3600, {"iat": False, "exp": True}, 3600.0),
        (3600, {"iat": 0, "exp": math.inf}, 3600.0),
        (3600, {"iat": math.nan, "exp": math.nan}, 3600.0),
        (3600, {"iat": 0, "exp": 10**400}, 3600.0),
        (3600, {"nbf": 1_000, "exp": 1_300}, 3600.0),
    ],
)
def test_a_jwt_can_shorten_the_life_that_was_told_and_never_lengthen_it(
    told: Json, own: dict[str, Json], seconds: float
) -> None:
    assert seconds_of(told, jwt(**own)) == seconds


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats()
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(JSON_VALUES, JSON_VALUES, JSON_VALUES)
def test_every_token_lives_for_more_than_nothing_and_at_most_a_day(
    told: Json, began: Json, ends: Json
) -> None:
    assert 0 < seconds_of(told, jwt(iat=began, exp=ends)) <= DAY


@pytest.mark.parametrize(
    ("life", "stale", "over"),
    [
        (3600, 2400, 3560),  # Databricks, Entra: 20 minutes ahead
        (86_400, 85_200, 86_360),
        (2400, 1200, 2360),
        (2399, 1199.5, 2359),
        (600, 300, 560),
        (300, 150, 260),
        (100, 50, 60),
        (81, 40.5, 41),
        # Here nothing is left of the margin: used for half, and then renewed.
        (80, 40, 40),
        (79, 39.5, 39.5),
        (50, 25, 25),
        (1, 0.5, 0.5),
    ],
)
def test_a_token_is_renewed_at_half_of_its_life_and_given_up_40_seconds_early(
    life: float, stale: float, over: float
) -> None:
    assert (stale_after(life), over_after(life)) == (stale, over)


@given(st.floats(min_value=0.001, max_value=DAY))
@example(1.0)
@example(50.0)
@example(79.0)
@example(80.0)
@example(2400.0)
def test_a_token_is_used_then_stale_then_over_before_it_ends(life: float) -> None:
    stale, over = stale_after(life), over_after(life)
    assert 0 < life / 2 <= stale <= over < life
    assert life - stale <= 1200 + 1e-9
    assert life - over <= max(40, life / 2)


def test_what_does_not_end_is_never_stale() -> None:
    assert stale_after(math.inf) == over_after(math.inf) == math.inf


def test_a_jwt_says_what_it_says() -> None:
    told: dict[str, Json] = {"iss": "i", "aud": ["a", "b"], "n": 1.5, "\u00e9": None}
    assert claims(jwt(**told)) == told


@pytest.mark.parametrize("length", range(1, 9))
@pytest.mark.parametrize("signature", ["", "s", "si", "sig", "sign"])
def test_no_length_of_a_jwt_hides_what_it_says(length: int, signature: str) -> None:
    told: dict[str, Json] = {"a" * length: 1}
    payload = encoded(json.dumps(told).encode())
    assert claims(f"e30.{payload}.{signature}") == told


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def of(payload: bytes) -> str:
    """A token in the form of a JWT."""
    return f"a.{encoded(payload)}.c"


SAYING_NOTHING = {
    "nothing": "",
    "two parts": f"e30.{encoded(b'{}')}",
    "four parts": f"e30.{encoded(b'{}')}.x.y",
    "five parts, encrypted": "a.b.c.d.e",
    "dots": "..",
    "no base64": "a.!.c",
    "no ASCII": "a.\u00e9\u00e9\u00e9\u00e9.c",
    "one letter": "a.b.c",
    "no UTF-8": of(bytes([0xFF, 0xFE, 0xFF])),
    "UTF-16 cut in half": of("{}".encode("utf-16")[:-1]),
    "no JSON": of(b"{"),
    "a list": of(b"[1]"),
    "a text": of(b'"sub"'),
    "null": of(b"null"),
    "a deep well": of(b"[" * 100_000),
    "a number without end": of(b"9" * 5_000),
    "a lone surrogate": "a.\ud800.c",
}


@pytest.mark.parametrize("token", SAYING_NOTHING.values(), ids=SAYING_NOTHING)
def test_whatever_is_no_jwt_says_nothing(token: str) -> None:
    assert claims(token) == {}


@given(st.text())
def test_no_text_makes_reading_claims_fail(token: str) -> None:
    assert isinstance(claims(token), dict)


@given(st.binary())
def test_no_bytes_in_a_jwt_make_reading_claims_fail(raw: bytes) -> None:
    assert isinstance(claims(f"e30.{encoded(raw)}.x"), dict)


@given(st.dictionaries(st.text(), JSON_VALUES))
def test_all_claims_are_read_as_they_were_written(told: dict[str, Json]) -> None:
    assert json.dumps(claims(jwt(**told))) == json.dumps(told)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (1_700_000_000, 1_700_000_000.0),
        (1_700_000_000.5, 1_700_000_000.5),
        (-5, -5.0),
        (1e12, None),
        (-1e12, None),
        (10**400, None),
        (math.nan, None),
        (True, None),
        ("1700000000", None),
        (None, None),
        ([1], None),
    ],
)
def test_a_date_of_a_jwt_is_a_number_of_this_age(
    value: Json, seconds: float | None
) -> None:
    assert moment(value) == seconds


@pytest.mark.parametrize("token", [OPAQUE, "a.b.c", "a_b-c~d/e+f==", "x"])
def test_a_bearer_token_is_made_of_these_letters(token: str) -> None:
    assert TOKEN.fullmatch(token)


@pytest.mark.parametrize(
    "token",
    ["", "=", "a=b", "a b", "a\n", "\na", "a\0", "a,b", "\u00e9", "\uff41", "a\ud800"],
)
def test_a_bearer_token_is_made_of_no_others(token: str) -> None:
    assert not TOKEN.fullmatch(token)
