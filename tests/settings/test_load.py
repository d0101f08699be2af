"""The door as a whole: where inputs are found, which wins, and all problems at once."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlt_action.core.model import PipelineId, UpdateId, UpdateRequest
from dlt_action.core.plan import (
    LATEST,
    IfActive,
    LogLevel,
    OnAmbiguousStart,
    Parting,
    Trigger,
)
from dlt_action.core.signin.schemes import Pat
from dlt_action.errors import InputProblem, Misconfigured
from dlt_action.settings import table
from dlt_action.settings.load import ca_bundle_of, load, reporting_of
from dlt_action.settings.model import (
    Access,
    CaBundle,
    Conduct,
    Patience,
    Reporting,
    Settings,
    Target,
    WaitFor,
)
from dlt_action.settings.reading import only_inputs
from tests.settings.door import (
    GOOD,
    PIPELINE,
    TOKEN,
    ZONED,
    inputs,
    refusal,
    settings,
    variable,
)


def test_host_token_and_pipeline_are_enough() -> None:
    found = load([], GOOD)
    assert found.access == Access(
        host=ZONED, scheme=Pat(TOKEN), source="the input token", secrets=(TOKEN, TOKEN)
    )
    assert (found.pipeline_id, found.pipelines) == (PIPELINE, (Target(id=PIPELINE),))
    assert found.request == UpdateRequest()
    assert found.patience == Patience(
        timeout=5.5 * 3600,
        poll_ceiling=None,
        follow_restarts=True,
        restart_grace=45,
        outage_grace=900,
        wait=True,
        wait_for=WaitFor.COMPLETED,
        settle_time=60,
        queue_timeout=inf,
        stall_timeout=inf,
    )
    assert found.conduct == Conduct(
        if_active=IfActive.FAIL,
        on_timeout=Parting.STOP,
        on_cancel=Parting.STOP,
        on_ambiguous_start=OnAmbiguousStart.ADOPT,
    )
    assert found.update_id is None
    assert found.run_attempt == 1
    assert found.reporting == Reporting(
        summary=True, annotations=True, log_level=LogLevel.PROGRESS, report_dir=None
    )


EVERYTHING = {
    "workspace-id": "12",
    "ca-bundle": "certs/corporate.pem",
    "full-refresh": "false",
    "refresh-selection": "orders",
    "full-refresh-selection": "customers",
    "reset-checkpoint-selection": "main.sales.events",
    "development": "true",
    "parameters": "day=2026-01-31",
    "request-json": '{"rewind_spec": {"dry_run": true}}',
    "timeout": "1h",
    "poll-interval": "30s",
    "follow-restarts": "false",
    "outage-grace": "2m",
    "wait-for": "running",
    "settle-time": "5m",
    "queue-timeout": "20m",
    "stall-timeout": "30m",
    "if-active": "replace",
    "on-timeout": "leave",
    "on-cancel": "leave",
    "on-ambiguous-start": "fail",
    "summary": "false",
    "annotations": "False",
    "log-level": "events",
    "report-dir": "out/reports",
}


def test_every_input_reaches_its_setting() -> None:
    found = load([], inputs(EVERYTHING))
    assert found.access.workspace_id == "12"
    assert ca_bundle_of([], inputs(EVERYTHING)).path == "certs/corporate.pem"
    assert found.request == UpdateRequest(
        refresh_selection=("orders",),
        full_refresh_selection=("customers",),
        reset_checkpoint_selection=("main.sales.events",),
        development=True,
        parameters={"day": "2026-01-31"},
        extra={"rewind_spec": {"dry_run": True}},
    )
    assert found.patience == Patience(
        timeout=3600,
        poll_ceiling=30,
        follow_restarts=False,
        restart_grace=45,
        outage_grace=120,
        wait=True,
        wait_for=WaitFor.RUNNING,
        settle_time=300,
        queue_timeout=1200,
        stall_timeout=1800,
    )
    assert found.conduct == Conduct(
        if_active=IfActive.REPLACE,
        on_timeout=Parting.LEAVE,
        on_cancel=Parting.LEAVE,
        on_ambiguous_start=OnAmbiguousStart.FAIL,
    )
    assert found.reporting == Reporting(
        summary=False,
        annotations=False,
        log_level=LogLevel.EVENTS,
        report_dir="out/reports",
    )


def test_a_pipeline_is_named_by_its_name_instead() -> None:
    found = settings(pipeline_id="", pipeline_name="orders, prod (1)")
    assert found.pipeline_id is None
    assert found.pipelines == (Target(name="orders, prod (1)"),)


def test_several_pipelines_are_one_a_line_and_ids_may_have_commas() -> None:
    ids = settings(pipeline_id="a\n b \r\n\nc, a")
    assert ids.pipelines == (Target(id="a"), Target(id="b"), Target(id="c"))
    assert ids.pipeline_id is None
    names = settings(pipeline_id="", pipeline_name=" orders, all\n\nusers\nusers")
    assert names.pipelines == (Target(name="orders, all"), Target(name="users"))


@pytest.mark.parametrize(
    ("given", "trigger", "job"),
    [
        ({}, Trigger.UPDATE, None),
        ({"trigger": "update"}, Trigger.UPDATE, None),
        ({"trigger": "submit-run"}, Trigger.SUBMIT_RUN, None),
        ({"pipeline-id": "", "job-id": "12"}, Trigger.JOB, Target(id="12")),
        ({"pipeline-id": "", "job-name": "all"}, Trigger.JOB, Target(name="all")),
        (
            {"pipeline-id": "", "job-name": "all", "trigger": "job"},
            Trigger.JOB,
            Target(name="all"),
        ),
    ],
)
def test_a_job_is_started_as_one_without_saying_so(
    given: dict[str, str], trigger: Trigger, job: Target | None
) -> None:
    found = load([], inputs(given))
    assert (found.starting.trigger, found.starting.job) == (trigger, job)
    assert found.pipelines == (() if job is not None else (Target(id=PIPELINE),))


def test_a_job_that_is_not_named_is_asked_for_and_no_pipeline_is() -> None:
    assert refusal(inputs({"trigger": "job", "pipeline-id": ""})) == [
        "job-id: `trigger: job` needs to know which. Set `job-id` or `job-name`."
    ]


def test_ten_pipelines_are_updated_at_once_and_one_failure_ends_none_of_them() -> None:
    assert (settings().starting.max_parallel, settings().starting.fail_fast) == (
        10,
        False,
    )
    told = settings(pipeline_id="a\nb", max_parallel="3", fail_fast="true").starting
    assert (told.max_parallel, told.fail_fast) == (3, True)


def test_false_is_not_the_same_as_not_given() -> None:
    assert settings().request.development is None
    assert settings(development="false").request.development is False


def test_the_variables_of_unified_authentication_are_enough() -> None:
    environ = {
        "DATABRICKS_HOST": ZONED,
        "DATABRICKS_TOKEN": TOKEN,
        "DATABRICKS_WORKSPACE_ID": "7",
        "INPUT_PIPELINE_ID": PIPELINE,
    }
    access = load([], environ).access
    assert access == Access(
        host=ZONED,
        scheme=Pat(TOKEN),
        source="DATABRICKS_TOKEN",
        workspace_id="7",
        secrets=(TOKEN, TOKEN),
    )


@pytest.mark.parametrize(
    ("argv", "environ", "seconds"),
    [
        ([], {}, 19800),
        ([], {"INPUT_TIMEOUT": "10s"}, 10),
        (["--timeout", "20s"], {"INPUT_TIMEOUT": "10s"}, 20),
        (["--timeout=20s"], {"INPUT_TIMEOUT": "not read"}, 20),
        (["--timeout="], {"INPUT_TIMEOUT": "10s"}, 10),
        (["--timeout", "20s", "--timeout", "20s"], {}, 20),
    ],
)
def test_a_flag_outranks_an_input_and_an_input_the_default(
    argv: list[str], environ: dict[str, str], seconds: float
) -> None:
    assert load(argv, {**GOOD, **environ}).patience.timeout == seconds


def test_an_input_outranks_the_variable() -> None:
    environ = {**GOOD, "DATABRICKS_HOST": "evil.example", "DATABRICKS_TOKEN": "other"}
    found = load([], environ)
    assert found.access.secrets == (TOKEN, "other", TOKEN)  # not to be shown either
    good = load([], GOOD)
    assert replace(found, access=good.access) == good
    assert replace(found.access, secrets=good.access.secrets) == good.access


@pytest.mark.parametrize(
    "argv",
    [
        ["--validate-only"],
        ["--validate_only"],
        ["--validate-only=true"],
        ["--validate-only", "True"],
        ["--validate-only", "--timeout", "1h"],
        ["--log-level", "quiet", "--validate-only"],
    ],
)
def test_a_boolean_flag_may_stand_alone(argv: list[str]) -> None:
    assert load(argv, GOOD).request.validate_only is True


@pytest.mark.parametrize(
    "name", ["INPUT_VALIDATE-ONLY", "INPUT_VALIDATE_ONLY", "INPUT_validate_only"]
)
def test_a_hyphen_and_an_underscore_are_the_same(name: str) -> None:
    assert load([], {**GOOD, name: "true"}).request.validate_only is True


@pytest.mark.parametrize("name", [one.name for one in table.INPUTS])
@pytest.mark.parametrize("blank", ["", " ", "\r\n\t"])
def test_empty_means_not_given(name: str, blank: str) -> None:
    if variable(name) in GOOD:
        lines = refusal(inputs({name: blank}))
        assert any("missing" in line or "nothing to sign in" in line for line in lines)
    else:
        assert load([], inputs({name: blank})) == load([], GOOD)


@given(st.text(" \t\r\n", max_size=5), st.text(" \t\r\n", max_size=5))
def test_values_are_trimmed(before: str, after: str) -> None:
    environ = {name: f"{before}{text}{after}" for name, text in GOOD.items()}
    assert load([], environ) == load([], GOOD)


def test_variables_of_others_are_left_alone() -> None:
    environ = {"DATABRICKS_CLUSTER": "x", "input_timeout": "x", "MY_INPUT_X": "x"}
    assert load([], {**GOOD, **environ}) == load([], GOOD)


@pytest.mark.parametrize("debug", ["1", "0", ""])
def test_a_debug_run_of_the_runner_means_debug(debug: str) -> None:
    environ = {**inputs({"log-level": "quiet"}), "RUNNER_DEBUG": debug}
    expected = LogLevel.DEBUG if debug == "1" else LogLevel.QUIET
    assert load([], environ).reporting.log_level is expected


def test_a_workspace_id_may_stand_in_the_host() -> None:
    assert settings(host=f"{ZONED}/?o=77").access.workspace_id == "77"
    assert settings(host=f"{ZONED}?o=77", workspace_id="77").access.host == ZONED


def test_pem_text_is_told_from_a_path() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----"
    bundle = ca_bundle_of(["--ca-bundle", pem], {})
    assert (bundle.path, bundle.pem) == (None, pem)
    assert "MII=" not in repr(bundle)
    assert ca_bundle_of([], {}) == CaBundle()


def test_what_is_wrong_outside_is_told_with_the_rest() -> None:
    known = InputProblem("ca-bundle", "It cannot be used.", "")
    with pytest.raises(Misconfigured) as refused:
        load(["--timeout", "60"], {}, [known])
    names = [problem.name for problem in refused.value.problems]
    assert {"ca-bundle", "timeout", "host", "token"} <= set(names)


def test_an_input_that_cannot_be_read_still_does_not_go_with_another() -> None:
    argv = ["--pipeline-id", "not an id", "--pipeline-name", "a"]
    with pytest.raises(Misconfigured) as refused:
        load(argv, {})
    assert "does not go with" in str(refused.value)


NAMES = [
    ("--validate-onyl", "validate-onyl: There is no such flag. Did you mean `val"),
    ("INPUT_VALIDATE_ONYL", "validate-onyl: There is no such input. Did you mean `val"),
    ("--full-refresh-all", "There is no such flag. Did you mean `full-refresh`?"),
    ("--refresh", "Did you mean `refresh-selection`?"),
    ("INPUT_PIPELINE", "Did you mean `pipeline-id`?"),
    # Nothing is meant by it that there is: a suggestion would mislead.
    ("INPUT_RETRIES", "retries: There is no such input. `--help` lists all inputs."),
    ("INPUT_ZZZ", "zzz: There is no such input. `--help` lists all inputs."),
    ("INPUT_", "unknown input: There is no such input."),
    (f"--{TOKEN}", "unknown flag: There is no such flag."),
]


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_an_unknown_name_is_refused_and_names_the_nearest(
    name: str, expected: str
) -> None:
    if name.startswith("--"):
        (line,) = refusal(GOOD, name, "true")
    else:
        (line,) = refusal({**GOOD, name: ""})  # no value makes the name right
    assert expected in line


@pytest.mark.parametrize(
    ("environ", "argv", "expected"),
    [
        (
            {"INPUT_TIMEOUT": "1h", "INPUT_REPORT-DIR": "a", "INPUT_REPORT_DIR": "b"},
            [],
            (
                "report-dir: It has two values, from INPUT_REPORT-DIR and from"
                " INPUT_REPORT_DIR. Give it once."
            ),
        ),
        (
            {},
            ["--timeout", "1h", "--timeout=60m"],
            (
                "timeout: It has two values, from --timeout and from --timeout. Give it"
                " once."
            ),
        ),
        ({}, ["--timeout"], "timeout: `--timeout` has no value."),
        ({}, ["--timeout", "--wait"], "timeout: `--timeout` has no value."),
        (
            {},
            ["true", "--wait"],
            "command line: Argument 1 belongs to no flag. Write `--name value`.",
        ),
        ({}, ["--wait=true", "-v"], "command line: Argument 2 belongs to no flag."),
        (
            {},
            ["--wait", "true", TOKEN],
            "command line: Argument 3 belongs to no flag.",
        ),
        (
            {},
            ["--token", TOKEN],
            (
                "token: It has no flag: command lines are logged and seen by other"
                " processes. Set INPUT_TOKEN or DATABRICKS_TOKEN."
            ),
        ),
        ({}, [f"--token={TOKEN}"], "token: It has no flag"),
        ({}, ["--token"], "token: It has no flag"),
        (
            {"INPUT_WORKSPACE-ID": "1", "INPUT_HOST": f"{ZONED}/?o=2"},
            [],
            "workspace-id: `1` is not the `2` in the host. Give it once.",
        ),
    ],
)
def test_what_is_given_wrongly_is_refused(
    environ: dict[str, str], argv: list[str], expected: str
) -> None:
    (line,) = refusal({**GOOD, **environ}, *argv)
    assert line.startswith(expected)
    assert TOKEN not in line


def test_what_is_missing_names_the_input_and_the_variable() -> None:
    assert refusal({}) == [
        (
            "host: It is the workspace's URL, and is missing."
            " Set the input `host` or the variable `DATABRICKS_HOST`."
        ),
        (
            "token: There is nothing to sign in with. Set `client-id` and an identity"
            " token of your CI (DATABRICKS_OIDC_TOKEN), or `client-id` and"
            " `client-secret`, or `token`; each has a variable (DATABRICKS_CLIENT_ID,"
            " DATABRICKS_CLIENT_SECRET, DATABRICKS_TOKEN)."
        ),
        (
            "pipeline-id: It says which pipeline to update, and is missing. Set"
            " `pipeline-id` or `pipeline-name`; or a job, by `job-id`."
        ),
    ]


def test_a_token_given_as_a_flag_is_not_also_called_missing() -> None:
    environ = {name: text for name, text in GOOD.items() if name != "INPUT_TOKEN"}
    (line,) = refusal(environ, "--token", TOKEN)
    assert "no flag" in line


def test_all_problems_are_shown_together_in_the_order_of_the_table() -> None:
    lines = refusal(
        {
            "INPUT_REPORT-DIR": "/tmp",
            "INPUT_TIMEOUT": "60",
            "INPUT_WAIT": "false",
            "INPUT_WAIT-FOR": "running",
            "INPUT_PIPELINE-ID": "a b",
            "INPUT_PIPELINE-NAME": "orders",
            "INPUT_NONSENSE": "x",
            "DATABRICKS_HOST": "evil.example",
        },
        "--full-refresh=a,b",
    )
    assert [line.partition(":")[0] for line in lines] == [
        "nonsense",
        "host",
        "token",
        "pipeline-id",
        "pipeline-id",
        "full-refresh",
        "timeout",
        "wait",
        "wait",
        "report-dir",
    ]


def test_a_value_from_a_variable_is_blamed_on_the_variable() -> None:
    environ = {**GOOD, "INPUT_HOST": "", "DATABRICKS_HOST": "http://evil.example"}
    (line,) = refusal(environ)
    assert line.startswith("host: (from DATABRICKS_HOST) Plain http")


def test_a_host_is_not_judged_before_allow_host_is_right() -> None:
    (line,) = refusal(
        inputs({"host": "my.example", "allow-host": "https://my.example"})
    )
    assert line.startswith("allow-host: It must be a bare host name")


def test_the_token_is_in_no_repr() -> None:
    found = load([], GOOD)
    assert TOKEN not in repr(found)
    assert TOKEN not in repr(found.access)


@pytest.mark.parametrize("name", [one.name for one in table.INPUTS])
@pytest.mark.parametrize(
    "misplaced", [TOKEN, f"{TOKEN},{TOKEN}", f"x\n{TOKEN}", f"https://{TOKEN}/a"]
)
def test_a_token_in_the_wrong_input_is_never_repeated(
    name: str, misplaced: str
) -> None:
    environ = inputs({name: misplaced, "host": "evil.example"})
    for line in refusal(environ, "--nonsense", misplaced, misplaced):
        assert TOKEN not in line


def loaded_or_refused(
    environ: dict[str, str],
) -> Settings | tuple[InputProblem, ...]:
    """The settings, or the problems."""
    try:
        return load([], environ)
    except Misconfigured as refused:
        return refused.problems


@given(st.dictionaries(st.sampled_from([i.name for i in table.INPUTS]), st.text()))
@example({"host": "", "quality-gate": "0\n0"})
def test_nothing_that_is_typed_breaks_the_door(given_inputs: dict[str, str]) -> None:
    found = loaded_or_refused(inputs(given_inputs))
    if isinstance(found, Settings):
        assert bool(found.pipelines) is (found.starting.job is None)
    else:
        assert found
        # Rules that are wrong have a line each.
        lines = [line for problem in found for line in str(problem).split("\n")]
        assert all(line.isprintable() for line in lines)


def test_inputs_of_another_command_are_left_out_and_all_else_is_kept() -> None:
    others = {"DATABRICKS_TOKEN": TOKEN, "PATH": "/bin"}
    environ = {**others, "INPUT_PIPELINE-ID": "a", "INPUT_full_refresh": "true"}
    left = {**others, "INPUT_PIPELINE-ID": "a"}
    assert only_inputs(environ, {"pipeline-id", "host"}) == left


def test_ids_are_kept_as_they_are() -> None:
    assert settings(pipeline_id="A-1").pipeline_id == PipelineId("A-1")


@pytest.mark.parametrize(
    ("text", "expected"), [("latest", LATEST), ("u-1", UpdateId("u-1"))]
)
def test_an_update_to_follow_is_an_id_or_the_latest(
    text: str, expected: UpdateId
) -> None:
    assert settings(update_id=text).update_id == expected


@pytest.mark.parametrize(
    ("environ", "attempt"),
    [
        ({}, 1),
        ({"GITHUB_RUN_ATTEMPT": ""}, 1),
        ({"GITHUB_RUN_ATTEMPT": "1"}, 1),
        ({"GITHUB_RUN_ATTEMPT": "12"}, 12),
        ({"GITHUB_RUN_ATTEMPT": "many"}, 1),
        ({"GITHUB_RUN_ATTEMPT": "1234567"}, 1),
        ({"GITHUB_RUN_ATTEMPT": "\u0662"}, 1),
    ],
)
def test_the_runner_counts_the_attempts_of_its_workflow(
    environ: dict[str, str], attempt: int
) -> None:
    assert load([], {**GOOD, **environ}).run_attempt == attempt


def test_what_to_write_is_known_though_other_inputs_are_wrong() -> None:
    environ = {"INPUT_TIMEOUT": "never", "INPUT_REPORT_DIR": "out", "RUNNER_DEBUG": "1"}
    found = reporting_of(["--summary=false"], environ)
    assert found == Reporting(
        summary=False, annotations=True, log_level=LogLevel.DEBUG, report_dir="out"
    )
