"""
The event log of one update as the documentation describes it, one event of each type.

Written from the documented schema and from what clients of others read, with values of
our own. The numbers are all different, none is zero, and each is told once: so a sum
that is another one, or zero, is one that the log does not tell.
"""

from __future__ import annotations

from dlt_action.core.model import JsonObject
from tests.reports.records import OURS, PIPELINE

FLOW = "main.sales.orders"
CHECK = "valid id"
ROWS, UPSERTED, DELETED, BACKLOG = 91_939, 811, 29, 4096
DROPPED, PASSED, FAILED = 32, 91_907, 57

ORIGIN: JsonObject = {
    "cloud": "AWS",
    "region": "eu-central-1",
    "org_id": 6051921418418893,
    "pipeline_id": PIPELINE,
    "pipeline_type": "WORKSPACE",
    "pipeline_name": "shop",
    "update_id": OURS,
    "request_id": OURS,
}
OF_FLOW: JsonObject = {
    "flow_id": "0f6f0a4e-7f0e-4c3e-8a55-6f8d1a2b3c4d",
    "flow_name": FLOW,
    "dataset_name": FLOW,
    "catalog_name": "main",
    "schema_name": "sales",
}
LOCATION: JsonObject = {
    "path": "/Workspace/Users/a@example.com/.bundle/shop/dev/files/src/orders.py",
    "line_number": 12,
    "notebook_cell_number": 2,
}
THROWN: JsonObject = {
    "class_name": "org.apache.spark.SparkArithmeticException",
    "error_class": "DIVIDE_BY_ZERO",
    "sql_state": "22012",
    "message": "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n"
    "== SQL (line 4, position 9) ==\n  total / items\n  ^^^^^^^^^^^^^",
    "short_message": "Division by zero.",
    "stack": [
        {
            "declaring_class": "com.databricks.pipelines.execution.core.PhysicalFlow",
            "method_name": "executeAsync",
            "file_name": "PhysicalFlow.scala",
            "line_number": 201,
        },
        {
            "declaring_class": "orders",
            "method_name": "orders",
            "file_name": "/Workspace/Shared/shop/orders.py",
            "line_number": 7,
        },
    ],
}
CAUSED: JsonObject = {
    "class_name": "NameError",
    "error_class": "PYTHON.NAME_ERROR",
    "sql_state": "P0001",
    "message": "Traceback (most recent call last):\n"
    '  File "/Workspace/Shared/shop/orders.py", cell 3, line 7, in orders\n'
    "    return total / itms\nNameError: name 'itms' is not defined",
    "stack": [],
}
ERROR: JsonObject = {"fatal": True, "exceptions": [THROWN, CAUSED]}

COUNTED: JsonObject = {
    "status": "RUNNING",
    "metrics": {
        "num_output_rows": ROWS,
        "num_upserted_rows": UPSERTED,
        "num_deleted_rows": DELETED,
        "num_output_bytes": 8_826_144,
        "backlog_bytes": BACKLOG,
        "backlog_files": 3,
        "executor_time_ms": 4801,
        "source_metrics": [{"source_name": "files", "backlog_bytes": 4096}],
    },
    "data_quality": {
        "dropped_records": DROPPED,
        "expectations": [
            {
                "name": CHECK,
                "dataset": "`main`.`sales`.`orders`",
                "passed_records": PASSED,
                "failed_records": FAILED,
            }
        ],
    },
}

# Type, details, level, what more the origin says.
_TOLD: tuple[tuple[str, JsonObject, str, JsonObject], ...] = (
    (
        "create_update",
        {
            "cause": "API_CALL",
            "run_as": "a@example.com",
            "failed_attempts": 1,
            "full_refresh": False,
            "full_refresh_selection": [],
            "config": {"id": PIPELINE, "name": "shop", "configuration": {"a": "b"}},
        },
        "INFO",
        {},
    ),
    (
        "user_action",
        {"action": "START", "user_name": "a@example.com", "user_id": 7},
        "INFO",
        {},
    ),
    ("update_progress", {"state": "WAITING_FOR_RESOURCES"}, "INFO", {}),
    (
        "cluster_resources",
        {
            "task_slot_metrics": {"num_task_slots": 16},
            "autoscale_info": {"state": "SUCCEEDED", "optimal_num_executors": 2},
        },
        "METRICS",
        {},
    ),
    ("update_progress", {"state": "INITIALIZING"}, "INFO", {}),
    (
        "dataset_definition",
        {
            "dataset_type": "STREAMING_TABLE",
            "num_flows": 1,
            "expectations": [{"name": CHECK, "action": "ALLOW"}],
            "schema": [{"name": "id", "data_type": "BIGINT"}],
        },
        "INFO",
        OF_FLOW,
    ),
    (
        "flow_definition",
        {
            "flow_type": "APPEND",
            "output_dataset": FLOW,
            "input_datasets": ["main.landing.files", "customers"],
            "language": "PYTHON",
            "spark_conf": [{"key": "a", "value": "b"}],
            "explain_text": "== Physical Plan ==",
        },
        "INFO",
        OF_FLOW,
    ),
    ("runtime_details", {"runtime_version": {"dbr_version": "16.4"}}, "INFO", {}),
    ("update_progress", {"state": "RUNNING"}, "INFO", {}),
    ("flow_progress", {"status": "QUEUED"}, "INFO", OF_FLOW),
    (
        "planning_information",
        {"technique_information": [{"is_chosen": True, "cost": 1.5}]},
        "INFO",
        OF_FLOW,
    ),
    ("flow_progress", {"status": "RUNNING"}, "INFO", OF_FLOW),
    (
        "operation_progress",
        {"type": "AUTO_LOADER_LISTING", "status": "COMPLETED", "duration_ms": 120},
        "INFO",
        OF_FLOW,
    ),
    ("stream_progress", {"progress": {"batchId": 4, "sources": []}}, "INFO", OF_FLOW),
    ("autoscale", {"status": "RESIZING", "requested_num_executors": 4}, "INFO", {}),
    ("hook_progress", {"name": "notify", "status": "COMPLETED"}, "INFO", {}),
    ("deprecation", {"message": "This will go."}, "WARN", {}),
)


def _event(
    number: int, kind: str, details: JsonObject, level: str, origin: JsonObject
) -> JsonObject:
    return {
        "id": f"0a1b2c3d-0000-4000-8000-{number:012}",
        "sequence": {
            "data_plane_id": {"instance": "i", "seq_no": number},
            "control_plane_seq_no": 1_790_000_000_000_000 + number,
        },
        "origin": {**ORIGIN, **origin},
        "timestamp": f"2026-11-22T12:00:{number:02}.000Z",
        "message": f"{kind} happened.",
        "level": level,
        "maturity_level": "STABLE",
        "event_type": kind,
        "details": {kind: details},
    }


def _log() -> list[JsonObject]:
    told = [_event(number, *one) for number, one in enumerate(_TOLD)]
    at = len(told)
    where = {**OF_FLOW, "source_code_location": LOCATION}
    ends: JsonObject = {"state": "FAILED"}
    return [
        *told,
        _event(at, "flow_progress", COUNTED, "INFO", OF_FLOW),
        {
            **_event(at + 1, "flow_progress", {"status": "FAILED"}, "ERROR", where),
            "error": ERROR,
        },
        {
            **_event(at + 2, "update_progress", ends, "ERROR", {}),
            "error": ERROR,
        },
    ]


LOG = _log()
END = len(LOG) - 1
