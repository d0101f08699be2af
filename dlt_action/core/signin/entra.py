"""
Signing in by Entra ID: an application of Azure, known to the workspace.

The v1 endpoint, as the official SDKs have it: there a *resource* is asked for, by the
id of the application that all Databricks workspaces share.
"""

from __future__ import annotations

from dlt_action.core.calls import Method
from dlt_action.core.signin import advice
from dlt_action.core.signin.answers import bearer_of, granted
from dlt_action.core.signin.bearer import claims
from dlt_action.core.signin.clouds import (
    DATABRICKS_RESOURCE,
    EXCHANGE_AUDIENCE,
    Cloud,
)
from dlt_action.core.signin.endpoints import discover_tenant
from dlt_action.core.signin.identities import GitHub
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Memory, Scheme, carrying
from dlt_action.core.signin.steps import Ask, Credential, Flow
from dlt_action.lean import dataclass, field

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523

Form = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureClientSecret(Scheme):
    """An application with a client secret of Entra."""

    client_id: str
    client_secret: str = field(repr=False)
    tenant: str | None = None  # None: the workspace's
    cloud: Cloud = Cloud.PUBLIC
    resource_id: str | None = None  # of the workspace; for who is not yet in it

    @property
    def auth_type(self) -> AuthType:
        """See `Scheme`."""
        return AuthType.AZURE_CLIENT_SECRET

    @property
    def principal(self) -> str:
        """See `Scheme`."""
        return self.client_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return (self.client_secret,)

    @property
    def places(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return (self.cloud.authority,)

    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        """
        See `Scheme`.

        learn.microsoft.com/azure/databricks/dev-tools/auth/azure-sp
        """
        tenant = yield from _tenant(self.tenant, host, self.cloud, memory)
        own = (("client_secret", self.client_secret),)
        token, seconds = yield from self._token(tenant, own, DATABRICKS_RESOURCE)
        if self.resource_id is None:
            return carrying(token, seconds)
        resource = self.cloud.management
        management, less = yield from self._token(tenant, own, resource)
        return Credential(
            headers=(
                ("Authorization", f"Bearer {token}"),
                ("X-Databricks-Azure-SP-Management-Token", management),
                ("X-Databricks-Azure-Workspace-Resource-Id", self.resource_id),
            ),
            seconds=min(seconds, less),
        )

    def _token(self, tenant: str, own: Form, resource: str) -> Flow[tuple[str, float]]:
        ask = _ask(self.cloud, tenant, self.client_id, own, resource)
        explain = advice.entra_refused(self.client_id, tenant)
        body = yield from granted(ask, explain)
        return (yield from bearer_of(ask, body))


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubOidcAzure(Scheme):
    """An application that trusts identity tokens of GitHub."""

    identity: GitHub
    client_id: str
    tenant: str | None = None  # None: the workspace's
    cloud: Cloud = Cloud.PUBLIC

    @property
    def auth_type(self) -> AuthType:
        """See `Scheme`."""
        return AuthType.GITHUB_OIDC_AZURE

    @property
    def principal(self) -> str:
        """See `Scheme`."""
        return self.client_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return self.identity.secrets

    @property
    def places(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return (*self.identity.places, self.cloud.authority)

    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        """See `Scheme`."""
        tenant = yield from _tenant(self.tenant, host, self.cloud, memory)
        identity = yield from self.identity.token(EXCHANGE_AUDIENCE)
        own = (
            ("client_assertion_type", _ASSERTION),
            ("client_assertion", identity),
        )
        ask = _ask(self.cloud, tenant, self.client_id, own, DATABRICKS_RESOURCE)
        explain = advice.entra_refused(self.client_id, tenant, claims(identity))
        body = yield from granted(ask, explain)
        return carrying(*(yield from bearer_of(ask, body)))


def _tenant(given: str | None, host: str, cloud: Cloud, memory: Memory) -> Flow[str]:
    if given is not None:
        return given
    if memory.tenant is None:
        memory.tenant = yield from discover_tenant(host, cloud)
    return memory.tenant


def _ask(cloud: Cloud, tenant: str, client: str, own: Form, resource: str) -> Ask:
    return Ask(
        what="get a token of Entra ID",
        method=Method.POST,
        url=f"{cloud.authority}/{tenant}/oauth2/token",
        form=(
            ("grant_type", "client_credentials"),
            ("client_id", client),
            *own,
            ("resource", resource),
        ),
    )
