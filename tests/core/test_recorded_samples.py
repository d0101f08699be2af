"""
Events that real workspaces sent, read without loss.

The samples are other people's and not part of this repository: the environment names
the folder in which they lie.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlt_action.core import wire
from dlt_action.core.event import EPOCH, Event, Thrown
from dlt_action.core.model import Json, JsonObject

VARIABLE = "DLT_ACTION_EVENT_SAMPLES"
FOLDER = os.environ.get(VARIABLE, "")

# What makes an object an event: where it comes from and what it says.
MARKS = {"event_type", "origin", "details", "timestamp", "message", "level"}


def found(value: Json) -> Iterator[JsonObject]:
    """The events in *value*, wherever they are."""
    match value:
        case dict() if len(MARKS & value.keys()) >= 2:
            yield value
        case dict():
            for item in value.values():
                yield from found(item)
        case list():
            for item in value:
                yield from found(item)
        case _:
            pass


def samples() -> list[object]:
    """Each sample event, named by its file and its place in it."""
    if not FOLDER:
        reason = f"{VARIABLE} names no folder of samples"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    return [
        pytest.param(event, id=f"{path.stem}-{number}")
        for path in sorted(Path(FOLDER).glob("*.json"))
        for number, event in enumerate(found(json.loads(path.read_text("utf-8"))))
    ]


@pytest.mark.parametrize("sample", samples())
def test_a_recorded_event_is_read_without_loss(sample: JsonObject) -> None:
    seen = wire.event(sample)
    assert_kept(sample, seen)
    page = wire.events({"events": [sample, sample]})
    assert page == (seen, seen)


def assert_kept(sample: JsonObject, seen: Event) -> None:
    """Everything that *sample* says stands in *seen*."""
    details = wire.child(sample, "details")
    assert seen.event_id == sample.get("id", seen.event_id)
    assert seen.event_id
    assert seen.event_type == sample.get("event_type", next(iter(details), ""))
    assert seen.message == sample.get("message", "")
    assert seen.level.value == sample.get("level", "UNRECOGNISED")
    if "timestamp" in sample:
        written = wire.text(sample, "timestamp").rstrip("Z")
        assert seen.at.isoformat(timespec="milliseconds") == f"{written}+00:00"
    else:
        assert seen.at == EPOCH
    assert seen.details == details
    error = wire.child(sample, "error")
    assert seen.fatal is bool(error.get("fatal", False))
    exceptions = wire.children(error, "exceptions")
    assert len(seen.chain) == len(exceptions)
    for exception, thrown in zip(exceptions, seen.chain, strict=True):
        assert_thrown(exception, thrown)


def assert_thrown(exception: JsonObject, thrown: Thrown) -> None:
    """Everything that *exception* says stands in *thrown*."""
    assert thrown.class_name == exception.get("class_name", "")
    assert thrown.error_class == exception.get("error_class", "")
    assert thrown.message == exception.get("message", "")
    assert [(frame.file, frame.line) for frame in thrown.frames] == [
        (frame.get("file_name"), frame.get("line_number"))
        for frame in wire.children(exception, "stack")
    ]
