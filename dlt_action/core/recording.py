"""
One event of the log as one line of `events.ndjson`, fit to be published.

The line is the event as it came, so that the reports can be made again from it; but
without what has no business in an artifact: rows that a violated expectation quotes,
settings whose values people put secrets into, also where they come as a text of JSON,
and what signs in inside of an address. What the runner was told to hide is hidden
inside of each string, so that a line stays JSON whatever the secret is made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from math import isfinite

from dlt_action.core import wire
from dlt_action.core.model import Json, JsonObject
from dlt_action.core.rows import ROW, without_rows
from dlt_action.core.text import cut
from dlt_action.core.userinfo import without_userinfo

# Whose values may be credentials: of a storage account, of Kafka, of a user's own. And
# the pipeline's full specification: packages are installed from addresses with a token.
WITHHELD = frozenset(
    {
        "config",
        "configuration",
        "options",
        "parameters",
        "spark_conf",
        "spark_env_vars",
    }
)
# One of these as a key in a text of JSON, also one inside of another.
_AS_KEY = re.compile(rf"(?:{'|'.join(sorted(WITHHELD))})\\*\"\s*:")
_BEGINS_JSON = ("{", "[", '"')
SETTINGS_WITHHELD = "(settings withheld)"
LARGEST_NUMBER = 2 * wire.INT64
DEEPEST = 40  # of an event 12 were seen
LONGEST_LINE = 1024 * 1024  # characters; the API cuts what is larger than that
LONGEST_STRING = 2000  # where the line as a whole is too long
NOTE = "dlt_action_note"  # the one key of a line that is no event

# What is left of an event that is too long even so.
_SKELETON = ("id", "timestamp", "level", "event_type")

# In ASCII there is no line separator of other scripts, and no half a character.
# Nothing that was JSON once leads back into itself.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def line_of(event: Mapping[str, Json], redacted: Callable[[str], str]) -> str:
    """*event* as one line of JSON in ASCII, with each string *redacted*."""

    def fit(text: str) -> str:
        if _holds_settings(text):
            return SETTINGS_WITHHELD
        return redacted(without_rows(text))

    def short(text: str) -> str:
        return cut(fit(text), LONGEST_STRING)

    line = _dumped(_cleaned(dict(event), redacted, fit))
    if len(line) > LONGEST_LINE:
        line = _dumped(_fit(dict(event), short, DEEPEST))
    if len(line) <= LONGEST_LINE:
        return line
    kept: dict[str, Json] = {key: wire.text(event, key) for key in _SKELETON}
    kept["origin"] = {"update_id": wire.text(wire.child(event, "origin"), "update_id")}
    return _dumped(_fit(kept, short, DEEPEST))


def note(text: str) -> str:
    """A line that tells whoever reads the file something, in our words."""
    return _dumped({NOTE: text})


def _dumped(value: Json) -> str:
    return _ENCODER.encode(value)


def _cleaned(
    value: JsonObject, redacted: Callable[[str], str], fit: Callable[[str], str]
) -> Json:
    """*value* with all of its texts made *fit*: most often, all of them are."""
    texts: list[str] = []
    if _stays(value, texts, DEEPEST):
        # What is found in none of them together is in none of them: that is one search.
        # Rows are quoted in sentences; names and ids are none.
        together = "\0".join(texts)
        prose = "\0".join([text for text in texts if " " in text])
        if (
            redacted(together) == together
            and without_rows(prose) == prose
            and ROW not in together
            and without_userinfo(together) == together
            and not ('"' in together and _AS_KEY.search(together))
        ):
            return value
    return _fit(value, fit, DEEPEST)


def _holds_settings(text: str) -> bool:
    """Whether *text* is JSON, by its looks, and has a key that is withheld."""
    if '"' not in text or not text.lstrip().startswith(_BEGINS_JSON):
        return False
    return _AS_KEY.search(text) is not None


def _is_withheld(key: str, item: Json) -> bool:
    if key in WITHHELD:
        return bool(item)
    # Whatever it is written in: no report reads one that came as a text.
    return (
        key == "details"
        and isinstance(item, str)
        and any(name in item for name in WITHHELD)
    )


def _stays(value: JsonObject | list[Json], texts: list[str], depth: int) -> bool:
    """Whether `_fit` would change no more than texts; these are added to *texts*."""
    if depth == 0:
        return False
    items: Iterable[Json] = value
    if isinstance(value, dict):
        if isinstance(value.get("details"), str) or (
            not WITHHELD.isdisjoint(value) and any(map(value.get, WITHHELD))
        ):
            return False
        texts.extend(value)
        items = value.values()
    for item in items:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, (dict, list)):
            if not _stays(item, texts, depth - 1):
                return False
        elif item is not None:
            if not _usual(item):
                return False
            texts.append(str(item))
    return True


def _fit(value: Json, fit: Callable[[str], str], depth: int) -> Json:
    match value:
        case str():
            return fit(value)
        case bool() | None:
            return value
        case int() | float():
            return _number(value, fit)
        case _ if depth == 0:
            return "(left out)"
        case list():
            return [_fit(item, fit, depth - 1) for item in value]
        case _:
            return {
                fit(key): SETTINGS_WITHHELD
                if _is_withheld(key, item)
                else _fit(item, fit, depth - 1)
                for key, item in value.items()
            }


def _number(value: float, fit: Callable[[str], str]) -> Json:
    if not _usual(value):
        return None  # no number of this API, and not one that every reader knows
    # A password may be made of digits.
    return value if fit(str(value)) == str(value) else fit(str(value))


def _usual(value: float) -> bool:
    if isinstance(value, int):
        return -LARGEST_NUMBER < value < LARGEST_NUMBER
    return isfinite(value)
