"""Where `dlt-action report` keeps events until it has them all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dlt_action.core.model import Json, JsonObject
from dlt_action.edge.shelf import LARGEST_DOCUMENT, LARGEST_LOG, Shelf, read
from dlt_action.errors import Misconfigured


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with closing(Shelf()) as one:
        yield one


def event(number: int, second: int) -> JsonObject:
    return {
        "id": str(number),
        "timestamp": f"2026-09-01T12:00:{second:02}Z",
        "origin": {"update_id": "u1"},
        "message": "ö" * number,
    }


def lines(path: Path, *sources: JsonObject) -> Path:
    texts = (json.dumps(one, ensure_ascii=False) for one in sources)
    path.write_text("\n\n".join(texts), "utf-8")
    return path


def order(shelf: Shelf) -> list[str]:
    (chapter,) = shelf.chapters.values()
    return [one.event_id for one in shelf.events(chapter)]


def test_events_of_files_lines_and_pages_come_once_and_oldest_first(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add(lines(tmp_path / "a", event(1, 9), event(2, 1), event(3, 5)))
    page: JsonObject = {"events": [event(4, 4), event(3, 5), event(5, 6)]}
    shelf.add(lines(tmp_path / "b", event(6, 2), page, event(2, 1), event(7, 7)))
    shelf.put(event(8, 3))
    for _ in range(2):
        assert order(shelf) == ["2", "6", "8", "4", "3", "5", "7", "1"]
    shelf.put(event(9, 8))
    assert order(shelf) == ["2", "6", "8", "4", "3", "5", "7", "9", "1"]
    assert shelf.unreadable == 0


def test_events_of_one_moment_come_in_the_order_of_the_file(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add(lines(tmp_path / "a", *(event(number, 0) for number in (3, 1, 2))))
    assert order(shelf) == ["3", "1", "2"]


def test_a_file_that_is_cut_off_meanwhile_is_not_whole_and_no_crash(
    shelf: Shelf, tmp_path: Path
) -> None:
    path = lines(tmp_path / "a", *(event(number, number) for number in range(9)))
    shelf.add(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    found = order(shelf)
    assert found == [str(number) for number in range(len(found))]
    assert 0 < len(found) < 9
    assert shelf.unreadable == 9 - len(found)


def test_a_file_that_is_replaced_meanwhile_is_read_as_it_was(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add(lines(tmp_path / "a", event(1, 2), event(2, 1)))
    (tmp_path / "a").unlink()
    lines(tmp_path / "a", event(3, 3))
    assert order(shelf) == ["2", "1"]


def test_what_an_event_takes_does_not_grow_with_its_length(
    shelf: Shelf, tmp_path: Path
) -> None:
    long: JsonObject = {**event(1, 1), "message": "x" * 100_000}
    shelf.add(lines(tmp_path / "a", long))
    kept = shelf._places  # noqa: SLF001 - the promise is about what is kept
    assert len(repr(kept)) < 1000


def test_an_event_that_is_nested_as_deep_as_a_trap_is_left_out_and_counted(
    shelf: Shelf,
) -> None:
    deep: Json = []
    for _ in range(100_000):
        deep = [deep]
    shelf.put({"events": [event(1, 1), {**event(2, 2), "details": {"a": deep}}]})
    assert order(shelf) == ["1"]
    assert shelf.unreadable == 1


@pytest.mark.parametrize(
    ("first", "size", "limit"),
    [("{}\n", LARGEST_LOG + 1, "250 MB"), ("[", LARGEST_DOCUMENT + 1, "64 MB")],
)
def test_a_file_that_is_too_large_is_refused_with_the_limit(
    shelf: Shelf, tmp_path: Path, first: str, size: int, limit: str
) -> None:
    path = tmp_path / "a"
    path.write_text(first)
    with path.open("r+b") as file:
        file.truncate(size)
    with pytest.raises(Misconfigured) as refused:
        read(path, shelf)
    assert f"is larger than {limit}." in refused.value.problems[0].what
