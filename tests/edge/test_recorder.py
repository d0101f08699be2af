from __future__ import annotations

import io
import json
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.model import Json
from dlt_action.core.recording import NOTE
from dlt_action.edge.recorder import EVENTS, Recorder, Room
from dlt_action.edge.writer import Writer


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def writer(log: io.StringIO) -> Writer:
    return Writer(log, clock=None, github=False)


def event(number: int, **more: Json) -> Event:
    return wire.event({"id": str(number), "message": "x" * 100, **more})


def lines(path: Path) -> list[dict[str, Json]]:
    text = path.read_text("ascii")
    assert text in ("", *(f"{text[:-1]}\n",))
    return [json.loads(line) for line in text.splitlines()]


def test_events_lie_on_disk_as_they_come(tmp_path: Path, writer: Writer) -> None:
    recorder = Recorder(tmp_path, "out", writer)
    assert lines(tmp_path / "out" / EVENTS) == []
    for number in (2, 1, 3):
        recorder.record(event(number))
        assert lines(tmp_path / "out" / EVENTS)[-1]["id"] == str(number)
    recorder.close()
    assert [each["id"] for each in lines(tmp_path / "out" / EVENTS)] == ["2", "1", "3"]


def test_what_an_earlier_run_left_is_gone(tmp_path: Path, writer: Writer) -> None:
    (tmp_path / EVENTS).write_text("old")
    Recorder(tmp_path, ".", writer).close()
    assert (tmp_path / EVENTS).read_text() == ""


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, writer: Writer, log: io.StringIO
) -> None:
    recorder = Recorder(tmp_path, None, writer)
    recorder.record(event(1))
    recorder.close()
    assert list(tmp_path.iterdir()) == []
    assert log.getvalue() == ""


def test_a_secret_that_was_hidden_meanwhile_is_hidden(
    tmp_path: Path, writer: Writer
) -> None:
    recorder = Recorder(tmp_path, ".", writer)
    writer.hide("dapi-0123456789")
    recorder.record(event(1, details={"a": "dapi-0123456789"}))
    recorder.close()
    assert lines(tmp_path / EVENTS)[0]["details"] == {"a": "***"}


def test_a_link_in_its_place_is_replaced_and_not_followed(
    tmp_path: Path, writer: Writer
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    root = tmp_path / "root"
    root.mkdir()
    (root / EVENTS).symlink_to(outside)
    recorder = Recorder(root, ".", writer)
    recorder.record(event(1))
    recorder.close()
    assert outside.read_text() == "mine"
    assert not (root / EVENTS).is_symlink()
    assert stat.S_ISREG((root / EVENTS).stat().st_mode)


@pytest.mark.parametrize("folder", ["..", "file"])
def test_a_folder_that_cannot_be_is_one_warning(
    tmp_path: Path, writer: Writer, log: io.StringIO, folder: str
) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/file").touch()
    recorder = Recorder(tmp_path / "root", folder, writer)
    recorder.record(event(1))
    recorder.record(event(2))
    recorder.close()
    assert log.getvalue().count("warning: report-dir: ") == 1


def test_a_log_that_is_too_large_ends_with_a_line_that_says_so(
    tmp_path: Path, writer: Writer, log: io.StringIO
) -> None:
    recorder = Recorder(tmp_path, ".", writer, Room(1000))
    for number in range(20):
        recorder.record(event(number))
    recorder.close()
    *kept, last = lines(tmp_path / EVENTS)
    assert [each["id"] for each in kept] == [str(number) for number in range(len(kept))]
    assert 2 < len(kept) < 8
    assert list(last) == [NOTE]
    assert (tmp_path / EVENTS).stat().st_size <= 1000
    assert log.getvalue().count("warning") == 1


def test_a_log_that_was_not_read_to_its_end_says_so_in_its_last_line(
    tmp_path: Path, writer: Writer, log: io.StringIO
) -> None:
    recorder = Recorder(tmp_path, ".", writer)
    recorder.record(event(1))
    recorder.close(whole=False)
    recorder.close(whole=False)
    first, last = lines(tmp_path / EVENTS)
    assert (first["id"], list(last)) == ("1", [NOTE])
    Recorder(tmp_path, None, writer).close(whole=False)
    assert log.getvalue() == ""


@pytest.mark.parametrize("events", range(20))
def test_there_is_one_such_line_and_always_room_for_it(
    tmp_path: Path, writer: Writer, events: int
) -> None:
    recorder = Recorder(tmp_path, ".", writer, Room(1000))
    for number in range(events):
        recorder.record(event(number))
    recorder.close(whole=False)
    assert [NOTE in line for line in lines(tmp_path / EVENTS)].count(True) == 1
    assert (tmp_path / EVENTS).stat().st_size <= 1000


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file grows beyond *size* bytes; Python ignores the signal that comes of it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_is_one_warning_and_leaves_whole_lines(
    tmp_path: Path, writer: Writer, log: io.StringIO
) -> None:
    recorder = Recorder(tmp_path, ".", writer)
    with disk_of(500):
        for number in range(20):
            recorder.record(event(number))
    recorder.record(event(99))
    recorder.close()
    kept = lines(tmp_path / EVENTS)
    assert [each["id"] for each in kept] == [str(number) for number in range(len(kept))]
    assert 2 < len(kept) < 5
    assert log.getvalue().count("warning: events.ndjson ends early: ") == 1


class Broken(Writer):
    """A writer with a bug."""

    def redacted(self, text: str) -> str:
        raise KeyError(text)


def test_a_bug_in_the_record_is_a_warning(tmp_path: Path, log: io.StringIO) -> None:
    warned = Writer(log, clock=None, github=False)
    broken = Broken(None, clock=None, github=False)
    broken.say = warned.say  # type: ignore[method-assign] # it can still speak
    recorder = Recorder(tmp_path, ".", broken)
    recorder.record(event(1))
    recorder.record(event(2))
    assert log.getvalue() == "warning: events.ndjson ends early: a bug (KeyError)\n"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_descriptor_is_left_open(tmp_path: Path, writer: Writer) -> None:
    before = open_files()
    for _ in range(5):
        recorder = Recorder(tmp_path, ".", writer)
        recorder.record(event(1))
        recorder.close()
        recorder.close()
    assert open_files() == before
