"""The fields that the requests and the tasks of the Jobs API have, as documented."""

from __future__ import annotations

KINDS = frozenset(
    {
        "ai_runtime_task",
        "alert_task",
        "clean_rooms_notebook_task",
        "condition_task",
        "dashboard_task",
        "dbt_cloud_task",
        "dbt_platform_task",
        "dbt_task",
        "for_each_task",
        "gen_ai_compute_task",
        "notebook_task",
        "pipeline_task",
        "power_bi_task",
        "python_operator_task",
        "python_wheel_task",
        "run_job_task",
        "spark_jar_task",
        "spark_python_task",
        "spark_submit_task",
        "sql_task",
    }
)

# What a task may say, beside what it does. A one-time run in the format of a single
# task says the same at its top, without a key.
_ABOUT_A_TASK = frozenset(
    {
        "compute",
        "depends_on",
        "description",
        "disable_auto_optimization",
        "disabled",
        "environment_key",
        "environment_variables_key",
        "existing_cluster_id",
        "job_cluster_key",
        "libraries",
        "max_retries",
        "min_retry_interval_millis",
        "new_cluster",
        "retry_on_timeout",
        "run_if",
    }
)
_ABOUT_BOTH = frozenset(
    {
        "email_notifications",
        "health",
        "notification_settings",
        "timeout_seconds",
        "webhook_notifications",
    }
)
TASK = KINDS | _ABOUT_A_TASK | _ABOUT_BOTH | {"task_key"}

PIPELINE_PARAMS = frozenset(
    {
        "full_refresh",
        "full_refresh_selection",
        "refresh_flow_selection",
        "refresh_selection",
        "reset_checkpoint_selection",
    }
)
PIPELINE_TASK = PIPELINE_PARAMS | {"parameters", "pipeline_id"}

_ABOUT_ALL_RUNS = frozenset(
    {
        "access_control_list",
        "budget_policy_id",
        "duration_target",
        "environment_variables",
        "environments",
        "git_source",
        "job_clusters",
        "performance_target",
        "queue",
        "run_as",
        "tasks",
        "usage_policy_id",
    }
)
SUBMIT = _ABOUT_ALL_RUNS | _ABOUT_BOTH | {"idempotency_token", "run_name"}
SINGLE_TASK = SUBMIT | KINDS | _ABOUT_A_TASK
JOB = (
    _ABOUT_ALL_RUNS
    | _ABOUT_BOTH
    | {
        "continuous",
        "deployment",
        "description",
        "edit_mode",
        "format",
        "max_concurrent_runs",
        "name",
        "parameters",
        "parent_path",
        "schedule",
        "tags",
        "trigger",
        "triggers",
    }
)

# Parameters of tasks of a kind, which a request may give instead of the job's own.
_OVERRIDES = frozenset(
    {
        "dbt_commands",
        "jar_params",
        "job_parameters",
        "notebook_params",
        "pipeline_params",
        "python_named_params",
        "python_params",
        "spark_submit_params",
        "sql_params",
    }
)
OVERRIDING = _OVERRIDES - {"job_parameters"}
_HOW = frozenset({"duration_target", "performance_target"})
RUN_NOW = _OVERRIDES | _HOW | {"idempotency_token", "job_id", "only", "queue"}
REPAIR = (
    _OVERRIDES
    | _HOW
    | {
        "latest_repair_id",
        "rerun_all_failed_tasks",
        "rerun_dependent_tasks",
        "rerun_tasks",
        "run_id",
    }
)
