"""
Page tokens: opaque to the client, a position in a list to the workspace.

A token holds where the last page ended, not how many items it had, so what
appears meanwhile neither repeats an item nor moves one out of sight.
"""

from __future__ import annotations

import base64
import json

from dlt_action.standin.wire import JsonObject, invalid


def token(position: JsonObject) -> str:
    """A page token for a position."""
    text = json.dumps(position, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def position(page_token: str) -> JsonObject:
    """The position in a page token; a 400 if we did not make it."""
    try:
        found = json.loads(base64.urlsafe_b64decode(page_token.encode()))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise invalid(f"Invalid page token: {page_token}")
    return found
