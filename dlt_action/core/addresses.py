r"""
Which texts are addresses that secrets may be sent to: those that all parsers agree on.

Of `https://evil.example\\@good.example/` one parser reads the one host and another the
other. So a whole address must match one expression as it was written, which knows
nothing of user information, backslashes, blanks, fragments or other scripts.
"""

from __future__ import annotations

import re

from dlt_action.core.zones import LABEL, ZONED

# No segment is `.` or `..`, or empty but for the last: clients take these away, and ask
# for something else than what was checked.
PATH = r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*/?"

_ADDRESS = re.compile(
    rf"(?:https://{LABEL}(?:\.{LABEL})*|http://(?:127\.0\.0\.1|\[::1\]))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[A-Za-z0-9._~/%=&?:+,;!*()-]*)?",
    re.ASCII | re.IGNORECASE,
)
_ZONED = re.compile(rf"https://{ZONED}{PATH}", re.ASCII)
_HIGHEST_PORT = 65535


def is_address(text: str) -> bool:
    """Whether *text* is an address of https, or of plain http on this machine."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return False
    return found["port"] is None or 1 <= int(found["port"]) <= _HIGHEST_PORT


def in_a_zone(text: str) -> bool:
    """Whether *text* is an address of https in Databricks' zones, without a query."""
    return _ZONED.fullmatch(text) is not None
