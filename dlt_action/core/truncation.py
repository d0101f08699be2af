"""
Which events tell their numbers in part only: the API cuts what is too large.

It says so in the event, by the name of the field. A cut error takes no number with it
as long as the details are there; what was cut and is not named may be anything.
"""

from __future__ import annotations

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.model import JsonObject


def lacks_numbers(event: Event, details: JsonObject) -> bool:
    """Whether numbers may have been cut out of *event*, a `flow_progress`."""
    if not event.raw.get("truncation"):
        return False
    truncation = wire.child(event.raw, "truncation")
    fields = wire.children(truncation, "truncated_fields")
    names = [wire.text(field, "field_name") for field in fields]
    if not all(names) or not names or any(name.startswith("details") for name in names):
        return True
    return "error" in names and not wire.text(details, "status")
