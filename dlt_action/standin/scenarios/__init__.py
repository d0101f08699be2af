"""The scenarios that the stand-in plays, by name, in the order of `--list`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dlt_action.standin.scenarios import (
    failures,
    good,
    hostile,
    people,
    restarts,
    streams,
)
from dlt_action.standin.script import Scenario

_ALL = (
    good.SUCCESS,
    streams.STREAMING_EXPECTATIONS,
    failures.CODE_ERROR,
    failures.EXPECTATION_FAILED,
    restarts.RETRY_SUCCEEDS,
    restarts.RETRY_FAILS,
    restarts.SCHEMA_CHANGE,
    people.CANCELED,
    people.ALREADY_ACTIVE,
    streams.CONTINUOUS,
    good.SLOW_RESOURCES,
    good.UNKNOWN_STATE,
    good.LATE_END,
    good.BURST_OF_EVENTS,
    hostile.HOSTILE,
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({s.name: s for s in _ALL})
