"""
Whether an update does what was asked for.

To take up an update that somebody else started, it has to be proven alike; to adopt
one whose start was ours but for a lost answer, it is enough that nothing tells them
apart. The API does not tell all that can be asked, so the two are not the same.
"""

from __future__ import annotations

from dlt_action.core.model import Update, UpdateRequest


def told_apart(request: UpdateRequest, update: Update) -> tuple[str, ...]:
    """What the API tells of *update* that is not as in *request*; in our words."""
    told = update.parameters
    pairs = (
        ("a dry run", request.validate_only, update.validate_only),
        ("a full refresh", request.full_refresh, update.full_refresh),
    )
    found = [
        f"it is {what}" if theirs else f"it is not {what}"
        for what, asked, theirs in pairs
        if asked is not theirs
    ]
    if set(request.refresh_selection) != set(update.refresh_selection):
        found.append("it refreshes other tables")
    if set(request.full_refresh_selection) != set(update.full_refresh_selection):
        found.append("it resets other tables")
    if told is not None and dict(request.parameters) != dict(told):
        found.append("its parameters are others")
    return tuple(found)


def untold(request: UpdateRequest, update: Update) -> tuple[str, ...]:
    """What was asked for and the API does not tell of *update*; in our words."""
    asked = (
        ("parameters", bool(request.parameters) and update.parameters is None),
        ("development", request.development is not None),
        ("reset-checkpoint-selection", bool(request.reset_checkpoint_selection)),
        ("request-json", bool(request.extra)),
    )
    return tuple(
        f"whether it has the same {name} is not told" for name, open_ in asked if open_
    )
