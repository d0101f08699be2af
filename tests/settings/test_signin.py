"""Which of several ways to sign in is taken."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Federation
from tests.settings.signing import (
    AWS,
    AZURE,
    AZURE_DEVOPS,
    CI,
    GITHUB,
    IDENTITIES,
    IN_VARIABLES,
    MARKS,
    PROFILE,
    Level,
    Told,
    on,
    problem,
    scheme,
    signed,
    text,
    way,
)

PAT, M2M, GITHUB_OIDC, ENV, FILES, ADO, ENTRA, GITHUB_ENTRA = (
    AuthType.PAT,
    AuthType.OAUTH_M2M,
    AuthType.GITHUB_OIDC,
    AuthType.ENV_OIDC,
    AuthType.FILE_OIDC,
    AuthType.AZURE_DEVOPS_OIDC,
    AuthType.AZURE_CLIENT_SECRET,
    AuthType.GITHUB_OIDC_AZURE,
)
OFFERED = {GITHUB_OIDC, ADO}
SET_UP = {ENV, FILES}
BY_ENTRA = {ENTRA, GITHUB_ENTRA}

GITHUB_IS_THERE = "OIDC of GitHub Actions"
SOURCES = {
    (PAT, Level.INPUT): "the input token",
    (M2M, Level.INPUT): "the input client-secret",
    (GITHUB_OIDC, Level.INPUT): f"the input client-id and {GITHUB_IS_THERE}",
    (ENV, Level.INPUT): "the input client-id and DATABRICKS_OIDC_TOKEN",
    (FILES, Level.INPUT): "the input client-id and DATABRICKS_OIDC_TOKEN_FILEPATH",
    (ADO, Level.INPUT): "the input client-id and OIDC of Azure DevOps",
    (ENTRA, Level.INPUT): "the input azure-client-secret",
    (GITHUB_ENTRA, Level.INPUT): f"the input azure-client-id and {GITHUB_IS_THERE}",
    (PAT, Level.VARIABLE): "DATABRICKS_TOKEN",
    (M2M, Level.VARIABLE): "DATABRICKS_CLIENT_SECRET",
    (GITHUB_OIDC, Level.VARIABLE): f"DATABRICKS_CLIENT_ID and {GITHUB_IS_THERE}",
    (ENV, Level.VARIABLE): "DATABRICKS_CLIENT_ID and DATABRICKS_OIDC_TOKEN",
    (FILES, Level.VARIABLE): "DATABRICKS_CLIENT_ID and DATABRICKS_OIDC_TOKEN_FILEPATH",
    (ADO, Level.VARIABLE): "DATABRICKS_CLIENT_ID and OIDC of Azure DevOps",
    (ENTRA, Level.VARIABLE): "ARM_CLIENT_SECRET",
    (GITHUB_ENTRA, Level.VARIABLE): f"ARM_CLIENT_ID and {GITHUB_IS_THERE}",
    (PAT, Level.PROFILE): f"the profile {PROFILE}",
    (M2M, Level.PROFILE): f"the profile {PROFILE}",
    (GITHUB_OIDC, Level.PROFILE): f"the profile {PROFILE} and {GITHUB_IS_THERE}",
    (ADO, Level.PROFILE): f"the profile {PROFILE} and OIDC of Azure DevOps",
    (ENTRA, Level.PROFILE): f"the profile {PROFILE}",
    (GITHUB_ENTRA, Level.PROFILE): f"the profile {PROFILE} and {GITHUB_IS_THERE}",
}
KINDS = tuple(AuthType)
EVERY = tuple(product(KINDS, Level))


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_each_kind_is_found_on_each_level(kind: AuthType, level: Level) -> None:
    access = signed(way(kind, level))
    assert access.scheme == scheme(kind, level)
    assert access.scheme.auth_type is kind


@pytest.mark.parametrize(("kind", "level"), SOURCES)
def test_where_it_is_from_is_told(kind: AuthType, level: Level) -> None:
    assert signed(way(kind, level)).source == SOURCES[kind, level]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_in_inputs_spelled_with_underscores(kind: AuthType) -> None:
    told = way(kind, Level.INPUT)
    spelled = {name.replace("-", "_"): value for name, value in told.environ.items()}
    assert signed(Told(spelled)).scheme == scheme(kind, Level.INPUT)


STRONGER = [
    (Level.INPUT, Level.VARIABLE),
    (Level.INPUT, Level.PROFILE),
    (Level.VARIABLE, Level.PROFILE),
]


def completes(strong: AuthType, weak: AuthType) -> bool:
    """
    Whether the weaker one holds the identity that the stronger's id lacks.

    That an identity was set up for Databricks is more than what a CI offers to all.
    """
    return strong in OFFERED | SET_UP and weak in SET_UP and strong is not weak


def on_two_cis(one: AuthType, other: AuthType) -> bool:
    """No job runs on GitHub and on Azure DevOps at once."""
    return len({frozenset(CI[kind]) for kind in (one, other) if kind in CI}) > 1


@pytest.mark.parametrize(("strong", "weak"), STRONGER)
@pytest.mark.parametrize(
    ("taken", "left"),
    [
        (taken, left)
        for taken, left in product(KINDS, KINDS)
        if not completes(taken, left) and not on_two_cis(taken, left)
    ],
)
def test_the_stronger_level_wins_whatever_the_kinds(
    taken: AuthType, left: AuthType, strong: Level, weak: Level
) -> None:
    access = signed(way(taken, strong) | way(left, weak))
    assert access.scheme == scheme(taken, strong)


# The same texts on one level: what marks the one may be all that marks the other.
ONE_ON_EACH_LEVEL = {
    frozenset({M2M, GITHUB_OIDC}): M2M,
    frozenset({M2M, ADO}): M2M,
    frozenset({GITHUB_OIDC, ENV}): ENV,
    frozenset({GITHUB_OIDC, FILES}): FILES,
    frozenset({ADO, ENV}): ENV,
    frozenset({ADO, FILES}): FILES,
    frozenset({ENTRA, GITHUB_ENTRA}): ENTRA,
}


def taken(one: AuthType, other: AuthType, level: Level) -> AuthType | None:
    """Which of two on one level is taken; None if neither may be."""
    pair = frozenset({one, other})
    if pair in ONE_ON_EACH_LEVEL:
        return ONE_ON_EACH_LEVEL[pair]
    if level is Level.INPUT and M2M in pair and pair & SET_UP:
        return M2M  # an identity has no input: it is a variable, and weaker
    if level is Level.VARIABLE and len(pair & BY_ENTRA) == 1:
        return min(pair - BY_ENTRA)  # `ARM_*` is a level of its own
    return None


PAIRS = [pair for pair in combinations(KINDS, 2) if not on_two_cis(*pair)]


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_on_one_level_are_refused_by_name_and_one_is_taken(
    one: AuthType, other: AuthType, level: Level
) -> None:
    both = way(one, level) | way(other, level)
    winner = taken(one, other, level)
    if winner is not None:
        assert signed(both).scheme == scheme(winner, level)
        return
    refused = problem(both)
    assert refused.name == "auth-type"
    assert refused.what.startswith("More than one way to sign in is set up: ")
    assert f"`{one}` (" in refused.what
    assert f"`{other}` (" in refused.what


def settled(told: Told, kind: AuthType, level: Level) -> Told:
    """The same with `auth-type`, without the input that is of use to Entra only."""
    none = {} if kind in BY_ENTRA else {"azure-tenant-id": ""}
    return told | on(level, {"auth-type": kind}) | on(Level.INPUT, none)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_auth_type_settles_it(one: AuthType, other: AuthType, level: Level) -> None:
    both = way(one, level) | way(other, level)
    for kind in (one, other):
        access = signed(settled(both, kind, level))
        assert access.scheme == scheme(kind, level)


@pytest.mark.parametrize(("strong", "weak"), STRONGER)
@pytest.mark.parametrize(
    ("asked", "other"),
    [(a, b) for a, b in product(KINDS, KINDS) if a is not b and not on_two_cis(a, b)],
)
def test_an_input_auth_type_takes_what_is_weaker(
    asked: AuthType, other: AuthType, strong: Level, weak: Level
) -> None:
    told = settled(way(other, strong) | way(asked, weak), asked, Level.INPUT)
    assert signed(told).scheme.auth_type is asked


@pytest.mark.parametrize(("strong", "weak"), STRONGER)
@pytest.mark.parametrize("kind", KINDS)
def test_an_auth_type_that_is_weaker_than_what_is_set_up_is_left_aside(
    kind: AuthType, weak: Level, strong: Level
) -> None:
    other = M2M if kind is PAT else PAT
    told = way(other, strong) | way(kind, weak) | on(weak, {"auth-type": kind})
    access = signed(told)
    assert access.scheme == scheme(other, strong)
    source = "DATABRICKS_AUTH_TYPE" if weak is Level.VARIABLE else "the profile ci"
    assert f"auth-type ({source})" in access.aside


def test_an_auth_type_of_other_tools_is_in_no_inputs_way() -> None:
    told = way(PAT, Level.INPUT) | Told({"DATABRICKS_AUTH_TYPE": "azure-cli"})
    access = signed(told)
    assert access.scheme == scheme(PAT, Level.INPUT)
    assert access.aside == ("auth-type (DATABRICKS_AUTH_TYPE)",)


@pytest.mark.parametrize("kind", [PAT, M2M])
def test_a_weaker_auth_type_settles_it_among_the_strongest(kind: AuthType) -> None:
    told = way(PAT, Level.INPUT) | way(M2M, Level.INPUT)
    told |= on(Level.VARIABLE, {"auth-type": kind})
    assert signed(told).scheme == scheme(kind, Level.INPUT)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("oidc-audience", {GITHUB_OIDC}), ("azure-tenant-id", BY_ENTRA)],
)
@pytest.mark.parametrize("kind", KINDS)
def test_an_input_that_the_way_has_no_use_for_is_refused_and_a_variable_is_not(
    kind: AuthType, name: str, kinds: set[AuthType]
) -> None:
    told = way(kind, Level.INPUT)
    for level in (Level.VARIABLE, Level.PROFILE):
        assert signed(told | on(level, {name: "x"})).scheme.auth_type is kind
    beside = told | on(Level.INPUT, {name: "x"})
    if kind in kinds:
        assert signed(beside).scheme.auth_type is kind
    else:
        assert str(problem(beside)) == (
            f"{name}: It is of no use here: the step signs in by `{kind}`."
            " Leave it out."
        )


@pytest.mark.parametrize("level", [Level.VARIABLE, Level.PROFILE])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((kind, name) for kind in KINDS for name in MARKS[kind]),
        (GITHUB_OIDC, "oidc-audience"),
    ],
)
def test_what_is_spoiled_is_told_where_it_would_be_used_and_only_there(
    kind: AuthType, name: str, level: Level
) -> None:
    told = way(kind, level) | on(level, {name: "a b"})
    refused = problem(told)
    assert refused.name == name
    assert refused.what.startswith("(from ")
    other = PAT if kind is not PAT else M2M
    over = told | way(other, Level.INPUT)
    assert signed(over).scheme == scheme(other, Level.INPUT)


def test_more_than_two_are_all_named_and_the_first_is_the_advice() -> None:
    told = way(PAT, Level.INPUT) | way(M2M, Level.INPUT) | way(ENTRA, Level.INPUT)
    refused = problem(told)
    assert refused.what == (
        "More than one way to sign in is set up: `pat` (the input token) and"
        " `oauth-m2m` (the input client-secret) and `azure-client-secret` (the input"
        " azure-client-secret)."
    )
    assert refused.remedy == "Give one of them, or say which: `auth-type: pat`."


AMBIENT = {GITHUB_OIDC: GITHUB, ADO: AZURE_DEVOPS}


@pytest.mark.parametrize("kind", AMBIENT)
def test_what_a_ci_offers_is_taken_where_nothing_else_is_set_up(kind: AuthType) -> None:
    access = signed(Told(AMBIENT[kind]))
    assert access.scheme == Federation(identity=IDENTITIES[kind])
    assert access.aside == ()


@pytest.mark.parametrize(
    ("kind", "level"), [(k, v) for k, v in EVERY if k not in {*OFFERED, GITHUB_ENTRA}]
)
@pytest.mark.parametrize("ci", AMBIENT)
def test_what_a_ci_offers_is_in_nobodys_way(
    ci: AuthType, kind: AuthType, level: Level
) -> None:
    access = signed(way(kind, level) | Told(AMBIENT[ci]))
    assert access.scheme == scheme(kind, level)
    assert any(one.startswith(f"{ci} (") for one in access.aside)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("kind", AMBIENT)
def test_a_client_id_that_stands_alone_outranks_what_its_own_level_does(
    kind: AuthType, level: Level
) -> None:
    weaker = {Level.INPUT: Level.VARIABLE, Level.VARIABLE: Level.PROFILE}.get(level)
    told = way(kind, level) | (Told() if weaker is None else way(PAT, weaker))
    assert signed(told).scheme == scheme(kind, level)


def test_a_client_id_that_stands_alone_is_refused_beside_a_token() -> None:
    one = on(Level.VARIABLE, {"client-id": "a", "token": "b"})
    what = problem(one).what
    assert "`pat` (DATABRICKS_TOKEN)" in what
    assert "a `client-id` that stands alone (DATABRICKS_CLIENT_ID)" in what


@pytest.mark.parametrize("kind", sorted(SET_UP))
def test_an_identity_that_was_set_up_needs_no_client_id(kind: AuthType) -> None:
    assert signed(IN_VARIABLES[kind]).scheme == Federation(identity=IDENTITIES[kind])


@pytest.mark.parametrize("level", Level)
def test_the_audience_goes_with_the_identity(level: Level) -> None:
    audience = {"oidc-audience": "https://github.com/acme"}
    told = way(GITHUB_OIDC, level) | on(level, audience)
    assert signed(told).scheme == Federation(
        identity=IDENTITIES[GITHUB_OIDC],
        client_id=text("client-id", level),
        audience="https://github.com/acme",
    )


def test_what_was_left_aside_is_told_with_where_it_is_from() -> None:
    told = (
        way(PAT, Level.INPUT)
        | way(M2M, Level.VARIABLE)
        | way(ENTRA, Level.VARIABLE)
        | way(FILES, Level.VARIABLE)
        | Told(GITHUB)
    )
    assert signed(told).aside == (
        "oauth-m2m (DATABRICKS_CLIENT_SECRET)",
        "file-oidc (DATABRICKS_OIDC_TOKEN_FILEPATH)",
        "github-oidc (OIDC of GitHub Actions)",
        "azure-client-secret (ARM_CLIENT_SECRET)",
    )
    assert signed(told, AWS).aside == signed(told, AZURE).aside


@pytest.mark.parametrize(("kind", "level"), EVERY)
def test_nothing_is_left_aside_where_there_is_one_way(
    kind: AuthType, level: Level
) -> None:
    by_entra_on_github = {"github-oidc (OIDC of GitHub Actions)"}
    expected = by_entra_on_github if kind is GITHUB_ENTRA else set()
    assert set(signed(way(kind, level)).aside) == expected
