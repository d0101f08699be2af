"""Pages of jobs, of runs, and of what a single one of them has many of."""

from __future__ import annotations

from dlt_action.standin import paging
from dlt_action.standin.wire import Json, JsonObject, Request, invalid
from dlt_action.standin.world import Call

MOST_ELEMENTS = 100  # of an array in one answer, since version 2.2


def limit(request: Request, *, most: int, default: int, none: int | None = None) -> int:
    """The `limit` that was asked for; *none* is what 0 stands for."""
    said = request.param("limit")
    if said is None:
        return default
    asked = int(said) if said.isascii() and said.isdigit() else -1
    if asked == 0 and none is not None:
        return none
    if not 1 <= asked <= most:
        raise invalid(f"limit must be between 1 and {most}, but was {said}.")
    return asked


def truth(request: Request, name: str) -> bool:
    """A flag of the query."""
    said = request.param(name)
    if said is None:
        return False
    if said.lower() not in ("true", "false"):
        raise invalid(f"{name} must be true or false, but was {said}.")
    return said.lower() == "true"


def whole(request: Request, name: str) -> int | None:
    """A whole number of the query."""
    said = request.param(name)
    if said is None:
        return None
    if not said.isascii() or not said.isdigit():
        raise invalid(f"{name} must be a number, but was {said}.")
    return int(said)


def needed(request: Request, name: str) -> int:
    """A whole number that has to be there."""
    found = whole(request, name)
    if found is None:
        raise invalid(f"Missing required field: {name}")
    return found


def listed(call: Call, name: str, items: paging.Items, size: int) -> dict[str, Json]:
    """One page of a list, with `has_more` beside the token."""
    offset = whole(call.request, "offset")
    items = items[offset or 0 :]
    left = paging.rest(call, items)
    shown = left[: min(size, call.world.page_size)]
    more = len(shown) < len(left)
    answer: dict[str, Json] = {"has_more": more}
    if shown:
        answer[name] = [item for _, item in shown]
    if more:
        answer["next_page_token"] = paging.token({"after": shown[-1][0]})
    return answer


def elements(call: Call, **arrays: list[JsonObject]) -> tuple[JsonObject, JsonObject]:
    """
    The page of each array that the token asks for, and the token of the next one.

    Arrays that are at their end are empty on later pages. Before version 2.2 there are
    no pages: the first elements are all that a client gets to see.
    """
    begin = _begin(call.request.param("page_token"))
    end = begin + MOST_ELEMENTS
    shown: dict[str, Json] = {
        name: found[begin:end] for name, found in arrays.items() if found[begin:end]
    }
    more = any(len(found) > end for found in arrays.values())
    if not more or call.ids["version"] != "2.2":
        return shown, {}
    return shown, {"next_page_token": paging.token({"from": end})}


def _begin(page_token: str | None) -> int:
    if page_token is None:
        return 0
    begin = paging.position(page_token).get("from")
    if not isinstance(begin, int):
        raise invalid(f"Invalid page token: {page_token}")
    return begin
