"""
A profile of the Databricks CLI: what a person at a terminal has set up already.

Never in CI: a file that an earlier step, or a checkout, left behind must not decide
who signs in there. It is read as the official SDKs read it: a profile does not inherit
from `[DEFAULT]`, which is one like the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dlt_action.errors import InputProblem

VARIABLE = "DATABRICKS_CONFIG_PROFILE"
FILE_VARIABLE = "DATABRICKS_CONFIG_FILE"
DEFAULT = "DEFAULT"

# By the inputs that they set.
_INPUTS = {
    "host": "host",
    "token": "token",
    "client_id": "client-id",
    "client_secret": "client-secret",
    "auth_type": "auth-type",
    "audience": "oidc-audience",
    "token_audience": "oidc-audience",
    "azure_tenant_id": "azure-tenant-id",
    "azure_client_id": "azure-client-id",
    "azure_client_secret": "azure-client-secret",
    "workspace_id": "workspace-id",
}
# By the variables that they stand for.
_VARIABLES = {
    "azure_workspace_resource_id": "DATABRICKS_AZURE_RESOURCE_ID",
    "azure_environment": "ARM_ENVIRONMENT",
    "oidc_token_env": "DATABRICKS_OIDC_TOKEN_ENV",
    "oidc_token_filepath": "DATABRICKS_OIDC_TOKEN_FILEPATH",
}
_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "BUILD_NUMBER")
_NAME = re.compile(r"[0-9A-Za-z_. -]{1,60}")  # what else a person wrote is not repeated


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile sets, by the names of inputs and of variables."""

    name: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def source(self) -> str:
        """Where its values come from, for people."""
        return f"the profile {self.name}"


NO_PROFILE = Profile()


def in_ci(environ: Mapping[str, str]) -> bool:
    """Whether a CI runs us: all of them say so in a variable."""
    return any(environ.get(name, "") not in ("", "false", "0") for name in _CI)


def wanted(environ: Mapping[str, str], *, configured: bool) -> str | None:
    """
    The name of the profile to read, or None.

    Without `DATABRICKS_CONFIG_PROFILE` that is the default one, unless host or
    sign-in are *configured* already.
    """
    if in_ci(environ):
        return None
    named = environ.get(VARIABLE, "").strip()
    if named:
        return named
    return None if configured else DEFAULT


def parse(
    text: str | None, name: str, environ: Mapping[str, str]
) -> tuple[Profile, tuple[InputProblem, ...]]:
    """Return the profile *name* in the *text* of the file (None: there is no file)."""
    import configparser  # noqa: PLC0415 - a run in CI does not pay for its import

    asked_for = bool(environ.get(VARIABLE, "").strip())
    file = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        file.read_string("" if text is None else text)
    except configparser.Error:
        what = "The configuration file cannot be read: it is no INI file."
        remedy = "See what `databricks auth profiles` says of it."
        return NO_PROFILE, (InputProblem(FILE_VARIABLE, what, remedy),)
    if not file.has_section(name):
        if not asked_for:
            return NO_PROFILE, ()
        shown = f"`{name}`" if _NAME.fullmatch(name) else "of that name"
        where = "The configuration file has" if text is not None else "There is"
        known = [one for one in file.sections() if _NAME.fullmatch(one)]
        remedy = f"There are: {', '.join(known)}." if known else "Unset it."
        what = f"{where} no profile {shown}."
        return NO_PROFILE, (InputProblem(VARIABLE, what, remedy),)
    values = dict(file.items(name))
    return Profile(name, _renamed(values, _INPUTS), _renamed(values, _VARIABLES)), ()


def _renamed(values: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {names[key]: text for key, text in values.items() if key in names and text}
