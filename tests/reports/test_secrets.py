"""No report shows a secret, whatever it is made of and whoever reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dlt_action.core.record import Record
from dlt_action.core.redaction import REDACTED, disguises, hidden_in, redact
from tests.hostile import sinks
from tests.hostile.planting import of_several, planted, repeated
from tests.oracles import gfm
from tests.oracles.sight import seen
from tests.reports.hostile_records import of_a_job

# All that one renderer or another escapes, parts, replaces or cuts a text at.
SIGNS = "&<>\"'\\`*[]|~#!^$_@:%-+=.,;{}()/?"
SECRETS = (
    *(f"{sign}dose{sign}01{sign * 2}2345{sign}" for sign in SIGNS),
    *("www.dose.0123", "dose://0123", "GH-1#2dose0123", "fa:fa-dose", "100:dose:0123"),
    *("1. dose0123", "dose\ufb02\u00b60123\u00b6\u00df", "0123456789abcdef" * 4),
    "k1Z8Q~ab_CDef0123456789ghIJkl.mnop~qrStu",  # as Entra makes them
)


RECORDS: Mapping[str, Callable[[str], Record]] = {
    "a job's": of_a_job,
    "one of several": lambda text: of_several(repeated(text)),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_every_text_of_a_record_is_redacted_and_nothing_else_is(kind: str) -> None:
    secret = "dose~0123"
    forms = disguises(secret)
    record = RECORDS[kind](secret)
    hidden = hidden_in(record, lambda text: redact(text, forms))
    assert secret in repr(record)
    assert repr(hidden) == repr(record).replace(secret, REDACTED)


def test_a_record_without_a_secret_stays_the_object_that_it_is() -> None:
    record = of_several(repeated("main.shop.orders"))
    forms = disguises("dose~0123")
    assert hidden_in(record, lambda text: redact(text, forms)) is record


@pytest.mark.parametrize("part", range(8))
def test_no_reader_of_a_report_sees_a_secret(part: int, tmp_path: Path) -> None:
    for secret in SECRETS[part::8]:
        record = planted(repeated(f"a {secret} b"))
        told = sinks.tell(record, tmp_path, hidden=[secret])
        left = [told.log, told.plain, told.outputs.decode(), *told.files.values()]
        left += [told.summary, gfm.page(told.summary).text]
        assert [text for text in left if secret in text or secret in seen(text)] == []
        assert all(f"a {REDACTED} b" in seen(text) for text in left)
