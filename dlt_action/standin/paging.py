"""
Page tokens: opaque to the client, a position in a list to the workspace.

A token holds where the last page ended, not how many items it had, so what
appears meanwhile neither repeats an item nor moves one out of sight.
"""

from __future__ import annotations

import base64
import json
from typing import TypeAlias

from dlt_action.standin.wire import Json, JsonObject, invalid
from dlt_action.standin.world import Call


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


Items: TypeAlias = list[tuple[str, JsonObject]]


def rest(call: Call, items: Items) -> Items:
    """What lies behind the page token; all of it without one."""
    page_token = call.request.param("page_token")
    if page_token is None:
        return items
    after = position(page_token).get("after")
    ids = [item_id for item_id, _ in items]
    if after not in ids:
        raise invalid(f"Invalid page token: {page_token}")
    return items[ids.index(str(after)) + 1 :]


def page(call: Call, name: str, items: Items, limit: int) -> Json:
    """One page of *items* under *name*, and the token of the next one."""
    shown = items[: min(limit, call.world.page_size)]
    if not shown:
        return {}
    answer: JsonObject = {name: [item for _, item in shown]}
    if len(shown) == len(items):
        return answer
    return {**answer, "next_page_token": token({"after": shown[-1][0]})}
