"""
JSON of the API → the model, by a reader that tolerates everything.

Fields come and go without notice, numbers come as strings (int64 in protobuf's JSON),
and `details` is in no SDK's model at all. So nothing here raises: what cannot be read
is absent, and only an answer without the one field that makes it an answer is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from dlt_action.core.event import EPOCH, Event, Frame, Thrown
from dlt_action.core.model import (
    Cause,
    Json,
    JsonObject,
    Level,
    Location,
    Pipeline,
    PipelineId,
    PipelineState,
    RequestId,
    Update,
    UpdateId,
    UpdateState,
    is_id,
)
from dlt_action.lean import dataclass

Object = Mapping[str, Json]

INT64 = 2**63  # what is larger is not a number of this API
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)

_LEVELS: Mapping[str, Level] = {level.value: level for level in Level}


def text(source: Object, key: str) -> str:
    """The string at *key*, or an empty one."""
    value = source.get(key)
    return value if isinstance(value, str) else ""


def child(source: Object, key: str) -> JsonObject:
    """The object at *key*, or an empty one."""
    value = source.get(key)
    return value if isinstance(value, dict) else {}


def children(source: Object, key: str) -> list[JsonObject]:
    """The objects in the list at *key*."""
    value = source.get(key)
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def texts(source: Object, key: str) -> tuple[str, ...]:
    """The strings in the list at *key*."""
    value = source.get(key)
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def given(source: Object, key: str) -> str | None:
    """The string at *key*; None where it is absent or empty."""
    value = source.get(key)
    return value if isinstance(value, str) and value else None


def number(source: Object, key: str) -> int | None:
    """The whole number at *key*, which int64 fields also spell as a string."""
    value = source.get(key)
    if value is None:
        return None
    if type(value) is not int:  # nor a boolean, which is an int to Python
        value = _spelled(value)
    return value if value is not None and -INT64 < value < INT64 else None


def _spelled(value: Json) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value) is not None:
        return int(value)
    return None


def flag(source: Object, key: str) -> bool:
    """Whether *key* is true; some producers write the word."""
    value = source.get(key)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def moment(value: Json) -> datetime | None:
    """A time: milliseconds since 1970 (updates) or RFC 3339 (events), in UTC."""
    if isinstance(value, str) and not value.lstrip("-").isdigit():
        try:
            parsed = datetime.fromisoformat(value)
            if parsed.tzinfo is None:
                return parsed.replace(tzinfo=UTC)
            return parsed if parsed.tzinfo is UTC else parsed.astimezone(UTC)
        except (ValueError, OverflowError):  # the year 1, east of Greenwich
            return None
    millis = number({"at": value}, "at")
    if millis is None:
        return None
    try:
        return EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return None


def update_id(source: Object, key: str = "update_id") -> UpdateId | None:
    """The update id at *key*, if it is one."""
    value = text(source, key)
    return UpdateId(value) if is_id(value) else None


def request_id(source: Object) -> RequestId | None:
    """The request id, where the API tells it (undocumented)."""
    value = text(source, "request_id")
    return RequestId(value) if is_id(value) else None


def update(source: Object) -> Update | None:
    """An `UpdateInfo`; None without a usable id."""
    found = update_id(source)
    if found is None:
        return None
    state = given(source, "state")
    cause = text(source, "cause")
    return Update(
        update_id=found,
        state=UpdateState(text(source, "state")),
        state_text="no state" if state is None else state,
        cause=Cause(cause),
        cause_text=cause,
        created=moment(source.get("creation_time")),
        full_refresh=flag(source, "full_refresh"),
        validate_only=flag(source, "validate_only"),
        refresh_selection=texts(source, "refresh_selection"),
        full_refresh_selection=texts(source, "full_refresh_selection"),
        parameters=_parameters(source),
        endless=text(source, "mode") == "CONTINUOUS",
        request_id=request_id(source),
    )


def update_read(body: Object, wanted: UpdateId) -> Update | None:
    """The update of a `GetUpdateResponse`; None if it is not the one *wanted*."""
    found = update(child(body, "update"))
    if found is None or found.update_id.lower() != wanted.lower():
        return None
    return found


def _parameters(source: Object) -> Mapping[str, str] | None:
    # Absent from an answer is not the same as none.
    told = source.get("parameters")
    if not isinstance(told, dict):
        return None
    return {key: value for key, value in told.items() if isinstance(value, str)}


def updates(body: Object) -> tuple[Update, ...]:
    """The updates of a ListUpdates page, in its order (newest first)."""
    read = (update(item) for item in children(body, "updates"))
    return tuple(item for item in read if item is not None)


def next_page(body: Object) -> str | None:
    """The token of the next page; only its absence says that this was the last."""
    return given(body, "next_page_token")


def pipeline(body: Object) -> Pipeline | None:
    """A `GetPipelineResponse`; None without a usable id."""
    found = text(body, "pipeline_id")
    if not is_id(found):
        return None
    spec = child(body, "spec")
    newest = tuple(item for item in children(body, "latest_updates") if update_id(item))
    ids = tuple(UpdateId(text(item, "update_id")) for item in newest)
    retries = number(child(spec, "configuration"), "pipelines.numUpdateRetryAttempts")
    return Pipeline(
        pipeline_id=PipelineId(found),
        name=text(body, "name"),
        state=PipelineState(text(body, "state")),
        continuous=flag(spec, "continuous"),
        retries_configured=retries,
        newest=ids,
        newest_states=tuple(UpdateState(text(item, "state")) for item in newest),
    )


def is_of_another(body: Object, pipeline_id: PipelineId) -> bool:
    """Whether a `GetPipelineResponse` is about another pipeline than that one."""
    found = text(body, "pipeline_id")
    return is_id(found) and found.lower() != pipeline_id.lower()


@dataclass(frozen=True, slots=True)
class Named:
    """A pipeline's id and name, of a list."""

    pipeline_id: PipelineId
    name: str


def named_pipelines(body: Object) -> tuple[Named, ...]:
    """The pipelines of a ListPipelines page."""
    return tuple(
        Named(PipelineId(text(item, "pipeline_id")), text(item, "name"))
        for item in children(body, "statuses")
        if is_id(text(item, "pipeline_id"))
    )


def user_name(body: Object) -> str:
    """The name in an answer of SCIM's Me; a service principal's is its client id."""
    return text(body, "userName")


def events(body: Object) -> tuple[Event, ...]:
    """The events of a page of the event log, in its order; none is left out."""
    return tuple(event(item) for item in children(body, "events"))


def event(source: Object) -> Event:
    """One event. Without an id it is known by what it says."""
    origin, details = child(source, "origin"), child(source, "details")
    event_id, kind = text(source, "id"), text(source, "event_type")
    at = moment(source.get("timestamp"))
    error = child(source, "error")  # few have one
    return Event(
        event_id=event_id if event_id else repr(source),
        at=EPOCH if at is None else at,
        event_type=kind if kind or not details else next(iter(details)),
        level=_LEVELS.get(text(source, "level"), Level.UNRECOGNISED),
        message=text(source, "message"),
        sequence=number(child(source, "sequence"), "control_plane_seq_no") or 0,
        update_id=update_id(origin),
        flow=given(origin, "flow_name"),
        dataset=given(origin, "dataset_name"),
        request_id=request_id(origin),
        details=details,
        chain=_chain(error) if error else (),
        fatal=flag(error, "fatal") if error else False,
        location=_location(child(origin, "source_code_location")),
        raw=source,
    )


def _chain(error: Object) -> tuple[Thrown, ...]:
    return tuple(_thrown(item) for item in children(error, "exceptions"))


def _thrown(source: Object) -> Thrown:
    return Thrown(
        class_name=text(source, "class_name"),
        error_class=text(source, "error_class"),
        message=text(source, "message"),
        frames=tuple(
            Frame(file=text(item, "file_name"), line=number(item, "line_number"))
            for item in children(source, "stack")
        ),
    )


def _location(source: Object) -> Location | None:
    # Undocumented; the VS Code extension relies on it (databricks-vscode).
    path = text(source, "path")
    if not path:
        return None
    return Location(
        path=path,
        line=number(source, "line_number"),
        cell=number(source, "notebook_cell_number"),
    )
