"""
Reading tokens and secrets: what cannot go into a header is refused before that.

A token that was copied with quotes, a byte-order mark or a line break fails as 401 or
as an exception that shows it. So the first character that no bearer token can hold is
named by its position; the value is never repeated.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dlt_action.core.signin.bearer import TOKEN, claims, moment
from dlt_action.core.signin.kinds import AuthType
from dlt_action.settings.formats import Unfit, shown

_KINDS = (
    ("\ufeff", "a byte-order mark"),
    ("\r\n", "a line break"),
    (" \t\u00a0", "a blank"),
    ("\"'`", "a quotation mark"),
    (
        "\u2018\u2019\u201c\u201d\u00ab\u00bb\u201e\u201a",
        "a typographic quotation mark",
    ),
)


def token(text: str) -> str:
    """Read a bearer token; raise `Unfit` without any part of it."""
    start = TOKEN.match(text)
    at = 0 if start is None else start.end()
    if at == len(text):
        return text
    what = f"Character {at + 1} of {len(text)} is {_called(text[at])}."
    if text[:7].lower() == "bearer ":
        raise Unfit(what, "Leave out the word Bearer.")
    if text.startswith(("${", "$(", "{{")):
        raise Unfit(what, "It looks like a variable that nobody filled in.")
    raise Unfit(what, "Store the token alone, as Databricks showed it.")


def secret(text: str) -> str:
    """
    Read a client secret; raise `Unfit` without any part of it.

    Databricks' are hexadecimal, Entra's hold most of printable ASCII: what stands
    around them by mistake is what can be found.
    """
    if text.startswith(("${", "$(", "{{")):
        what = f"{len(text)} characters that look like a variable nobody filled in."
        raise Unfit(what, "Store the secret alone, as it was shown.")
    for at, character in enumerate(text):
        edge = at in (0, len(text) - 1)
        if not "!" <= character <= "~" or (edge and character in "\"'`"):
            what = f"Character {at + 1} of {len(text)} is {_called(character)}."
            raise Unfit(what, "Store the secret alone, as it was shown.")
    return text


def application(text: str) -> str:
    """Read the id of an application or a service principal."""
    if re.fullmatch(r"[0-9A-Za-z._-]{1,100}", text, re.ASCII):
        return text
    what = "It is not the id of an application."
    raise Unfit(what, "Write the application id, such as `5f1e7c3a-2b4d-…`.")


def tenant(text: str) -> str:
    """Read the id, or the domain, of an Entra tenant."""
    if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.-]{0,99}", text, re.ASCII):
        return text
    raise Unfit("It is not the id of a tenant.", "Write the tenant's id.")


def audience(text: str) -> str:
    """Read the audience of an identity token."""
    if re.fullmatch(r"[!-~]{1,500}", text, re.ASCII):
        return text
    what = "It holds a blank, or a character outside ASCII."
    raise Unfit(what, "Write one of the audiences of the federation policy.")


def auth_type(text: str) -> AuthType:
    """Read a kind of sign-in; those that need a person or a machine are explained."""
    for kind in AuthType:
        if text == kind:
            return kind
    if text in _ELSEWHERE:
        what = f"`{text}` is for people and for machines in the cloud, not for CI."
        raise Unfit(what, f"{_ELSEWHERE[text]} Or write one of {_KNOWN}.")
    raise Unfit(f"{shown(text)} is not known.", f"Write one of {_KNOWN}.")


_KNOWN = ", ".join(f"`{kind}`" for kind in AuthType)
_AZURE_CLI = (
    "`az account get-access-token --resource 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
    " --query accessToken --output tsv` prints a token for DATABRICKS_TOKEN."
)
_DATABRICKS_CLI = (
    "`databricks auth token | jq -r .access_token` prints a token for DATABRICKS_TOKEN."
)
_ELSEWHERE = {
    "databricks-cli": _DATABRICKS_CLI,
    "external-browser": _DATABRICKS_CLI,
    "azure-cli": _AZURE_CLI,
    "azure-msi": _AZURE_CLI,
    "basic": "Databricks has taken passwords away; make a token.",
    "metadata-service": "Set a token.",
    "google-credentials": "Set an OAuth secret of Databricks.",
    "google-id": "Set an OAuth secret of Databricks.",
}


def expires_at(text: str) -> datetime | None:
    """Return when a JWT ends (`exp`, RFC 7519 §4.1.4); None for any other token."""
    ends = moment(claims(text).get("exp"))
    try:
        return None if ends is None else datetime.fromtimestamp(ends, UTC)
    except (ValueError, ArithmeticError, OSError):
        return None  # not for us to judge: the server will


def _called(character: str) -> str:
    """Name the kind of a character that does not belong there."""
    for characters, words in _KINDS:
        if character in characters:
            return words
    if character.isascii():
        return "one that cannot be in it"
    return "one outside ASCII"
