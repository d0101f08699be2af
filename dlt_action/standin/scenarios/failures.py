"""Errors as the event log tells them, and updates that fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.flows import Flow
from dlt_action.standin.scenarios.shop import (
    SHOP,
    dry_run,
    noise,
    play_of,
    until_running,
)
from dlt_action.standin.script import Act, Beat, Scenario, Scene
from dlt_action.standin.wire import JsonObject

NO_RETRY: JsonObject = {"configuration": {"pipelines.numUpdateRetryAttempts": "0"}}

NOTEBOOK = "/Workspace/Shared/pipelines/shop"

FRAMES: list[JsonObject] = [
    {
        "declaring_class": "com.databricks.pipelines.execution.core.PhysicalFlow",
        "method_name": "$anonfun$executeAsync$2",
        "file_name": "PhysicalFlow.scala",
        "line_number": 201,
    },
    {
        "declaring_class": "java.lang.Thread",
        "method_name": "run",
        "file_name": "Thread.java",
        "line_number": 750,
    },
]


def error(message: str, *, kind: str, error_class: str, sql_state: str) -> JsonObject:
    """A fatal error whose exception was thrown inside the JVM."""
    return {
        "fatal": True,
        "exceptions": [
            {
                "class_name": kind,
                "error_class": error_class,
                "sql_state": sql_state,
                "message": message,
                "stack": FRAMES,
            }
        ],
    }


TRACEBACK: JsonObject = {
    "fatal": True,
    "exceptions": [
        {
            "class_name": "NameError",
            "error_class": "PYTHON.NAME_ERROR",
            "sql_state": "P0001",
            "message": "Traceback (most recent call last):\n"
            f'  File "{NOTEBOOK}", cell 3, line 7, in orders\n'
            '    return dlt.read("raw_orders").where(vaild_id)\n'
            "                                        ^^^^^^^^\n"
            "NameError: name 'vaild_id' is not defined",
            "stack": [
                {
                    "declaring_class": "orders",
                    "method_name": "orders",
                    "file_name": NOTEBOOK,
                    "line_number": 7,
                }
            ],
        }
    ],
}

LOCATION: JsonObject = {
    "source_code_location": {
        "path": NOTEBOOK,
        "line_number": 7,
        "notebook_cell_number": 3,
    }
}

DIVISION = error(
    "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 "
    "and return NULL instead. SQLSTATE: 22012\n== SQL (line 4, position 9) ==\n"
    "       total / items AS mean\n       ^^^^^^^^^^^^^",
    kind="org.apache.spark.SparkArithmeticException",
    error_class="DIVIDE_BY_ZERO",
    sql_state="22012",
)

VIOLATION = error(
    "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'main.sales.orders' failed to meet "
    "the expectation. Violated expectations: 'valid id, positive amount'. Input data: "
    '\'{"id":null,"email":"jane.doe@example.com","iban":"DE89370400440532013000"}\'. '
    'Output record: \'{"id":null,"email":"jane.doe@example.com","amount":-12.5}\'. '
    "Missing input data: false",
    kind="com.databricks.pipelines.common.errors.DLTSparkException",
    error_class="EXPECTATION_VIOLATION.VERBOSITY_ALL",
    sql_state="22000",
)


def failed(scene: Scene, at: float, because: JsonObject, says: str = "") -> Beat:
    """The update FAILED, with its error."""
    told = f"Update {scene.short} has failed. {says}" if says else None
    beat = parts.state(scene, at, "FAILED")
    message = beat.message if told is None else told
    return replace(beat, level="ERROR", error=because, message=message)


def at_analysis(scene: Scene) -> Iterator[Beat]:
    """The code cannot be analysed: INITIALIZING, then FAILED; no flow event."""
    says = "Failed to analyze flow 'main.sales.orders'."
    beat = failed(scene, 33.2, TRACEBACK, says)
    yield from parts.beginning(scene)
    yield replace(beat, origin=LOCATION)


TRIES = 3  # pipelines.maxFlowRetryAttempts is 2 by default
TRY_SECONDS = 6.0


def tries(flow: Flow, because: JsonObject) -> Iterator[Beat]:
    """A flow that fails, is retried twice, and fails for good."""
    for n in range(TRIES):
        last = n == TRIES - 1
        begin = flow.begins + TRY_SECONDS * n
        yield from flows.starting(replace(flow, begins=begin, streaming=n > 0))
        beat = flows.progress(flow, begin + 4.0, "FAILED")
        yield replace(
            beat,
            level="ERROR" if last else "WARN",
            message=_gives_up(flow) if last else beat.message,
            error={**because, "fatal": last},
        )


def _gives_up(flow: Flow) -> str:
    times = f"FAILED more than {TRIES - 1} times"
    return f"Flow '{flow.qualified}' has {times} and will not be restarted."


def downstream(culprit: Flow, graph: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """The flows that read, at any distance, what *culprit* writes."""
    reached = {culprit.name}
    for flow in graph:  # in order of layers
        if reached.intersection(flow.reads):
            reached.add(flow.name)
    return tuple(f for f in graph if f.name in reached and f != culprit)


def broken(
    scene: Scene,
    because: JsonObject,
    graph: tuple[Flow, ...] = SHOP,
    name: str = "orders",
) -> Iterator[Beat]:
    """The shop in which one flow fails and what depends on it is skipped."""
    culprit = next(flow for flow in graph if flow.name == name)
    skipped = downstream(culprit, graph)
    others = [f for f in graph if f not in skipped and f != culprit]
    end = culprit.begins + TRY_SECONDS * (TRIES - 1) + 4.0
    yield from parts.in_order(
        until_running(scene, graph),
        *[play_of(flow) for flow in others],
        tries(culprit, because),
        [flows.progress(flow, end + 0.05, "SKIPPED") for flow in skipped],
        noise(44.0),
        [failed(scene, end + 2.0, because)],
    )


def division(scene: Scene) -> Iterator[Beat]:
    """A flow that divides by zero."""
    return broken(scene, DIVISION)


def violation(scene: Scene) -> Iterator[Beat]:
    """A flow whose expectation fails the update: no numbers, but a row in the text."""
    return broken(scene, VIOLATION)


CODE_ERROR = Scenario(
    name="code-error",
    title="The code cannot be analysed: fails before any flow runs, no retry",
    expect="failed",
    seconds=33,
    acts=(Act(script=at_analysis),),
    dry=at_analysis,
    spec=NO_RETRY,
)
EXPECTATION_FAILED = Scenario(
    name="expectation-failed",
    title="An expectation fails the update; its error text holds row data",
    expect="failed",
    seconds=71,
    acts=(Act(script=violation),),
    dry=dry_run,
    spec=NO_RETRY,
    rests_in="FAILED",
)
