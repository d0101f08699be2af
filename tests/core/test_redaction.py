from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from typing import SupportsIndex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.redaction import REDACTED, SHORTEST, disguises, hidden_in, redact
from dlt_action.core.text import ELLIPSIS

SECRET = "dapi0123/456+789 ab\"cd&ef'gh"
CUT_SECRET = "dose0123456789abcdef"


def _base64_within(secret: str, before: str, after: str) -> str:
    return b64encode((before + secret + after).encode()).decode()


@pytest.mark.parametrize(
    "disguise",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        SECRET.replace("/", "%2f")
        .replace("+", "%2b")
        .replace(" ", "%20")
        .replace('"', "%22")
        .replace("&", "%26")
        .replace("'", "%27"),
        quote_plus(SECRET),
        json.dumps(SECRET),
        repr(SECRET),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        html.escape(SECRET, quote=False).replace('"', "&quot;"),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        b64encode(SECRET.encode()).decode(),
        urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_secret_is_hidden_in_every_disguise(disguise: str) -> None:
    hidden = redact(f"before {disguise} after", disguises(SECRET))
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")
    assert disguise not in hidden
    assert "***" in hidden


@given(
    st.text(st.characters(codec="ascii"), min_size=SHORTEST + 2).filter(str.strip),
    st.text(st.characters(codec="ascii"), max_size=5),
    st.text(st.characters(codec="ascii"), max_size=5),
)
def test_base64_of_a_longer_text_gives_nothing_away(
    secret: str, before: str, after: str
) -> None:
    whole = _base64_within(secret, before, after)
    assert redact(whole, disguises(secret)) != whole


@pytest.mark.parametrize("secret", ["", "   ", "\n", "short", "seven77"])
def test_what_is_blank_or_short_is_not_hidden(secret: str) -> None:
    assert disguises(secret) == ()


def test_each_line_of_a_secret_is_one() -> None:
    forms = disguises("-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n")
    assert redact("x MIIEvQIBADANBg y", forms) == "x *** y"


def test_a_letter_outside_of_ascii_is_hidden_however_json_spells_it() -> None:
    secret = 'd\u00f6se"0123'
    for ascii_only in (True, False):
        told = json.dumps([secret], ensure_ascii=ascii_only)
        assert redact(told, disguises(secret)) == '["***"]'


def test_a_secret_that_was_pasted_with_a_line_end_is_hidden_without_it() -> None:
    assert redact("Bearer dapi-0123456789", disguises("dapi-0123456789\n")) == (
        "Bearer ***"
    )


def test_longer_forms_go_first_so_that_no_rest_is_left() -> None:
    lengths = [len(form) for form in disguises(SECRET)]
    assert lengths == sorted(lengths, reverse=True)


def test_a_lone_surrogate_in_a_secret_is_no_obstacle() -> None:
    assert redact("x \ud800-0123456789", disguises("\ud800-0123456789")) == "x ***"


@pytest.mark.parametrize("kept", range(8, len(CUT_SECRET)))
def test_a_secret_that_a_cut_fell_into_is_hidden_too(kept: int) -> None:
    shown = redact(f"before {CUT_SECRET[:kept]}{ELLIPSIS}", disguises(CUT_SECRET))
    assert shown == f"before {REDACTED}{ELLIPSIS}"


@pytest.mark.parametrize("blank", ["", " ", "\n", "\n  "])
@pytest.mark.parametrize("after", ["", " 3 more lines", ELLIPSIS, f" {CUT_SECRET}"])
def test_a_blank_before_the_sign_of_a_cut_hides_no_secret(
    blank: str, after: str
) -> None:
    for kept in range(SHORTEST, len(CUT_SECRET)):
        text = f"a {CUT_SECRET[:kept]}{blank}{ELLIPSIS}{after}"
        hidden = f"a {REDACTED}{blank}{ELLIPSIS}{after}".replace(CUT_SECRET, REDACTED)
        assert redact(text, disguises(CUT_SECRET)) == hidden


def test_every_cut_is_looked_at_and_what_lies_between_is_shown() -> None:
    piece = CUT_SECRET[:10]
    text = f"{piece} {piece}{ELLIPSIS}b{ELLIPSIS}{piece}{ELLIPSIS} {piece} dose"
    assert redact(text, disguises(CUT_SECRET)) == (
        f"{piece} {REDACTED}{ELLIPSIS}b{ELLIPSIS}{REDACTED}{ELLIPSIS} {piece} dose"
    )


def test_a_secret_that_begins_as_it_goes_on_is_hidden_from_where_it_fits() -> None:
    shown = redact(f"aaaaaaaaaaaa{ELLIPSIS}", disguises("aaaaaaaaaaab0123"))
    assert shown == f"a{REDACTED}{ELLIPSIS}"


class Watched(str):  # noqa: SLOT000 - it notes something
    """A form that notes how often it is looked at."""

    looks = 0

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        self.looks += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("begun", ["", CUT_SECRET[:SHORTEST]])
def test_how_often_a_text_was_cut_makes_no_form_be_looked_at_more_often(
    begun: str,
) -> None:
    looks = []
    for cuts in (10, 1000):
        form = Watched(CUT_SECRET)
        redact(f"{begun} and more" + ELLIPSIS * cuts, [form])
        looks.append(form.looks)
    assert looks[0] == looks[1]


def test_what_only_begins_like_a_secret_is_shown() -> None:
    text = f"before {CUT_SECRET[:12]}, after{ELLIPSIS}"
    assert redact(text, disguises(CUT_SECRET)) == text


def test_what_is_in_no_record_is_not_taken_for_free_of_secrets() -> None:
    with pytest.raises(TypeError):
        hidden_in(["dose0123456789"], lambda text: text)
