"""No CI that we know: everything is said in the log, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dlt_action.core.text import Grade, one_line, visible
from dlt_action.edge.writer import Writer

# Characters. The longest outputs are lists of 32 kB, ASCII; in JSON a second time their
# quotation marks and backslashes count twice, and what cannot be seen counts sixfold.
LONGEST_OUTPUT = 256 * 1024


class Plain:
    """The dialect of a terminal, a cron job, or a CI without one of its own."""

    def __init__(self, writer: Writer) -> None:
        """Say everything through *writer*."""
        self._writer = writer

    def mask(self, secret: str) -> None:
        """Hide *secret* from now on."""
        self._writer.hide(secret)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Say *title*, and then what is said inside."""
        self._writer.say(one_line(title))
        yield

    def annotate(
        self,
        grade: Grade,
        message: str,
        *,
        title: str,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        """Do nothing: the log has said it, and there is no other place."""

    def outputs(self, values: Mapping[str, str]) -> None:
        """
        Say each of *values* that is not blank as `name=value`, the value in JSON.

        Not those of an unfinished run: no step follows that could read them.
        """
        if values.get("result") == "unfinished":
            return
        self._writer.block(
            (
                # Redacted here as well: in JSON within JSON a secret would be unknown.
                f"{name}={_in_json(self._writer.redacted(value))}"
                for name, value in values.items()
                if value not in ("", "[]")
            ),
            limit=LONGEST_OUTPUT,
        )

    def state(self, values: Mapping[str, str]) -> None:
        """Do nothing: there is no post step."""

    def summary(self, markdown: str) -> None:
        """Do nothing: `report-dir` is where it can be kept."""


def _in_json(value: str) -> str:
    """*value* in JSON, with all that cannot be seen spelled out as JSON spells it."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return text
    # The writer would spell it out in a way that no reader of JSON knows.
    return "".join(one if visible(one) == one else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    if character.isascii():  # DEL: JSON need not escape it, and so `dumps` does not
        return f"\\u{ord(character):04x}"
    return json.dumps(character)[1:-1]
