"""The outputs in words: README and action.yml are written from this table."""

from __future__ import annotations

from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True)
class Output:
    """One output: its name as action.yml spells it, and one line of help."""

    name: str
    help: str  # Markdown, no full stop


OUTPUTS: tuple[Output, ...] = (
    Output(
        "result",
        "how it ended, in one word: `succeeded`, `failed`, `timed-out`, …;"
        " `unfinished` if the step was killed",
    ),
    Output(
        "ok",
        "`true` only for `succeeded` and `running`; a string, so compare it:"
        " `ok == 'true'`",
    ),
    Output("reason", "one sentence of our own words and checked ids"),
    Output("state", "the last attempt's state, as the API spells it; **remote text**"),
    Output("pipeline-id", "id of the pipeline"),
    Output("pipeline-name", "name of the pipeline; **remote text**"),
    Output("update-id", "id of the last attempt's update"),
    Output("update-url", "page of the last attempt's update"),
    Output("job-run-id", "id of the job run, where one started the update"),
    Output("job-run-url", "page of the job run"),
    Output(
        "attempts",
        "every update that was followed, oldest first (JSON list); **remote text**",
    ),
    Output(
        "attribution",
        "how the update is known to be ours: `confirmed`, `inferred` or `attached`",
    ),
    Output("duration-seconds", "whole seconds from the start of the step to its end"),
    Output(
        "rows-written",
        "rows that the flows of the last attempt wrote, as far as the events API tells:"
        " METRICS events that are kept in the Delta table only are not counted; of"
        " several pipelines the sum of what is known",
    ),
    Output(
        "expectations",
        "dataset, name, passed and failed of each expectation (JSON list);"
        " **remote text**",
    ),
    Output(
        "gate",
        "rule, dataset, expectation, verdict and number of each match of the quality"
        " gate, worst first (JSON list); **remote text**",
    ),
    Output(
        "gate-result",
        "`passed`, `warned`, `failed`, `not-judged` (the update did not complete, or"
        " refreshed nothing that the rules name) or `none` (there is no gate)",
    ),
    Output(
        "error",
        "root cause in one line, of several that of the worst that has one; **remote"
        " text**: pass it through `env:`, never into `run:`",
    ),
    Output(
        "results",
        "what came of each pipeline, worst first (JSON list: `pipeline_name`, `result`,"
        " `ok`, `error`, `update_url`, `job_run_url` and more); the other outputs are"
        " those of the worst, unless they say otherwise;"
        " **remote text**",
    ),
    Output("report-dir", "folder of the reports, relative to the workspace"),
)
