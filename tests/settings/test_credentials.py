"""Tokens: refused before they reach a header, by position and never by value."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.signin.schemes import Pat
from dlt_action.settings import credentials
from dlt_action.settings.formats import Unfit
from tests.settings.door import TOKEN, inputs, refusal, settings


@pytest.mark.parametrize("token", [TOKEN, f"{TOKEN}-2", "a.b_c-d.e~f+g/h==", "x"])
def test_a_bearer_token_is_taken_as_it_is(token: str) -> None:
    assert credentials.token(token) == token


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", "\n{}", " {}\t", "\r{}\r"])
def test_blanks_around_a_token_are_trimmed(around: str) -> None:
    assert settings(token=around.format(TOKEN)).access.scheme == Pat(TOKEN)


SECRET = "dapiSecretSecretSecret"
ALONE = "Store the token alone, as Databricks showed it."

REFUSED = [
    (f"{SECRET[:4]} {SECRET[4:]}", f"Character 5 of 23 is a blank. {ALONE}"),
    (f"{SECRET}\n{SECRET}", f"Character 23 of 45 is a line break. {ALONE}"),
    (f"{SECRET}\r{SECRET}", "Character 23 of 45 is a line break."),
    (f"\ufeff{SECRET}", "Character 1 of 23 is a byte-order mark."),
    (f"{SECRET}\ufeff", "Character 23 of 23 is a byte-order mark."),
    (f'"{SECRET}"', "Character 1 of 24 is a quotation mark."),
    (f"'{SECRET}'", "Character 1 of 24 is a quotation mark."),
    (f"\u201c{SECRET}\u201d", "Character 1 of 24 is a typographic quotation mark."),
    (f"{SECRET}\u2019", "Character 23 of 23 is a typographic quotation mark."),
    (f"{SECRET}\u00e9", "Character 23 of 23 is one outside ASCII."),
    (f"{SECRET}\udc80", "Character 23 of 23 is one outside ASCII."),
    (f"{SECRET}\u200b", "Character 23 of 23 is one outside ASCII."),
    (f"{SECRET}\x00", "Character 23 of 23 is one that cannot be in it."),
    (f"={SECRET}", "Character 1 of 23 is one that cannot be in it."),
    (f"{SECRET}={SECRET}", "Character 24 of 45 is one that cannot be in it."),
    ("***", "Character 1 of 3 is one that cannot be in it."),
    (f"Bearer {SECRET}", "Character 7 of 29 is a blank. Leave out the word Bearer."),
    (
        "$(DATABRICKS_TOKEN)",
        (
            "Character 1 of 19 is one that cannot be in it."
            " It looks like a variable that nobody filled in."
        ),
    ),
]


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_a_spoiled_token_is_refused_by_position(text: str, expected: str) -> None:
    (line,) = refusal(inputs({"token": text}))
    assert line.startswith(f"token: {expected}")
    assert "Secret" not in line


@given(st.text(min_size=1))
def test_what_is_taken_can_go_into_a_header(text: str) -> None:
    try:
        taken = credentials.token(text)
    except Unfit:
        return
    assert taken.isascii()
    assert taken.isprintable()
    assert " " not in taken


def jwt(payload: bytes) -> str:
    """A token in the shape of a JWT."""
    return f"e30.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.sig"


def test_a_jwt_says_when_it_ends() -> None:
    end = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    token = jwt(json.dumps({"exp": end.timestamp()}).encode())
    assert credentials.expires_at(token) == end


@pytest.mark.parametrize(
    "token",
    [
        TOKEN,
        "a.b.c",
        "a.\u00e9.c",
        jwt(b"not json"),
        jwt(b"\xff"),
        jwt(b"[]"),
        jwt(b"{}"),
        jwt(b'{"exp": "soon"}'),
        jwt(b'{"exp": 1e400}'),
        jwt(b'{"exp": 1e30}'),
        jwt(b'{"exp": 3e11}'),  # the year 11476
        jwt(b'{"exp": NaN}'),
        jwt(b"[" * 100_000),
    ],
)
def test_any_other_token_does_not_say(token: str) -> None:
    assert credentials.expires_at(token) is None
