"""
The ways of Entra ID.

`ARM_*` is what Terraform and other tools read as well. It is for an Azure workspace,
and never in the way of anything that was set up for Databricks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from dlt_action.core.signin.clouds import Cloud, cloud_of
from dlt_action.core.signin.entra import AzureClientSecret, GitHubOidcAzure
from dlt_action.core.signin.identities import GitHub
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Scheme
from dlt_action.errors import InputProblem
from dlt_action.settings import access, ambient, nowhere
from dlt_action.settings.found import Found, Make, Pair, Way, shown
from dlt_action.settings.reading import Rank

_RESOURCE = "DATABRICKS_AZURE_RESOURCE_ID"
_RESOURCE_ID = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w().-]{1,90}"
    r"/providers/Microsoft\.Databricks/workspaces/[\w-]{1,64}",
    re.IGNORECASE | re.ASCII,
)
_ENVIRONMENT = "ARM_ENVIRONMENT"
_KINDS = (AuthType.AZURE_CLIENT_SECRET, AuthType.GITHUB_OIDC_AZURE)


def ways(found: Found) -> Iterator[Way]:
    """The ways of Entra ID that are set up."""
    pair = found.pair(access.AZURE_CLIENT_ID, access.AZURE_CLIENT_SECRET)
    secret = found.part(access.AZURE_CLIENT_SECRET)
    if secret is not None and pair.secret is not None:
        yield Way(
            AuthType.AZURE_CLIENT_SECRET,
            _fit(pair.rank, found),
            shown(pair.secret),
            _by_secret(pair, secret, found),
        )
    asked_for = found.value(access.AUTH_TYPE) is AuthType.GITHUB_OIDC_AZURE
    alone = pair.identifier if asked_for else pair.alone
    if alone is None:
        return
    identity = ambient.github(found.environ)
    source = shown(alone)
    if identity is not None:
        source = f"{source} and OIDC of GitHub Actions"
    elif alone.rank is Rank.ARM:
        return  # an id in the environment says nothing by itself
    yield Way(
        AuthType.GITHUB_OIDC_AZURE,
        _fit(alone.rank, found),
        source,
        _by_github(identity, found),
    )


def _fit(rank: Rank, found: Found) -> Rank:
    azure = found.host is None or cloud_of(found.host) is not None
    asked_for = found.value(access.AUTH_TYPE) in _KINDS
    return Rank.UNFIT if rank is Rank.ARM and not (azure or asked_for) else rank


def _by_secret(pair: Pair, secret: str | InputProblem, found: Found) -> Make:
    def make() -> Scheme | InputProblem:
        client = pair.identifier_for(access.AZURE_CLIENT_ID, access.AZURE_CLIENT_SECRET)
        tenant, cloud = found.part(access.AZURE_TENANT_ID), _cloud(found)
        resource = found.variable(_RESOURCE)
        if resource and not _RESOURCE_ID.fullmatch(resource):
            what = "It is not the resource id of a workspace."
            remedy = "Copy it from the JSON view of the workspace in the portal."
            return InputProblem(_RESOURCE, what, remedy)
        for part in (client, secret, tenant, cloud):
            if isinstance(part, InputProblem):
                return part
        return AzureClientSecret(
            client_id=cast("str", client),
            client_secret=cast("str", secret),
            tenant=cast("str | None", tenant),
            cloud=cast("Cloud", cloud),
            resource_id=resource or None,
        )

    return make


def _by_github(identity: GitHub | InputProblem | None, found: Found) -> Make:
    asked_for = found.value(access.AUTH_TYPE) is AuthType.GITHUB_OIDC_AZURE

    def make() -> Scheme | InputProblem:
        client = found.part(access.AZURE_CLIENT_ID)
        tenant, cloud = found.part(access.AZURE_TENANT_ID), _cloud(found)
        if identity is None and asked_for:
            kind = AuthType.GITHUB_OIDC_AZURE
            return nowhere.not_set_up(kind, found.environ, fork=found.fork)
        if identity is None:
            return nowhere.no_azure_secret(found.environ, fork=found.fork)
        for part in (identity, client, tenant, cloud):
            if isinstance(part, InputProblem):
                return part
        return GitHubOidcAzure(
            identity=cast("GitHub", identity),
            client_id=cast("str", client),
            tenant=cast("str | None", tenant),
            cloud=cast("Cloud", cloud),
        )

    return make


def _cloud(found: Found) -> Cloud | InputProblem:
    """The cloud that `ARM_ENVIRONMENT` names, else the workspace's."""
    told = found.variable(_ENVIRONMENT)
    name = told.upper().removeprefix("AZURE").removesuffix("CLOUD")
    if not told:
        own = None if found.host is None else cloud_of(found.host)
        return Cloud.PUBLIC if own is None else own
    for cloud in Cloud:
        if name == cloud.name:
            return cloud
    known = ", ".join(f"`{cloud.name}`" for cloud in Cloud)
    return InputProblem(_ENVIRONMENT, "There is no such cloud.", f"Write {known}.")
