from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.rows import without_rows
from dlt_action.core.userinfo import without_userinfo

HIDDEN = [
    ("git+https://me:s3c@host/a.git", "git+https://***@host/a.git"),
    ("https://s3c@host/a", "https://***@host/a"),
    ("HTTPS://S3C@host", "HTTPS://***@host"),
    ("see http://:s3c@h, or", "see http://***@h, or"),
    ("jdbc:postgresql://me:s3@c@host/db", "jdbc:postgresql://***@host/db"),
    ("ftp://me:@h ftp://me:s3c@h", "ftp://***@h ftp://***@h"),
    ("//me:s3c@host", "//***@host"),
    ("mongodb+srv://me:s3c@host/?a=b@c", "mongodb+srv://***@host/?a=b@c"),
]
KEPT = [
    "",
    "a@example.com",
    "https://host/a@b",
    "https://host?mail=a@b",
    "https://host#a@b",
    "https://host a@b",
    "https://host:8080/a",
    "abfss://container@account.dfs.core.windows.net/path",
    "ssh://git@host/a.git",
    "// a comment: of me@host",
]


@pytest.mark.parametrize(("text", "told"), HIDDEN)
def test_what_signs_in_is_hidden_and_where_to_stays(text: str, told: str) -> None:
    assert without_userinfo(text) == told
    assert without_rows(text) == told
    assert without_rows(f"Failed: {text}\nat a") == f"Failed: {told}\nat a"


@pytest.mark.parametrize("text", KEPT)
def test_an_address_that_holds_no_password_is_left_as_it_is(text: str) -> None:
    assert without_userinfo(text) == text


@given(st.text(alphabet="h/:@tps a\0.", max_size=30))
def test_what_is_hidden_once_stays_and_is_found_between_other_texts(text: str) -> None:
    told = without_userinfo(text)
    assert without_userinfo(told) == told
    if told != text:
        together = f"a\0{text}\0b"
        assert without_userinfo(together) != together
