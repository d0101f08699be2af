"""Secrets: spoiled ones are refused by position, and none is in a message or a repr."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.signin.kinds import AuthType
from dlt_action.errors import InputProblem, Misconfigured
from dlt_action.settings import access, credentials, reading, signin, ways
from dlt_action.settings.ambient import offered
from dlt_action.settings.ambient import told as set_up
from dlt_action.settings.formats import Unfit
from dlt_action.settings.found import Found, Pair
from dlt_action.settings.load import load
from dlt_action.settings.model import Settings
from dlt_action.settings.shape import Input
from dlt_action.settings.table import BY_NAME
from dlt_action.settings.values import Values
from tests.settings.door import PIPELINE, inputs, variable
from tests.settings.signing import (
    AZURE,
    AZURE_DEVOPS,
    FILE,
    GITHUB,
    JWT,
    REQUEST_URL,
    Level,
    Told,
    on,
    problems,
    profile_of,
    signed,
    way,
)

SECRET = "Q7vX2mZr9LkW4tPj8HsB"
LENGTH = len(SECRET)
ENTRA = "Ab8Q~q.W_e-r~T!y#u$I%o^P&*()+={}[]|:;<>,?/"  # what Entra may hold
NAMES = ["token", "client-secret", "azure-client-secret"]
# The other half, so that nothing else is missing.
BESIDE = {
    "token": {},
    "client-secret": {"client-id": "a"},
    "azure-client-secret": {"azure-client-id": "a"},
}

BLANK, BREAK, MARK = "a blank", "a line break", "a byte-order mark"
QUOTE, TYPOGRAPHIC = "a quotation mark", "a typographic quotation mark"
OTHER, FOREIGN = "one that cannot be in it", "one outside ASCII"
HALVES = SECRET[:4], SECRET[4:]
SPOILED = [
    (" ".join(HALVES), 5, LENGTH + 1, BLANK),
    ("\t".join(HALVES), 5, LENGTH + 1, BLANK),
    ("\u00a0".join(HALVES), 5, LENGTH + 1, BLANK),
    ("\n".join(HALVES), 5, LENGTH + 1, BREAK),
    ("\r\n".join(HALVES), 5, LENGTH + 2, BREAK),
    ("\r".join(HALVES), 5, LENGTH + 1, BREAK),
    (f"{SECRET}\n{SECRET}", LENGTH + 1, 2 * LENGTH + 1, BREAK),
    (f"\ufeff{SECRET}", 1, LENGTH + 1, MARK),
    (f"{SECRET}\ufeff", LENGTH + 1, LENGTH + 1, MARK),
    (f"\ufeff{SECRET}\r\n", 1, LENGTH + 1, MARK),
    (f'"{SECRET}"', 1, LENGTH + 2, QUOTE),
    (f"'{SECRET}'", 1, LENGTH + 2, QUOTE),
    (f"`{SECRET}`", 1, LENGTH + 2, QUOTE),
    (f'{SECRET}"', LENGTH + 1, LENGTH + 1, QUOTE),
    (f"\u201c{SECRET}\u201d", 1, LENGTH + 2, TYPOGRAPHIC),
    (f"\u2018{SECRET}\u2019", 1, LENGTH + 2, TYPOGRAPHIC),
    (f"\u201e{SECRET}\u201c", 1, LENGTH + 2, TYPOGRAPHIC),
    (f"\u00ab{SECRET}\u00bb", 1, LENGTH + 2, TYPOGRAPHIC),
    (f"{SECRET}\u2019", LENGTH + 1, LENGTH + 1, TYPOGRAPHIC),
    (f"{SECRET}\x00", LENGTH + 1, LENGTH + 1, OTHER),
    (f"{SECRET}\x1b[0m", LENGTH + 1, LENGTH + 4, OTHER),
    (f"{SECRET}\x7f", LENGTH + 1, LENGTH + 1, OTHER),
    (f"{SECRET}\u200b", LENGTH + 1, LENGTH + 1, FOREIGN),
    (f"{SECRET}\u00e9", LENGTH + 1, LENGTH + 1, FOREIGN),
    (f"{SECRET}\u202e", LENGTH + 1, LENGTH + 1, FOREIGN),
    (f"{SECRET}\U0001f511", LENGTH + 1, LENGTH + 1, FOREIGN),
]


def given_in(name: str, text: str, level: Level = Level.INPUT) -> Told:
    return on(level, {**BESIDE[name], name: text})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("text", "at", "of", "called"), SPOILED)
def test_a_spoiled_secret_is_refused_by_position_and_length(
    name: str, text: str, at: int, of: int, called: str
) -> None:
    (problem,) = problems(given_in(name, text))
    assert problem.name == name
    assert problem.what == f"Character {at} of {of} is {called}."
    assert problem.remedy.startswith("Store the ")
    assert SECRET[:4] not in str(problem)
    assert str(problem).isprintable()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", "\n{}", " {}\t", "\r{}\r", "{} "])
@pytest.mark.parametrize("level", Level)
def test_blanks_and_line_breaks_around_a_secret_are_taken_off(
    name: str, around: str, level: Level
) -> None:
    if level is Level.PROFILE and around[0] != "{":
        return  # the file's own format
    whole = given_in(name, SECRET, level)
    assert signed(given_in(name, around.format(SECRET), level)) == signed(whole)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("empty", ["", " ", "\r\n"])
def test_an_empty_secret_is_not_given(name: str, level: Level, empty: str) -> None:
    lone = given_in(name, empty, level)
    without = Told(
        {k: v for k, v in lone.environ.items() if v != empty},
        {k: v for k, v in lone.profile.items() if v != empty},
    )
    assert problems(lone) == problems(without)


LEFT = [
    "${{ secrets.DATABRICKS_TOKEN }}",
    "${{secrets.DATABRICKS_TOKEN}}",
    "${DATABRICKS_TOKEN}",
    "$(DATABRICKS_TOKEN)",
    "{{ token }}",
    "{{token}}",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("left", LEFT)
def test_a_variable_that_nobody_filled_in_is_called_that(name: str, left: str) -> None:
    (problem,) = problems(given_in(name, left))
    assert re.search("looks? like a variable (that )?nobody filled in", str(problem))
    assert "DATABRICKS" not in str(problem)


@pytest.mark.parametrize(("level", "name"), [(v, n) for v in Level for n in NAMES])
def test_a_spoiled_secret_is_blamed_on_where_it_is_from(
    level: Level, name: str
) -> None:
    (problem,) = problems(given_in(name, "a b", level))
    source = {
        Level.INPUT: "",
        Level.VARIABLE: f"(from {BY_NAME[name].variable}) ",
        Level.PROFILE: "(from the profile ci) ",
    }
    assert problem.what == f"{source[level]}Character 2 of 3 is a blank."


def test_a_secret_of_entra_may_hold_most_of_what_can_be_printed() -> None:
    assert credentials.secret(ENTRA) == ENTRA
    assert credentials.secret("a'b\"c`d") == "a'b\"c`d"
    assert credentials.secret("x") == "x"


@given(st.text(min_size=1))
def test_what_is_taken_for_a_secret_can_go_into_a_form_and_a_header(text: str) -> None:
    try:
        taken = credentials.secret(text)
    except Unfit:
        return
    assert taken == text
    assert taken.isascii()
    assert taken.isprintable()
    assert " " not in taken


NAMES_OF_ALL = sorted(
    {
        *GITHUB,
        *AZURE_DEVOPS,
        *(variable(one.name) for one in access.ACCESS),
        *(one.variable for one in access.ACCESS if one.variable),
        *("DATABRICKS_OIDC_TOKEN", "DATABRICKS_OIDC_TOKEN_FILEPATH", "ARM_ENVIRONMENT"),
        *("DATABRICKS_AZURE_RESOURCE_ID", "GITHUB_ACTIONS", "GITHUB_ACTOR", "ACT"),
    }
)
LIKELY = ["a", "true", JWT, FILE, REQUEST_URL, AZURE, "dependabot[bot]", *AuthType]


@given(
    environ=st.dictionaries(
        st.sampled_from(NAMES_OF_ALL), st.sampled_from(LIKELY) | st.text(max_size=9)
    ),
    fork=st.booleans(),
)
def test_whatever_lies_around_is_a_way_in_or_problems_in_full_sentences(
    environ: dict[str, str], *, fork: bool
) -> None:
    around = {"INPUT_PIPELINE-ID": PIPELINE, "INPUT_HOST": AZURE, **environ}
    found = loaded_or_refused(around, fork=fork)
    if isinstance(found, Settings):
        assert "".join([found.access.source, *found.access.aside]).isprintable()
        assert set(found.access.scheme.secrets) <= set(found.access.secrets)
        return
    assert found
    for problem in found:
        assert str(problem).isprintable()
        assert problem.what.endswith(".")


def loaded_or_refused(
    environ: Mapping[str, str], *, fork: bool
) -> Settings | tuple[InputProblem, ...]:
    try:
        return load([], environ, fork=fork)
    except Misconfigured as refused:
        return refused.problems


def pieces(secret: str, size: int = 4) -> set[str]:
    """All that would give a part of *secret* away."""
    return {secret[at : at + size] for at in range(len(secret) - size + 1)}


WORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40
)
SPOILERS = st.sampled_from(
    [" ", "\n", "\r\n", "\ufeff", '"', "\u201c", "\x00", "\u00e9"]
)


@given(
    name=st.sampled_from(NAMES), words=WORDS, spoiler=SPOILERS, at=st.integers(0, 40)
)
def test_no_four_characters_of_a_secret_are_in_any_message(
    name: str, words: str, spoiler: str, at: int
) -> None:
    text = words[:at] + spoiler + words[at:]
    environ = inputs({"token": "", **BESIDE[name], name: text})
    # What may be said of any secret: of one that shares nothing with this one.
    others = [
        inputs({"token": "", **BESIDE[name], name: f"{mark}~~~~"}) for mark in "\x01~"
    ]
    common = " ".join([*map(message, others), *CALLED, *VARIABLES])
    leaked = {piece for piece in pieces(text) if piece in message(environ)}
    assert all(piece in common for piece in leaked)


CALLED = [BLANK, BREAK, MARK, QUOTE, TYPOGRAPHIC, OTHER, FOREIGN]
VARIABLES = [
    "It looks like a variable that nobody filled in.",
    "characters that look like a variable nobody filled in.",
    "Leave out the word Bearer.",
]


def message(environ: Mapping[str, str]) -> str:
    try:
        found = load([], environ)
    except Misconfigured as refused:
        return f"{refused} {refused!r} {refused.problems!r}"
    return repr(found)


ALL = (
    way(AuthType.PAT, Level.INPUT)
    | way(AuthType.OAUTH_M2M, Level.INPUT)
    | way(AuthType.AZURE_CLIENT_SECRET, Level.INPUT)
    | way(AuthType.ENV_OIDC, Level.VARIABLE)
    | way(AuthType.PAT, Level.VARIABLE)
    | way(AuthType.OAUTH_M2M, Level.VARIABLE)
    | way(AuthType.AZURE_CLIENT_SECRET, Level.VARIABLE)
    | way(AuthType.PAT, Level.PROFILE)
    | way(AuthType.OAUTH_M2M, Level.PROFILE)
    | way(AuthType.AZURE_CLIENT_SECRET, Level.PROFILE)
    | Told({**GITHUB, **AZURE_DEVOPS})
)
SECRETS = [
    *(f"{name}.of.{level.value}" for name in NAMES for level in Level),
    JWT,
    GITHUB["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
    AZURE_DEVOPS["SYSTEM_ACCESSTOKEN"],
]


def found_in(told: Told) -> Found:
    """What the choice is made from."""
    given, _ = reading.read([], told.environ, profile_of(told.profile))
    read = {name: one.text for name, one in given.items()}
    return Found(
        given=given,
        values=Values(read),
        spoiled={},
        environ=told.environ,
        profile=profile_of(told.profile),
        host=AZURE,
    )


def objects() -> Iterator[object]:
    """Everything on the way that knows a secret."""
    found = found_in(ALL)
    yield from found.given.values()
    yield from ways.ways(found)
    yield Pair(found.given["client-id"], found.given["client-secret"])
    yield from set_up(ALL.environ)
    yield from offered(ALL.environ)
    yield profile_of(ALL.profile)
    for kind in AuthType:
        for level in Level:
            told = way(kind, level)
            yield signed(told)
            yield signed(told).scheme
            yield signin.sign_in(found_in(told))


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_in_a_repr(secret: str) -> None:
    for one in objects():
        assert secret not in repr(one)
        assert secret not in str(one)


def test_no_secret_is_in_the_repr_of_what_was_found() -> None:
    shown = repr(found_in(ALL))
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize("kind", AuthType)
def test_no_secret_is_in_the_repr_of_settings(kind: AuthType) -> None:
    for level in Level:
        told = way(kind, level)
        environ = {"INPUT_HOST": AZURE, "INPUT_PIPELINE-ID": PIPELINE, **told.environ}
        settings = load([], environ, profile=profile_of(told.profile))
        known = settings.access.secrets
        assert all(secret not in repr(settings) for secret in known)
        assert known or kind is AuthType.FILE_OIDC


def test_all_secrets_that_were_given_are_known_whether_they_are_used_or_not() -> None:
    asked = on(Level.INPUT, {"auth-type": "pat"})
    useless = on(Level.INPUT, {"azure-tenant-id": ""})
    known = set(signed(ALL | asked | useless).secrets)
    assert {secret for secret in SECRETS if ".of." in secret} <= known


def test_each_secret_has_a_variable_and_no_flag() -> None:
    secrets: list[Input[object]] = [one for one in access.ACCESS if one.secret]
    assert [one.name for one in secrets] == NAMES
    assert all(one.variable for one in secrets)
