"""A secret never meets the id of another principal, wherever the two are told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

import pytest

from dlt_action.core.signin.entra import AzureClientSecret, GitHubOidcAzure
from dlt_action.core.signin.schemes import Federation, OAuthM2M
from tests.settings.signing import AZURE, GITHUB, Level, Told, on, problem, signed

LEVELS = tuple(Level)  # strongest first
Some = tuple[Level, ...]
PAIRS = [("client-id", "client-secret"), ("azure-client-id", "azure-client-secret")]
IDS = ["Databricks", "Entra"]


def some() -> Iterator[Some]:
    return chain.from_iterable(combinations(LEVELS, n) for n in range(len(LEVELS) + 1))


def told(names: tuple[str, str], ids: Some, secrets: Some) -> Told:
    """An id and a secret of another principal on each of these levels."""
    found = Told()
    for name, levels in zip(names, (ids, secrets), strict=True):
        for level in levels:
            found |= on(level, {name: f"{name}-{level.value}"})
    return found


EVERY = [(ids, secrets) for ids in some() for secrets in some() if ids and secrets]


@pytest.mark.parametrize("names", PAIRS, ids=IDS)
@pytest.mark.parametrize(("ids", "secrets"), EVERY)
def test_a_secret_goes_with_the_id_beside_it_and_else_with_the_strongest(
    names: tuple[str, str], ids: Some, secrets: Some
) -> None:
    beside = secrets[0] if secrets[0] in ids else ids[0]
    both = told(names, ids, secrets)
    arm = names is PAIRS[1] and ids[0] is Level.VARIABLE
    if beside is not ids[0] and not arm:  # an ARM_CLIENT_ID alone says nothing
        # The strongest id has no secret: it is not given a weaker one's.
        assert problem(both, AZURE).name == names[0]
        both |= on(Level.INPUT, {"auth-type": "oauth-m2m"})
        if names is PAIRS[1]:
            both |= on(Level.INPUT, {"auth-type": "azure-client-secret"})
    found = signed(both, AZURE).scheme
    assert isinstance(found, OAuthM2M | AzureClientSecret)
    assert found.client_id == f"{names[0]}-{beside.value}"
    assert found.client_secret == f"{names[1]}-{secrets[0].value}"


@pytest.mark.parametrize("names", PAIRS, ids=IDS)
@pytest.mark.parametrize(("ids", "secrets"), EVERY)
def test_an_id_that_is_stronger_than_the_secrets_takes_the_identity_of_the_job(
    names: tuple[str, str], ids: Some, secrets: Some
) -> None:
    found = signed(told(names, ids, secrets) | Told(GITHUB), AZURE).scheme
    beside = secrets[0] if secrets[0] in ids else ids[0]
    if beside is not ids[0]:
        assert isinstance(found, Federation | GitHubOidcAzure)
        assert found.client_id == f"{names[0]}-{ids[0].value}"
        assert not any(names[1] in secret for secret in found.secrets)
    else:
        assert isinstance(found, OAuthM2M | AzureClientSecret)


@pytest.mark.parametrize("names", PAIRS, ids=IDS)
def test_the_same_id_on_two_levels_is_one_principal(names: tuple[str, str]) -> None:
    both = on(Level.INPUT, {names[0]: "one"})
    both |= on(Level.VARIABLE, {names[0]: "one", names[1]: "its"})
    found = signed(both, AZURE)
    assert isinstance(found.scheme, OAuthM2M | AzureClientSecret)
    assert found.scheme.client_id == "one"
    # It counts as the stronger of the two: a token as a variable is left aside.
    beside = both | on(Level.VARIABLE, {"token": "t"})
    assert signed(beside, AZURE).scheme == found.scheme


@pytest.mark.parametrize("names", PAIRS, ids=IDS)
def test_an_id_beside_the_secret_that_cannot_be_read_is_blamed_with_its_source(
    names: tuple[str, str],
) -> None:
    # It is weaker than the input, and so was not read with the inputs.
    both = on(Level.INPUT, {names[0]: "one"})
    both |= on(Level.VARIABLE, {names[0]: "an other", names[1]: "its"})
    kind = "oauth-m2m" if names is PAIRS[0] else "azure-client-secret"
    refused = problem(both | on(Level.INPUT, {"auth-type": kind}), AZURE)
    assert refused.name == names[0]
    source = "DATABRICKS_CLIENT_ID" if names is PAIRS[0] else "ARM_CLIENT_ID"
    assert refused.what == f"(from {source}) It is not the id of an application."
    assert "other" not in str(refused)


@pytest.mark.parametrize("kind", ["client-secret", "azure-client-secret"])
@pytest.mark.parametrize("level", Level)
def test_a_secret_of_databricks_and_one_of_entra_keep_to_their_ids(
    level: Level, kind: str
) -> None:
    other = "azure-client-id" if kind == "client-secret" else "client-id"
    lone = on(level, {kind: "s", other: "i"})
    asked = {"client-secret": "oauth-m2m"}.get(kind, kind)
    refused = problem(lone | on(Level.INPUT, {"auth-type": asked}), AZURE)
    assert refused.name == kind
    assert refused.what == "It needs the id of its principal beside it."
