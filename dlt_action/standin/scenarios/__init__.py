"""The scenarios that the stand-in plays, by name, in the order of `--list`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dlt_action.standin.scenarios import good
from dlt_action.standin.script import Scenario

_ALL = (good.SUCCESS,)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({s.name: s for s in _ALL})
