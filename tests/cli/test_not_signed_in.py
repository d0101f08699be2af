"""A sign-in that fails, from the process: words that help, and no hammering."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlt_action.standin import (
    AZURE_CLIENT_ID,
    AZURE_CLIENT_SECRET,
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_ISSUER,
    SUBJECT,
)
from tests.cli import egress
from tests.cli.egress import Place, Way, on_azure, on_loopback, surroundings
from tests.cli.program import Ended, start


@dataclass(frozen=True, slots=True)
class Refused:
    """A run that could not sign in, or was not let do what it wanted."""

    ended: Ended
    place: Place

    def asked(self, ending: str) -> int:
        return sum(
            request.path.endswith(ending) for request in self.place.workspace.requests
        )


def on_github(place: Place, _: Path) -> dict[str, str]:
    """A job without `id-token: write`: an id, and nobody to vouch for it."""
    del place
    return {"INPUT_CLIENT-ID": CLIENT_ID}


def wrong_secret(place: Place, folder: Path) -> dict[str, str]:
    wrong = CLIENT_SECRET.replace("dose", "dosf")
    return {**egress.secret(place, folder), "INPUT_CLIENT-SECRET": wrong}


def wrong_azure_secret(place: Place, folder: Path) -> dict[str, str]:
    wrong = AZURE_CLIENT_SECRET.replace("Q~8", "Q~9")
    return {**egress.azure_secret(place, folder), "ARM_CLIENT_SECRET": wrong}


def ended_github(place: Place, folder: Path) -> dict[str, str]:
    """A job of which GitHub knows nothing any more."""
    ended = {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "ended-github-request-token"}
    return {**egress.github(place, folder), **ended}


def two_at_once(place: Place, folder: Path) -> dict[str, str]:
    return {**egress.token(place, folder), **egress.secret(place, folder)}


def foreign(place: Place) -> None:
    place.workspace.identity.subject = "repo:acme/shop:ref:refs/heads/fork"


def forbidden(place: Place) -> None:
    place.workspace.forbid("success")


def to_view_only(place: Place) -> None:
    place.workspace.forbid("success", "Run")


def unheard_of(place: Place) -> None:
    place.workspace.identity.azure_credentials.clear()


def untouched(_: Place) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and what the log has to say of it."""

    way: Way
    code: int
    words: tuple[str, ...]
    spoil: Callable[[Place], None] = untouched
    azure: bool = False


TROUBLES = {
    "the secret": Trouble(
        wrong_secret,
        3,
        (
            "did not accept the service principal's id and secret (HTTP 401)",
            f"client-id must be the application id (here {CLIENT_ID})",
            "invalid_client",
        ),
    ),
    "the secret of Entra": Trouble(
        wrong_azure_secret,
        3,
        ("Entra ID gave no token (HTTP 401)", "AADSTS7000215", AZURE_CLIENT_ID),
        azure=True,
    ),
    "the permission to ask for an identity": Trouble(
        on_github,
        2,
        (
            "this job may not ask GitHub for its identity",
            "permissions:\n",
            "contents: read\n",
            "id-token: write",
        ),
    ),
    "the identity of a job that is over": Trouble(
        ended_github,
        3,
        ("GitHub gave this job no identity token (HTTP 401)", "id-token: write"),
    ),
    "the federation policy": Trouble(
        egress.github,
        3,
        (
            f"issuer (iss): {GITHUB_ISSUER}",
            "subject (sub): repo:acme/shop:ref:refs/heads/fork",
            "audience (aud): http://127.0.0.1:",
            "other format: repo:acme@7770001/shop@5550001:ref:refs/heads/fork",
            f"application id {CLIENT_ID}",
            "service-principal-federation-policy create",
        ),
        spoil=foreign,
    ),
    "the federated credential of Entra": Trouble(
        egress.azure_github,
        3,
        ("AADSTS700211", f"issuer (iss): {GITHUB_ISSUER}", SUBJECT),
        spoil=unheard_of,
        azure=True,
    ),
    "the permission on the pipeline": Trouble(
        egress.secret,
        3,
        (
            f"Give the principal {CLIENT_ID} the permission CAN RUN on pipeline ",
            "A mistyped pipeline id looks just the same",
        ),
        spoil=forbidden,
    ),
    "the permission to start": Trouble(
        egress.secret,
        3,
        ("the permission CAN RUN", "does not have Run permissions on pipeline"),
        spoil=to_view_only,
    ),
    "two ways at once": Trouble(
        two_at_once,
        2,
        (
            "More than one way to sign in is set up",
            "`pat` (the input token) and `oauth-m2m` (the input client-secret)",
        ),
    ),
}


def go_wrong(name: str, folder: Path) -> Refused:
    trouble = TROUBLES[name]
    beside = folder.with_name(f"{folder.name}.tls")
    beside.mkdir()
    with on_azure(beside) if trouble.azure else on_loopback() as place:
        trouble.spoil(place)
        environ = surroundings(place, folder, trouble.way)
        ended = start(folder, place.pipeline("success"), environ=environ).end()
        return Refused(ended, place)


@pytest.fixture(scope="module")
def troubles(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Refused]:
    folders = {
        name: tmp_path_factory.mktemp(name.replace(" ", "-")) for name in TROUBLES
    }
    played = egress.together(lambda one: go_wrong(*one), folders.items())
    return dict(zip(TROUBLES, played, strict=True))


@pytest.mark.parametrize("name", TROUBLES)
def test_what_is_wrong_is_told_in_words_that_help(
    troubles: Mapping[str, Refused], name: str
) -> None:
    ended, trouble = troubles[name].ended, TROUBLES[name]
    result = {2: "misconfigured", 3: "unauthorized"}[trouble.code]
    assert ended.verdict == (trouble.code, result, "false"), ended.log
    assert [words for words in trouble.words if words not in untimed(ended)] == []
    assert ended.err == b""


def untimed(ended: Ended) -> str:
    """The log as it is read: without the times, and the indent of what follows."""
    return re.sub(r"(?m)^(\d\d:\d\d:\d\d)? *", "", ended.log)


@pytest.mark.parametrize("name", TROUBLES)
def test_whoever_is_refused_starts_nothing_and_does_not_hammer(
    troubles: Mapping[str, Refused], name: str
) -> None:
    refused = troubles[name]
    world = refused.place.workspace.world
    assert [one.runs for one in world.pipelines.values() if one.name == "success"] == [
        []
    ]
    assert refused.asked("/v1/token") + refused.asked("/oauth2/token") <= 2


@pytest.mark.parametrize("name", TROUBLES)
def test_no_refusal_gives_a_secret_away(
    troubles: Mapping[str, Refused], name: str
) -> None:
    refused = troubles[name]
    places = {"everything": refused.ended.everything}
    assert egress.given_away(places, refused.place.workspace) == set()
