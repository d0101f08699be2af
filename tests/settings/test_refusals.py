"""Inputs that do not go together."""

from __future__ import annotations

from itertools import product

import pytest

from dlt_action.settings import table
from dlt_action.settings.load import load
from dlt_action.settings.refusals import REFUSALS, Refusal, Side
from tests.settings.door import inputs, refusal


def written(side: Side) -> dict[str, str]:
    """The side as an input of a workflow."""
    example = table.BY_NAME[side.name].example
    if side.several:
        return {side.name: f"{example}\nanother"}
    return {side.name: example if side.value is None else str(side).split(": ")[1]}


@pytest.mark.parametrize(
    "rule", REFUSALS, ids=lambda rule: f"{rule.one} x {rule.other}"
)
def test_every_rule_of_the_table_refuses(rule: Refusal) -> None:
    both = written(rule.one) if rule.needed else written(rule.one) | written(rule.other)
    line = f"{rule.problem()}"
    assert line in refusal(inputs({"pipeline-id": "", **both}))


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"full-refresh": "true", "refresh-selection": "a"}, True),
        ({"full-refresh": "false", "refresh-selection": "a"}, False),
        ({"refresh-selection": "a", "full-refresh-selection": "b"}, False),
        ({"validate-only": "true", "full-refresh": "true"}, True),
        ({"validate-only": "true", "full-refresh": "false"}, False),
        ({"validate-only": "false", "refresh-selection": "a"}, False),
        ({"validate-only": "true", "wait-for": "completed"}, False),
        ({"validate-only": "true", "wait": "false"}, False),
        ({"wait": "false"}, False),
        ({"wait": "false", "timeout": "1h"}, True),
        ({"wait": "true", "timeout": "1h"}, False),
        ({"wait": "false", "timeout": "1h", "if-active": "wait"}, False),
        ({"wait": "false", "timeout": "1h", "if-active": "replace"}, False),
        ({"wait": "false", "timeout": "1h", "if-active": "fail"}, True),
        ({"wait": "false", "if-active": "attach"}, True),
        ({"wait": "false", "queue-timeout": "1h"}, True),
        ({"wait": "false", "on-timeout": "leave"}, True),
        ({"wait": "false", "on-ambiguous-start": "fail"}, False),
        ({"update-id": "u1", "if-active": "fail"}, True),
        ({"update-id": "u1", "full-refresh": "false"}, False),
        ({"update-id": "u1", "on-cancel": "stop"}, True),
        ({"update-id": "latest", "stall-timeout": "1h", "timeout": "1h"}, False),
        ({"update-id": "u1", "wait-for": "running", "settle-time": "1m"}, False),
        ({"settle-time": "1m"}, True),
        ({"settle-time": "1m", "wait-for": "completed"}, True),
        ({"settle-time": "1m", "wait-for": "running"}, False),
        ({"follow-restarts": "true", "restart-grace": "1m"}, False),
        ({"development": "false", "restart-grace": "1m"}, False),
    ],
)
def test_only_what_was_given_counts(given: dict[str, str], *, refused: bool) -> None:
    if refused:
        assert "go with" in (line := refusal(inputs(given))[0]) or "needs" in line
    else:
        load([], inputs(given))


def test_the_message_of_a_list_is_a_sentence() -> None:
    given = {"pipeline-id": "", "pipeline-name": "a\nb", "update-id": "u1"}
    assert refusal(inputs(given)) == [
        (
            "pipeline-name: Several pipelines do not go with `update-id`."
            " An update is of one pipeline."
        )
    ]


def test_the_message_names_both_sides_and_the_reason() -> None:
    assert refusal(inputs({"pipeline-name": "orders"})) == [
        (
            "pipeline-id: `pipeline-id` does not go with `pipeline-name`."
            " Both name the pipeline; give one."
        )
    ]
    assert refusal(inputs({"settle-time": "1m"}))[0].startswith(
        "settle-time: `settle-time` needs `wait-for: running`."
    )


def test_no_pair_is_in_the_table_twice() -> None:
    pairs = [{rule.one, rule.other} for rule in REFUSALS]
    assert all(a is b or a != b for a, b in product(pairs, pairs))
