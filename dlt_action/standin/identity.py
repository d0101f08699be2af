"""
Who may sign in, and with what: the workspace's principals, policies and tokens.

`Workspace.identity` is one of these. Its attributes are there to be changed by tests;
its clock is the workspace's, so that tokens age in virtual time too.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from dlt_action.standin import jwts
from dlt_action.standin.wire import Json, JsonObject

# Everything secret below opens nothing but the stand-in.
USER = "ci-bot@example.com"
ACCOUNT_ID = "0d26daa6-5e44-4c97-a497-ef015f91254a"
CLIENT_ID = "5b2f1c0e-6d3a-4f55-9a57-0b8f3a1c9d42"
CLIENT_SECRET = "dose5tand1n0123456789abcdef01234567"  # noqa: S105 -- see above
TENANT = "6f3a9d10-2f4e-4a1b-8c55-1f0a7e9b3d77"
AZURE_CLIENT_ID = "c41d7e2b-90a6-4d8f-b1e3-7a52f06c8d19"
AZURE_CLIENT_SECRET = "Q~8standin_0123456789.abcdefghijklmnop"  # noqa: S105 -- see above
RESOURCE_ID = (
    "/subscriptions/1d2c3b4a-5566-4788-99aa-bbccddeeff00/resourceGroups/shop"
    "/providers/Microsoft.Databricks/workspaces/shop-prod"
)
REQUEST_TOKEN = "standin-github-request-token"  # noqa: S105 -- see above
ADO_ACCESS_TOKEN = "standin-azure-devops-access-token"  # noqa: S105 -- see above

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
GITLAB_ISSUER = "https://gitlab.com"
ADO_ISSUER = "https://vstoken.dev.azure.com/3f1c7f0a-1a5e-4a0f-9d0c-5a4f1e2d3c4b"
SUBJECT = "repo:acme/shop:environment:production"
GITLAB_SUBJECT = "project_path:acme/shop:ref_type:branch:ref:main"
ADO_SUBJECT = "p://acme/shop/release"
AZURE_AUDIENCE = "api://AzureADTokenExchange"

# Stands for the address of the token endpoint, by whatever name the host was asked.
TOKEN_ENDPOINT = "<token endpoint>"  # noqa: S105 -- no secret
OWN_AUDIENCES = (TOKEN_ENDPOINT, ACCOUNT_ID, "https://github.com/acme")

# GitHub's tokens live that long; other CIs' are not far from it.
ID_TOKEN_LIFE = 300


@dataclass(frozen=True, slots=True)
class Policy:
    """
    Whose tokens are taken for whom; everything has to be equal to the letter.

    Without a *client_id* it is account-wide, and *principal* says who signs in. (The
    real account finds a user or service principal by the token's subject.)
    """

    issuer: str
    subject: str
    audiences: tuple[str, ...]
    client_id: str | None
    principal: str = USER


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token is good for; *audience* `None` is this workspace."""

    principal: str
    audience: str | None
    expires: float


def _principals() -> dict[str, str]:
    return {CLIENT_ID: CLIENT_SECRET}


def _applications() -> dict[str, str]:
    return {AZURE_CLIENT_ID: AZURE_CLIENT_SECRET}


def _policies() -> list[Policy]:
    github = (GITHUB_ISSUER, SUBJECT, OWN_AUDIENCES)
    return [
        Policy(*github, CLIENT_ID),
        Policy(*github, None),
        Policy(GITLAB_ISSUER, GITLAB_SUBJECT, OWN_AUDIENCES, CLIENT_ID),
        Policy(ADO_ISSUER, ADO_SUBJECT, (AZURE_AUDIENCE,), CLIENT_ID),
        Policy(ADO_ISSUER, ADO_SUBJECT, (AZURE_AUDIENCE,), None),
    ]


def _azure_credentials() -> list[Policy]:
    audiences = (AZURE_AUDIENCE,)
    return [
        Policy(GITHUB_ISSUER, SUBJECT, audiences, AZURE_CLIENT_ID),
        Policy(ADO_ISSUER, ADO_SUBJECT, audiences, AZURE_CLIENT_ID),
    ]


@dataclass(slots=True, kw_only=True)
class Identity:
    """
    The state of identity, and its switches.

    *token_life* is what new access tokens live; with *follows_id_token* exchanged ones
    end with the token that they were exchanged for. *rejects_with* is the status that
    an unknown or expired token gets, 401 or 403: both are seen, by the age of the
    endpoint. *token_answer* may change what a token endpoint answers. *policy_refusal*
    is how it refuses a token that no policy takes. *newcomers* are
    Azure applications that are not yet in the workspace.

    Discovery: *config_served* and *oauth_served* are whether the two documents are
    there; *audiences* are the default ones that the first one names, *oidc_endpoint*
    and *token_endpoint* what the documents say instead of the truth.

    CI: *subject* is the one of the job, *github_claims* its other claims, *ci_pending*
    how many requests to GitHub meet a job that it believes to be waiting still.
    """

    clock: Callable[[], float]
    cloud: str = "AWS"
    authority: str = "login.microsoftonline.com"
    principals: dict[str, str] = field(default_factory=_principals)
    applications: dict[str, str] = field(default_factory=_applications)
    policies: list[Policy] = field(default_factory=_policies)
    azure_credentials: list[Policy] = field(default_factory=_azure_credentials)
    newcomers: set[str] = field(default_factory=set)
    token_life: int = 3600
    follows_id_token: bool = False
    rejects_with: int = 401
    token_answer: Callable[[JsonObject], JsonObject] | None = None
    # RFC 8693, section 2.2.2, asks for this; Databricks does not document its answer.
    policy_refusal: tuple[int, str] = (400, "invalid_request")
    config_served: bool = True
    oauth_served: bool = True
    audiences: tuple[str, ...] = ()
    oidc_endpoint: str | None = None
    token_endpoint: str | None = None
    subject: str = SUBJECT
    github_claims: dict[str, Json] = field(default_factory=dict)
    ci_pending: int = 0
    grants: dict[str, Grant] = field(default_factory=dict)
    issued: int = 0

    @property
    def azure(self) -> bool:
        """Whether the workspace is one of Azure Databricks."""
        return self.cloud.lower() == "azure"

    def trust(
        self,
        issuer: str,
        subject: str,
        audiences: tuple[str, ...] = OWN_AUDIENCES,
        client_id: str | None = CLIENT_ID,
    ) -> None:
        """Add a federation policy."""
        self.policies.append(Policy(issuer, subject, audiences, client_id))

    def id_token(
        self,
        audience: str = ACCOUNT_ID,
        *,
        issuer: str = GITHUB_ISSUER,
        subject: str | None = None,
        life: float = ID_TOKEN_LIFE,
        claims: JsonObject | None = None,
    ) -> str:
        """A token as a CI's issuer signs them, now; *claims* win over all others."""
        now = int(self.clock())
        said: JsonObject = {
            "jti": self.unique("id token"),
            "sub": self.subject if subject is None else subject,
            "aud": audience,
            "nbf": now - 5,
            "iat": now,
            "exp": now + life,
        }
        return jwts.sign(issuer, {**said, **({} if claims is None else claims)})

    def access_token(
        self, issuer: str, principal: str, audience: str | None, life: float
    ) -> str:
        """A new access token, good from now on."""
        now = self.clock()
        claims: JsonObject = {
            "sub": principal,
            "client_id": principal,
            "aud": audience,
            "iat": int(now),
            "exp": int(now + life),
            "jti": self.unique("access token"),
        }
        token = jwts.sign(issuer, claims)
        self.grants[token] = Grant(principal, audience, now + life)
        return token

    def grant(self, token: str) -> Grant | None:
        """What an access token is good for, now; `None` if for nothing."""
        found = self.grants.get(token)
        # Azure Databricks takes no token that ends within 30 seconds, as a comment in
        # the SDKs has it.
        spare = 30 if self.azure else 0
        if found is None or found.expires - spare <= self.clock():
            return None
        return found

    def revoke(self) -> None:
        """From now on no access token that was issued so far is good for anything."""
        self.grants.clear()

    def unique(self, kind: str) -> str:
        """An id that no token had before, the same in every run."""
        self.issued += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"stand-in/{kind}/{self.issued}"))
