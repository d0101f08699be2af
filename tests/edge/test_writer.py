from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.edge.writer import LONGEST_LINE, Writer
from tests.oracles import runner
from tests.oracles.hostile import EVERYTHING

SECRET = "dapi-0123456789abcdef"
NOON = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)


def _raw(stream: StringIO) -> bytes:
    return stream.getvalue().encode()


def _writer(stream: StringIO, *, timed: bool = True, github: bool = True) -> Writer:
    return Writer(stream, clock=(lambda: NOON) if timed else None, github=github)


def test_each_line_begins_with_the_time() -> None:
    stream = StringIO()
    _writer(stream).say("one\ntwo")
    assert stream.getvalue() == "12:00:01 one\n12:00:01 two\n"


def test_the_time_is_that_of_greenwich() -> None:
    stream = StringIO()
    east = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    Writer(stream, clock=lambda: east, github=False).say("x")
    assert stream.getvalue() == "12:00:01 x\n"


def test_an_empty_text_is_an_empty_line() -> None:
    stream = StringIO()
    _writer(stream, timed=False).say("")
    assert stream.getvalue() == "\n"


@pytest.mark.parametrize("timed", [True, False])
@given(texts=st.lists(st.text() | st.sampled_from(EVERYTHING), max_size=5))
def test_whatever_is_said_gives_no_command(timed: bool, texts: list[str]) -> None:  # noqa: FBT001 - a parameter of the test
    stream = StringIO()
    writer = _writer(stream, timed=timed)
    for text in texts:
        writer.say(text)
    writer.block(texts)
    assert runner.commands(_raw(stream)) == []


def test_a_long_line_is_cut() -> None:
    stream = StringIO()
    _writer(stream, timed=False).say("x" * 10 * LONGEST_LINE)
    assert len(stream.getvalue()) == LONGEST_LINE + 1


def test_a_block_stands_behind_a_margin() -> None:
    stream = StringIO()
    _writer(stream).block(['  File "a.py", line 1, in f', "two\nthree"])
    assert stream.getvalue() == '|   File "a.py" line 1, in f\n| two\n| three\n'


def test_a_command_is_found_by_the_runner_as_it_was_meant() -> None:
    stream = StringIO()
    _writer(stream).command("error", "100 %\nof it", title="a: b, c", file="", line="3")
    assert runner.commands(_raw(stream)) == [
        runner.Command("error", "100 %\nof it", {"title": "a: b, c", "line": "3"})
    ]


@given(st.text() | st.sampled_from(EVERYTHING), st.sampled_from(EVERYTHING))
def test_hostile_data_stays_data(data: str, title: str) -> None:
    stream = StringIO()
    _writer(stream).command("notice", data, title=title)
    (command,) = runner.commands(_raw(stream))
    assert command.name == "notice"
    assert set(command.properties) <= {"title"}


def test_outside_github_there_are_no_commands() -> None:
    stream = StringIO()
    _writer(stream, github=False).command("error", "x")
    assert stream.getvalue() == ""


def test_a_hidden_secret_is_in_nothing_that_is_written() -> None:
    stream = StringIO()
    writer = _writer(stream)
    writer.hide(SECRET)
    writer.say(f"Bearer {SECRET}")
    writer.say("coloured dapi-\x1b[0m0123456789abcdef")
    writer.block([f"x {SECRET.encode().hex()}"])
    writer.command("error", f"no {SECRET}", title=SECRET)
    assert SECRET not in stream.getvalue()
    assert SECRET.encode().hex() not in stream.getvalue()
    assert stream.getvalue().count("***") == 5


def test_a_secret_over_several_lines_is_hidden_whole() -> None:
    stream = StringIO()
    writer = _writer(stream, timed=False)
    writer.hide("first-line-of-it\nsecond-line-of-it")
    writer.say("key: first-line-of-it\nsecond-line-of-it")
    assert stream.getvalue() == "key: ***\n"


def test_masking_tells_the_runner_the_secret_itself() -> None:
    stream = StringIO()
    writer = _writer(stream)
    writer.hide(SECRET)
    writer.command("add-mask", SECRET)
    assert runner.Step(_raw(stream)).masks == {SECRET}


def test_characters_that_the_stream_cannot_write_are_spelled_out() -> None:
    raw = BytesIO()
    writer = Writer(TextIOWrapper(raw, "ascii"), clock=None, github=False)
    writer.say("Größe \ud800 ✅")
    assert raw.getvalue() == b"Gr\\xf6\\xdfe \\ud800 \\u2705\n"
    assert not writer.broken


def test_a_closed_stream_makes_the_writer_silent() -> None:
    stream = StringIO()
    writer = _writer(stream)
    stream.close()
    writer.say("x")
    assert writer.broken
    writer.say("y")
    writer.close()


def test_a_stream_that_was_never_there_makes_the_writer_silent() -> None:
    writer = Writer(None, clock=None, github=True)
    writer.say("x")
    writer.command("error", "x")
    writer.close()
    assert writer.broken


def test_a_full_disk_makes_the_writer_silent() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        writer = Writer(full, clock=None, github=False)
        writer.say("x")
        assert writer.broken
        writer.close()  # or leaving the block would raise


def test_a_disk_that_fills_up_at_the_end_is_noticed_by_close() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        writer = Writer(full, clock=None, github=False)
        full.write("unflushed")
        writer.close()
        assert writer.broken


def test_closing_leaves_the_stream_open_and_writes_no_more_to_it() -> None:
    stream = StringIO()
    writer = _writer(stream, timed=False)
    writer.say("still here")
    writer.close()
    writer.say("too late")
    writer.close()
    assert stream.getvalue() == "still here\n"
    assert not stream.closed


PROGRAM = """
import sys
from dlt_action.edge.writer import Writer
writer = Writer(sys.stdout, clock=None, github=False)
for _ in range(3):
    writer.say("x" * 3000)
writer.close()
sys.exit(7)
"""


@pytest.mark.parametrize("stdout", ["closed", "/dev/full", "pipe without a reader"])
def test_the_exit_code_is_ours_whatever_becomes_of_the_stream(stdout: str) -> None:
    program = [sys.executable, "-c", PROGRAM]
    match stdout:
        case "closed":
            done = subprocess.run(
                ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *program],
                check=False,
                stderr=subprocess.PIPE,
            )
        case "/dev/full":
            with Path(stdout).open("wb") as full:
                done = subprocess.run(
                    program, check=False, stdout=full, stderr=subprocess.PIPE
                )
        case _:
            reading, writing = os.pipe()
            os.close(reading)
            done = subprocess.run(
                program, check=False, stdout=writing, stderr=subprocess.PIPE
            )
            os.close(writing)
    assert (done.returncode, done.stderr) == (7, b"")


def test_nothing_else_in_the_package_writes_to_a_stream() -> None:
    package = Path(__file__).parents[2] / "dlt_action"
    printing = re.compile(r"\bprint\(|sys\.std(out|err)\.(write|flush)")
    offenders = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in ("standin", "edge")
        and printing.search(path.read_text(encoding="utf-8"))
    ]
    assert offenders == []
