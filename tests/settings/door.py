"""What the tests of the settings share: a good environment, and how to knock."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dlt_action.errors import Misconfigured
from dlt_action.settings.load import load
from dlt_action.settings.model import Settings

TOKEN = "dapi0123456789abcdef0123456789abcdef"
PIPELINE = "a12cd3e4-0ab1-4abc-8a2b-1a2bcd3e4f05"
ZONED = "https://adb-12.3.azuredatabricks.net"
GOOD: Mapping[str, str] = {
    "INPUT_HOST": ZONED,
    "INPUT_TOKEN": TOKEN,
    "INPUT_PIPELINE-ID": PIPELINE,
}


def variable(name: str) -> str:
    """The variable that GitHub's runner makes of the input *name*."""
    return f"INPUT_{name.upper()}"


def inputs(given: Mapping[str, str]) -> dict[str, str]:
    """A good environment, with *given* inputs added or put in place of others."""
    return {**GOOD, **{variable(name): text for name, text in given.items()}}


def settings(*argv: str, **given: str) -> Settings:
    """Load a good environment with *argv* and *given* inputs (`_` for `-`)."""
    return load(argv, inputs({k.replace("_", "-"): v for k, v in given.items()}))


def refusal(environ: Mapping[str, str], *argv: str) -> list[str]:
    """Every problem that loading shows, as lines for people."""
    with pytest.raises(Misconfigured) as caught:
        load(argv, environ)
    return [str(problem) for problem in caught.value.problems]
