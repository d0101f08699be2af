"""
A profile of the Databricks CLI: what a person at a terminal has set up already.

Never in CI: a file that an earlier step, or a checkout, left behind must not decide
who signs in there. It is read as the official SDKs read it: a profile does not inherit
from `[DEFAULT]`, which is one like the others.
"""

from __future__ import annotations

from collections.abc import Mapping

from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass, field
from dlt_action.settings.formats import shown

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
_CI = (
    *("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "BUILD_NUMBER"),
    *("CODEBUILD_BUILD_ID", "TEAMCITY_VERSION", "bamboo_buildKey"),
)
_SETTINGS = "__settings__"  # of the CLI itself


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
    """Whether a CI runs us: those that people use say so in a variable."""
    return any(environ.get(name, "") not in ("", "false", "0") for name in _CI)


def named(environ: Mapping[str, str]) -> str:
    """The name of the profile that is asked for; nothing for the default one."""
    return environ.get(VARIABLE, "").strip()


def wanted(environ: Mapping[str, str], *, configured: bool) -> bool:
    """
    Whether a profile is to be read.

    Without `DATABRICKS_CONFIG_PROFILE` that is the default one, unless host or
    sign-in are *configured* already.
    """
    return not in_ci(environ) and (bool(named(environ)) or not configured)


def ignored(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Words for a profile that is asked for where none is read."""
    return (f"{VARIABLE} (never in CI)",) if in_ci(environ) and named(environ) else ()


def unreadable(cause: str) -> InputProblem:
    """The file is there, and cannot be read."""
    what = f"The configuration file cannot be read: {cause}."
    return InputProblem(FILE_VARIABLE, what, "Mend it, or unset the variables.")


def parse(text: str | None, name: str) -> tuple[Profile, tuple[InputProblem, ...]]:
    """Return the profile *name* in the *text* of the file (None: there is no file)."""
    import configparser  # noqa: PLC0415 - a run in CI does not pay for its import

    asked_for = bool(name)
    file = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        file.read_string("" if text is None else text)
    except configparser.Error:
        what = "The configuration file cannot be read: it is no INI file."
        remedy = "See what `databricks auth profiles` says of it."
        return NO_PROFILE, (InputProblem(FILE_VARIABLE, what, remedy),)
    if not asked_for:  # a person may have chosen another one to be the default
        name = file.get(_SETTINGS, "default_profile", fallback="").strip() or DEFAULT
    if not file.has_section(name):
        if not asked_for:
            return NO_PROFILE, ()
        where = "The configuration file has" if text is not None else "There is"
        known = [shown(one) for one in file.sections() if one != _SETTINGS]
        remedy = f"There are: {', '.join(known)}." if known else "Unset it."
        what = f"{where} no profile {shown(name)}."
        return NO_PROFILE, (InputProblem(VARIABLE, what, remedy),)
    values = dict(file.items(name))
    return Profile(name, _renamed(values, _INPUTS), _renamed(values, _VARIABLES)), ()


def _renamed(values: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {names[key]: text for key, text in values.items() if key in names and text}
