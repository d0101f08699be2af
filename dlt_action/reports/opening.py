"""The first lines of the log."""

from __future__ import annotations

from dlt_action.core.record import Asked


def opening(asked: Asked) -> str:
    """What is about to be done, where and as whom; a full refresh first of all."""
    lines = [f"dlt-action {asked.version} · {asked.host} · {asked.sign_in}"]
    if asked.left_aside:
        lines.append(f"sign-in left aside: {', '.join(asked.left_aside)}")
    if asked.resets:
        what = "the tables named below" if asked.selection else "EVERY table"
        lines.insert(0, f"{asked.kind}: {what} will be reset and recomputed")
    return "\n".join(lines)
