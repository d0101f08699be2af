"""Tokens end, again and again, while an update runs for hours."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.core.steps import Why
from dlt_action.standin.identity import CLIENT_ID, CLIENT_SECRET
from dlt_action.standin.wire import JsonObject
from tests.story.signing import (
    AT_ANY,
    AT_CI,
    AT_DATABRICKS,
    AT_ENTRA,
    KINDS,
    Hangs,
    SignedStage,
)
from tests.story.virtual import Played

SIX_HOURS = 6 * 3600.0
HALF_AN_HOUR = 1800.0
FOUR_MINUTES = 240.0
PATIENT = ("--timeout=8h", "--log-level=quiet")


def told(played: Played) -> str:
    """The log without its masks, which are long."""
    masked = [line for line in played.lines if not line.startswith("::add-mask::")]
    return "\n".join(masked)


def assert_succeeded(played: Played) -> None:
    assert (played.code, played.outputs["result"]) == (0, "succeeded"), told(played)
    assert played.starts == 1
    assert played.state["owed"] == "nothing"


def assert_unauthorized(played: Played) -> None:
    assert (played.code, played.outputs["result"]) == (3, "unauthorized"), told(played)


def staged(folder: Path, kind: str, *, life: int, rejects: int = 401) -> SignedStage:
    stage = SignedStage(folder, kind)
    stage.identity.token_life = life
    stage.identity.rejects_with = rejects
    return stage


LIVES = [
    ("oauth-m2m", 300),
    ("oauth-m2m", 600),
    ("oauth-m2m", 3600),
    ("github-oidc", 300),
    ("github-oidc", 600),
    ("github-oidc", 3600),
    ("azure-client-secret", 3600),
]


@pytest.mark.parametrize(("kind", "life"), LIVES)
def test_six_hours_need_few_tokens_and_none_of_them_is_ever_refused(
    tmp_path: Path, kind: str, life: int
) -> None:
    stage = staged(tmp_path, kind, life=life)
    stage.lengthen(SIX_HOURS)

    played = stage.play("long", *PATIENT)

    assert_succeeded(played)
    assert played.seconds > SIX_HOURS
    tokens = stage.asked(f"{AT_DATABRICKS}|{AT_ENTRA}")
    assert len(tokens) <= 1.2 * played.seconds / (life / 2)
    assert stage.line.refused == []
    assert len(stage.jtis()) == (len(tokens) if kind == "github-oidc" else 0)
    assert len(set(stage.jtis())) == len(stage.jtis())


def trouble(stage: SignedStage, life: int) -> None:
    """Outages of all that signs in, and tokens that end without a word."""
    for number in range(9):
        path = (AT_DATABRICKS, AT_CI, AT_ANY)[number % 3]
        status = (503, 0, 429)[number // 3]
        stage.away(path, 600.0 + 2300.0 * number, FOUR_MINUTES, status)
        stage.line.at(1500.0 + 2300.0 * number, stage.identity.revoke)
    # And a token that ends while nobody can make another one.
    stage.line.at(600.0 + 2300.0 * 2 + life / 3, stage.identity.revoke)


TROUBLED = [
    ("oauth-m2m", 300, 401),
    ("oauth-m2m", 3600, 403),
    ("github-oidc", 600, 403),
    ("github-oidc", 3600, 401),
]


@pytest.mark.parametrize(("kind", "life", "rejects"), TROUBLED)
def test_six_hours_of_outages_and_revocations_come_to_a_good_end(
    tmp_path: Path, kind: str, life: int, rejects: int
) -> None:
    stage = staged(tmp_path, kind, life=life, rejects=rejects)
    stage.lengthen(SIX_HOURS)
    trouble(stage, life)

    assert_succeeded(stage.play("long", *PATIENT))
    assert {status for _, _, status in stage.line.refused} == {rejects}
    assert len(set(stage.jtis())) == len(stage.jtis())


@pytest.mark.parametrize("rejects", [401, 403])
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_ends_long_before_it_was_told_to_is_replaced_each_time(
    tmp_path: Path, kind: str, rejects: int
) -> None:
    stage = staged(tmp_path, kind, life=3600, rejects=rejects)
    grants, clock = stage.identity.grants, stage.identity.clock

    def shortened(answer: JsonObject) -> JsonObject:
        token = str(answer["access_token"])
        grants[token] = replace(grants[token], expires=clock() + 100.0)
        return answer

    stage.identity.token_answer = shortened
    stage.lengthen(HALF_AN_HOUR)

    played = stage.play("long", *PATIENT)

    assert_succeeded(played)
    assert {status for _, _, status in stage.line.refused} == {rejects}
    # Each costs one refusal and one token, and the others cost nothing.
    tokens = len(stage.asked(f"{AT_DATABRICKS}|{AT_ENTRA}"))
    assert tokens - 1 == len(stage.line.refused) <= played.seconds / 70.0


# A token of 300 s is stale after 150 s and not used any more after 260 s.
MOMENTS = (1.0, 100.0, 149.5, 150.5, 255.0, 259.5, 260.5, 300.0)


@pytest.mark.parametrize("status", [503, 0, 429])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", ["oauth-m2m", "github-oidc"])
def test_four_minutes_without_a_token_endpoint_are_ridden_out_whenever_they_come(
    tmp_path: Path, kind: str, moment: float, status: int
) -> None:
    stage = staged(tmp_path, kind, life=300)
    stage.lengthen(900.0)
    stage.away(AT_DATABRICKS, 0.4 + moment, FOUR_MINUTES, status)

    assert_succeeded(stage.play("long", *PATIENT))
    assert stage.line.refused == []


@pytest.mark.parametrize("moment", [150.0, 259.0])
def test_four_minutes_without_an_identity_of_the_ci_are_ridden_out(
    tmp_path: Path, moment: float
) -> None:
    stage = staged(tmp_path, "github-oidc", life=300)
    stage.lengthen(900.0)
    stage.away(AT_CI, moment, FOUR_MINUTES)

    assert_succeeded(stage.play("long", *PATIENT))


def test_a_ci_that_believes_the_job_to_be_waiting_is_asked_again(
    tmp_path: Path,
) -> None:
    stage = staged(tmp_path, "github-oidc", life=300)
    stage.identity.ci_pending = 2

    assert_succeeded(stage.play("success"))
    assert len(stage.asked(AT_CI)) == 3


@pytest.mark.parametrize("status", [503, 0, 429])
def test_a_token_endpoint_that_stays_away_is_an_outage_and_no_refusal(
    tmp_path: Path, status: int
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=300)
    stage.lengthen(3600.0)
    stage.away(AT_DATABRICKS, 100.0, SIX_HOURS, status)

    played = stage.play("long", "--outage-grace=10m", "--timeout=2h")

    assert (played.code, played.outputs["result"]) == (4, "unreachable"), told(played)
    assert "may still be running" in played.outputs["reason"]
    # The old token served for 260 s; from then on the outage is counted.
    assert 855.0 < played.seconds < 920.0


def test_heartbeats_go_on_while_the_token_endpoint_hangs(tmp_path: Path) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=300)
    stage.lengthen(900.0)
    stage.line.hangs.append(Hangs("/oidc/", 200.0, 700.0))

    played = stage.play("long", "--timeout=8h")

    assert_succeeded(played)
    said = [line[:8] for line in told(played).splitlines() if line[2:3] == ":"]
    times = [int(time[3:5]) * 60 + int(time[6:8]) for time in said]
    assert len(times) > 20
    # One a minute; a look that hangs with the endpoint delays it by a moment.
    assert max(later - one for one, later in pairwise(times)) <= 75


def test_a_wrong_secret_is_tried_twice_at_most(tmp_path: Path) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=300)
    stage.environ["DATABRICKS_CLIENT_SECRET"] = "another0123456789abcdef"

    played = stage.play("success")

    assert_unauthorized(played)
    assert "Nothing was started." in played.outputs["reason"]
    assert "Client authentication failed" in told(played)
    assert len(stage.asked(AT_DATABRICKS)) <= 2
    assert len(stage.workspace.requests) == len(stage.line.asks)


@pytest.mark.parametrize("life", [300, 3600])
def test_a_principal_that_is_deleted_is_told_in_the_words_of_the_sign_in(
    tmp_path: Path, life: int
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=life)
    stage.lengthen(3600.0)

    def delete() -> None:
        del stage.identity.principals[CLIENT_ID]
        stage.identity.revoke()

    stage.line.at(100.0, delete)

    played = stage.play("long", *PATIENT)

    assert_unauthorized(played)
    assert "Client authentication failed" in told(played)
    assert "may still be running" in played.outputs["reason"]
    assert len(stage.asked(AT_DATABRICKS, since=100.0)) <= 2
    assert played.seconds < 150.0


@pytest.mark.parametrize("life", [300, 3000])
def test_a_secret_that_is_rotated_away_is_told_when_the_last_token_has_ended(
    tmp_path: Path, life: int
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=life)
    stage.lengthen(3600.0)
    stage.line.at(
        100.0, lambda: stage.identity.principals.update({CLIENT_ID: CLIENT_SECRET[1:]})
    )

    played = stage.play("long", *PATIENT)

    assert_unauthorized(played)
    assert "Client authentication failed" in told(played)
    assert life - 45.0 < played.seconds < life
    # One while the old one holds, and one after it.
    assert len(stage.asked(AT_DATABRICKS, since=100.0)) <= 2


@pytest.mark.parametrize("pipeline", ["long", "success"])
def test_a_permission_that_is_taken_away_is_no_matter_of_tokens(
    tmp_path: Path, pipeline: str
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=3600)
    stage.lengthen(3600.0)
    stage.line.at(50.0, lambda: stage.workspace.forbid(pipeline))

    played = stage.play(pipeline, *PATIENT)

    assert_unauthorized(played)
    assert "does not have View permissions" in told(played)
    assert "may still be running" in played.outputs["reason"]
    assert len(stage.asked(AT_DATABRICKS, since=50.0)) <= 3  # one a kind of call
    assert played.seconds < 100.0


def test_a_permission_that_comes_back_is_not_lost(tmp_path: Path) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=3600)
    stage.line.at(50.0, lambda: stage.workspace.forbid("success"))
    stage.line.at(53.0, lambda: stage.workspace.allow("success"))

    assert_succeeded(stage.play("success"))


@pytest.mark.parametrize("why", [Why.SIGINT, Why.SIGTERM])
@pytest.mark.parametrize("second", [270.0, 275.3, 281.0])
def test_a_signal_while_the_token_endpoint_hangs_is_obeyed_in_time(
    tmp_path: Path, second: float, why: Why
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=300)
    stage.lengthen(3600.0)
    stage.line.hangs.append(Hangs("/oidc/", 100.0))
    stage.line.interrupt_at(second, why)

    played = stage.play("long")

    assert (played.code, played.outputs["result"]) == (128 + why.value, "interrupted")
    assert played.seconds - second < 7.0
    assert "may still be running" in played.outputs["reason"]
    assert played.state["owed"] == "stop"


def test_a_signal_with_a_stale_token_stops_the_update_without_a_new_one(
    tmp_path: Path,
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=3600)
    stage.lengthen(SIX_HOURS)
    # Nobody renews before it, for it comes in the moment in which the token is stale.
    stage.away(AT_DATABRICKS, 2300.0, 180.0)
    second = 2470.0
    stage.line.interrupt_at(second, Why.SIGTERM)

    played = stage.play("long")

    assert (played.code, played.outputs["result"]) == (143, "interrupted")
    assert stage.asked(AT_ANY, since=second) == []
    stops = [at for at, call, _ in stage.line.signed if call.path.endswith("/stop")]
    assert stops[0] - second < 0.5  # the proof, and then the stop
    assert "is CANCELED" in played.outputs["reason"]


def test_a_signal_after_a_revocation_still_stops_the_update(tmp_path: Path) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=3600, rejects=403)
    stage.lengthen(SIX_HOURS)
    stage.line.at(999.9, stage.identity.revoke)
    stage.line.interrupt_at(1000.0, Why.SIGTERM)

    played = stage.play("long")

    assert played.outputs["result"] == "interrupted"
    assert "is CANCELED" in played.outputs["reason"]
    assert played.stops == 1
    assert played.seconds < 1007.0


def executed(stage: SignedStage, pipeline: str) -> int:
    return sum(run.scene.cause == "API_CALL" for run in stage.runs(pipeline))


@pytest.mark.parametrize("slept", [3600.0, 86_400.0])
def test_a_start_is_decided_on_anew_when_its_token_has_to_be_made_first(
    tmp_path: Path, slept: float
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=3600)
    starts: list[Call] = []

    def suspended(call: Call) -> None:
        if call.method is Method.POST and not starts:
            starts.append(call)
            stage.line.asleep += slept

    stage.line.before = suspended

    played = stage.play("busy-for-a-while", "--if-active=wait", "--timeout=1h")

    assert_succeeded(played)
    assert executed(stage, "busy-for-a-while") == 1
    calls = [call for _, call in stage.line.calls if call.method is Method.POST]
    assert len(calls) == 2  # the first was never sent


@pytest.mark.parametrize("rejects", [401, 403])
def test_a_start_whose_token_was_revoked_starts_one_update_or_says_there_is_none(
    tmp_path: Path, rejects: int
) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=3600, rejects=rejects)
    posts: list[Call] = []

    def revoke(call: Call) -> None:
        if call.method is Method.POST and not posts:
            posts.append(call)
            stage.identity.revoke()

    stage.line.before = revoke

    played = stage.play("success")

    begun = executed(stage, "success")
    assert begun <= 1
    assert ("Nothing was started." in played.outputs["reason"]) is (begun == 0)
    assert (played.code == 0) is (begun == 1)


def test_a_start_does_not_hang_with_the_token_endpoint(tmp_path: Path) -> None:
    stage = staged(tmp_path, "oauth-m2m", life=3600)
    stage.line.hangs.append(Hangs("/oidc/", 0.0))

    played = stage.play("success")

    assert (played.code, played.outputs["result"]) == (4, "unreachable")
    assert "Nothing was started." in played.outputs["reason"]
    assert played.starts == 0
    assert played.seconds < 61.0


def test_a_machine_that_was_suspended_goes_on_with_a_new_token(tmp_path: Path) -> None:
    stage = staged(tmp_path, "github-oidc", life=600)
    stage.lengthen(HALF_AN_HOUR)

    def suspend() -> None:
        stage.line.asleep += 1000.0

    stage.line.at(300.0, suspend)

    assert_succeeded(stage.play("long", *PATIENT))
    assert stage.line.refused == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_post_step_signs_in_for_itself(tmp_path: Path, kind: str) -> None:
    stage = staged(tmp_path, kind, life=300)
    stage.killed("success", at=50.0)
    asked = len(stage.line.asks)

    tidied = stage.tidy_up()

    assert (tidied.code, tidied.stops, tidied.starts) == (0, 1, 0)
    assert len(stage.line.asks) > asked
