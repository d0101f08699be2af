"""No CI, but a program that called us: what others write to files is kept for it."""

from __future__ import annotations

from collections.abc import Mapping

from dlt_action.edge.ci.plain import Plain
from dlt_action.edge.writer import Writer


class Kept(Plain):
    """The dialect of a caller in the same process."""

    def __init__(self, writer: Writer) -> None:
        """Say everything through *writer*."""
        super().__init__(writer)
        self._redacted = writer.redacted
        self.values: dict[str, str] = {}

    def outputs(self, values: Mapping[str, str]) -> None:
        """Keep *values*, without any secret in them."""
        self.values.update({name: self._redacted(one) for name, one in values.items()})
