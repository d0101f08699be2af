"""The readers notice what they are there for: each is shown what was obeyed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlt_action.core.record import Record
from tests.hostile import sinks
from tests.oracles import junit
from tests.reports.records import record_of

RECORD = record_of("canceled")
HEAD = '<testsuites name="x" time="0" tests="1" failures="0" errors="0">'
SUITE = '<testsuite name="x" tests="1" failures="0" errors="0" skipped="0">'
SPOILT: list[tuple[Callable[[str, Record], object], str]] = [
    (sinks.check_markdown, "[x](https://evil.example)"),
    (sinks.check_markdown, "[x](javascript:alert(1))"),
    (sinks.check_markdown, "https://evil.example"),
    (sinks.check_markdown, "www.evil.example"),
    (sinks.check_markdown, "someone@evil.example"),
    (sinks.check_markdown, "<img src=x onerror=alert(1)>"),
    (sinks.check_markdown, "<p onclick=alert(1)>x</p>"),
    (sinks.check_markdown, "</details>"),
    (sinks.check_markdown, "<details>"),
    (sinks.check_markdown, "# x"),
    (sinks.check_markdown, "---"),
    (sinks.check_markdown, "> x"),
    (sinks.check_markdown, "~~x~~"),
    (sinks.check_markdown, "- [x] x"),
    (sinks.check_markdown, "[^1]\n\n[^1]: x"),
    (sinks.check_markdown, "```js\nx\n```"),
    (sinks.check_markdown, "@octocat"),
    (sinks.check_markdown, "#1"),
    (sinks.check_markdown, ":tada:"),
    (sinks.check_comment, "<!-- dlt-action --> <!-- x -->"),
    (sinks.check_comment, "x"),
    (lambda text, _: sinks.check_pictures(text), "```mermaid\nflowchart TD\n```"),
    (lambda text, _: sinks.check_pictures(text), "```js\nx\n```"),
    (lambda text, _: sinks.check_log(text), "\x1b[31m"),
    (lambda text, _: sinks.check_log(text), "x\ry"),
    (lambda text, _: sinks.check_log(text), "user\u202e"),
    (lambda text, _: sinks.check_log(text), 'File "a.py", line 3'),
    (lambda text, _: sinks.check_outputs(text.encode()), "ok=true\n"),
    (sinks.check_junit, f"{HEAD}{SUITE}</testsuite></testsuites>"),
    (sinks.check_junit, f"{HEAD}<x/></testsuites>"),
]


@pytest.mark.parametrize(("check", "text"), SPOILT, ids=[text for _, text in SPOILT])
def test_what_was_obeyed_is_noticed(
    check: Callable[[str, Record], object], text: str
) -> None:
    noticed = False
    try:
        check(text, RECORD)
    except AssertionError:
        noticed = True
    assert noticed


def test_words_are_no_trouble() -> None:
    sinks.check_markdown("words and <code>code</code>", RECORD)
    sinks.check_comment("<!-- dlt-action -->\n\nwords", RECORD)
    sinks.check_log("words")


@pytest.mark.parametrize(
    "line", ["::error::x", "::set-output name=ok::true", "words ##[error]x"]
)
def test_a_command_that_nobody_meant_is_noticed(line: str, tmp_path: Path) -> None:
    told = sinks.tell(RECORD, tmp_path)
    sinks.check_commands(told)
    told.log += f"{line}\n"
    with pytest.raises(AssertionError):
        sinks.check_commands(told)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{SUITE}<testcase/></testsuite></testsuites>",
        f'{HEAD}{SUITE}<testcase name="x"><b/></testcase></testsuite></testsuites>',
        f"{HEAD}<testsuite/></testsuites>",
        '<testsuites time="soon"/>',
        "<testsuites><testcase/></testsuites>",
    ],
)
def test_the_schema_notices_what_is_not_in_it(text: str) -> None:
    assert junit.faults(text) != []
