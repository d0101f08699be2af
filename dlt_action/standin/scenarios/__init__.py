"""The scenarios that the stand-in plays, by name, in the order of `--list`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dlt_action.standin.scenarios import (
    failures,
    good,
    hostile,
    many,
    metrics,
    people,
    restarts,
    streams,
    stuck,
    views,
)
from dlt_action.standin.script import Scenario

_ALL = (
    good.SUCCESS,
    streams.STREAMING_EXPECTATIONS,
    views.VIEWS,
    failures.CODE_ERROR,
    failures.EXPECTATION_FAILED,
    restarts.RETRY_SUCCEEDS,
    restarts.RETRY_FAILS,
    restarts.SCHEMA_CHANGE,
    restarts.SERVICE_UPGRADE,
    people.CANCELED,
    people.ALREADY_ACTIVE,
    people.BUSY_FOR_A_WHILE,
    people.BUSY_WITH_RETRY,
    people.BUSY_STOPPING,
    people.TWIN_ACTIVE,
    people.QUEUED_BEHIND,
    streams.CONTINUOUS,
    good.SLOW_RESOURCES,
    good.UNKNOWN_STATE,
    good.LATE_END,
    good.BURST_OF_EVENTS,
    stuck.STOP_IGNORED,
    stuck.STOP_TOO_LATE,
    stuck.QUEUED_FOR_EVER,
    stuck.GOES_SILENT,
    good.WORSE_DATA,
    many.MANY_FLOWS,
    many.THOUSAND_FLOWS,
    metrics.METRICS_SERVED,
    metrics.METRICS_KEPT,
    hostile.HOSTILE,
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({s.name: s for s in _ALL})
