"""Updates after which the platform starts another one by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlt_action.standin.ending import stopped, under_way
from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.failures import division, error
from dlt_action.standin.scenarios.shop import SHOP, dry_run, shop
from dlt_action.standin.script import Act, Beat, Scenario, Scene

RETRY_GAP = 20.0
# Observed: two seconds between CANCELED and the update with the new schema.
SCHEMA_GAP = 2.0
UPGRADED_AT = 56.0
UPGRADE_GAP = 8.0

NEW_FIELD = error(
    "[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE] Encountered unknown fields during "
    "parsing: [feed_version], which can be fixed by an automatic retry: true",
    kind="com.databricks.sql.cloudfiles.errors.UnknownFieldException",
    error_class="UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE",
    sql_state="KD003",
)


def new_field(scene: Scene) -> Iterator[Beat]:
    """The shop until a file with a new column comes: CANCELED by the platform."""
    raw = SHOP[0]
    at = raw.begins + 6.0
    played = list(parts.before(shop(scene), at))
    failed = flows.progress(raw, at, "FAILED")
    yield from played
    yield replace(failed, level="ERROR", error={**NEW_FIELD, "fatal": True})
    running = [name for name in under_way(played) if name != raw.qualified]
    yield from stopped(scene, running, at + 0.5, cause=None)


def upgraded(scene: Scene) -> Iterator[Beat]:
    """The shop, until the platform needs the cluster for a newer runtime."""
    played = list(parts.before(shop(scene), UPGRADED_AT))
    yield from played
    yield from stopped(scene, under_way(played), UPGRADED_AT, cause=None)


def again(act: Act) -> Act:
    """The same act as an automatic retry of the one before it."""
    return replace(act, cause="RETRY_ON_FAILURE", gap=RETRY_GAP)


RETRY_SUCCEEDS = Scenario(
    name="retry-succeeds",
    title="Fails, is retried by the platform after 20 seconds, and completes",
    expect="succeeded",
    seconds=165,
    acts=(Act(script=division), again(Act(script=shop))),
    dry=dry_run,
)
RETRY_FAILS = Scenario(
    name="retry-fails",
    title="Fails three times: two automatic retries are configured, none helps",
    expect="failed",
    seconds=251,
    acts=(
        Act(script=division),
        again(Act(script=division)),
        again(Act(script=division)),
    ),
    dry=dry_run,
    spec={"configuration": {"pipelines.numUpdateRetryAttempts": "2"}},
    rests_in="FAILED",
)
SCHEMA_CHANGE = Scenario(
    name="schema-change",
    title="A new column cancels the update; one with the new schema completes",
    expect="succeeded",
    seconds=126,
    acts=(
        Act(script=new_field),
        # Nothing announces this one: the pipeline looks idle meanwhile.
        Act(script=shop, cause="SCHEMA_CHANGE", gap=SCHEMA_GAP, meanwhile="IDLE"),
    ),
    dry=dry_run,
)
SERVICE_UPGRADE = Scenario(
    name="service-upgrade",
    title="The platform cancels for a service upgrade and starts it again; completes",
    expect="succeeded",
    seconds=142,
    acts=(
        Act(script=upgraded),
        Act(script=shop, cause="SERVICE_UPGRADE", gap=UPGRADE_GAP, meanwhile="IDLE"),
    ),
    dry=dry_run,
)
