"""
The ways to sign in: one class each, named as Databricks' unified authentication does.

Each is what the settings found, with a `flow` that makes a credential of it. What was
found out on the way stays in a `Memory`, so that a renewal takes no more calls than it
needs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64encode
from math import inf

from dlt_action.core.calls import Method
from dlt_action.core.model import JsonObject
from dlt_action.core.signin import advice
from dlt_action.core.signin.answers import Explain, bearer_of, granted
from dlt_action.core.signin.bearer import claims
from dlt_action.core.signin.endpoints import Endpoint, discover
from dlt_action.core.signin.identities import Identity
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.steps import Ask, Credential, Flow, Hide, Refused
from dlt_action.core.text import one_line
from dlt_action.lean import dataclass, field

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # RFC 8693
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_SCOPE = "all-apis"


@dataclass(slots=True)
class Memory:
    """What one process found out about where to sign in."""

    endpoint: Endpoint | None = None
    tenant: str | None = None


class Scheme(ABC):
    """A way to sign in."""

    @property
    @abstractmethod
    def auth_type(self) -> AuthType:
        """Its kind."""

    @property
    @abstractmethod
    def principal(self) -> str:
        """Who signs in, as far as that is known; it may be remote text."""

    @property
    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """What was given and must not be shown."""

    @property
    def places(self) -> tuple[str, ...]:
        """Addresses beside the workspace's that sign-in material may go to."""
        return ()

    @property
    def renews(self) -> bool:
        """Whether there can be another credential when this one ends."""
        return True

    @property
    def bounded_by(self) -> str | None:
        """A token that is given once, and with which all ends."""
        return None

    @abstractmethod
    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        """Sign in at *host*. Raises `Refused`, `Unavailable`."""


@dataclass(frozen=True, slots=True)
class Pat(Scheme):
    """A personal access token, or any other bearer token; it is not renewed."""

    token: str = field(repr=False)

    @property
    def auth_type(self) -> AuthType:
        """See `Scheme`."""
        return AuthType.PAT

    @property
    def principal(self) -> str:
        """See `Scheme`: a JWT names its subject, other tokens nobody."""
        told = claims(self.token)
        for name in ("upn", "appid", "sub"):  # Entra's people, its applications, all
            value = told.get(name)
            if isinstance(value, str) and value:
                return one_line(value, limit=100)
        return ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return (self.token,)

    @property
    def renews(self) -> bool:
        """See `Scheme`."""
        return False

    @property
    def bounded_by(self) -> str | None:
        """See `Scheme`."""
        return self.token

    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        """See `Scheme`: there is nobody to be asked."""
        del host, memory
        yield Hide(self.token)
        return carrying(self.token, inf)


@dataclass(frozen=True, slots=True)
class OAuthM2M(Scheme):
    """A service principal with an OAuth secret of Databricks."""

    client_id: str
    client_secret: str = field(repr=False)

    @property
    def auth_type(self) -> AuthType:
        """See `Scheme`."""
        return AuthType.OAUTH_M2M

    @property
    def principal(self) -> str:
        """See `Scheme`."""
        return self.client_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return (self.client_secret,)

    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        """See `Scheme`. docs.databricks.com/dev-tools/auth/oauth-m2m."""
        endpoint = yield from _endpoint(host, memory)
        pair = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        yield Hide(pair)
        ask = Ask(
            what="get a token for the service principal",
            method=Method.POST,
            url=endpoint.url,
            authorization=f"Basic {pair}",
            form=(("grant_type", "client_credentials"), ("scope", _SCOPE)),
        )
        body = yield from _granted(ask, advice.secret_refused(self.client_id), memory)
        return carrying(*(yield from bearer_of(ask, body)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation(Scheme):
    """An identity token of the CI, exchanged for one of Databricks."""

    identity: Identity
    client_id: str | None = None  # None: the federation of the whole account
    audience: str | None = None  # None: what the workspace says

    @property
    def auth_type(self) -> AuthType:
        """See `Scheme`."""
        return self.identity.auth_type

    @property
    def principal(self) -> str:
        """See `Scheme`."""
        return "" if self.client_id is None else self.client_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return self.identity.secrets

    @property
    def places(self) -> tuple[str, ...]:
        """See `Scheme`."""
        return self.identity.places

    @property
    def bounded_by(self) -> str | None:
        """See `Scheme`."""
        return self.identity.bounded_by

    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        """
        See `Scheme`.

        docs.databricks.com/dev-tools/auth/oauth-federation-exchange
        """
        endpoint = yield from _endpoint(host, memory)
        audience = endpoint.audience if self.audience is None else self.audience
        identity = yield from self.identity.token(audience)
        client = () if self.client_id is None else (("client_id", self.client_id),)
        ask = Ask(
            what="exchange the identity token",
            method=Method.POST,
            url=endpoint.url,
            form=(
                *client,
                ("grant_type", _EXCHANGE),
                ("subject_token_type", _JWT),
                ("subject_token", identity),
                ("scope", _SCOPE),
            ),
        )
        wanted = audience if self.identity.chooses_audience else None
        explain = advice.exchange_refused(claims(identity), wanted, self.client_id)
        body = yield from _granted(ask, explain, memory)
        return carrying(*(yield from bearer_of(ask, body)))


def carrying(token: str, seconds: float) -> Credential:
    """The credential that is one bearer token."""
    return Credential(headers=(("Authorization", f"Bearer {token}"),), seconds=seconds)


def _granted(ask: Ask, explain: Explain, memory: Memory) -> Flow[JsonObject]:
    try:
        return (yield from granted(ask, explain))
    except Refused:
        memory.endpoint = None  # what was found out may be what was wrong
        raise


def _endpoint(host: str, memory: Memory) -> Flow[Endpoint]:
    if memory.endpoint is None:
        memory.endpoint = yield from discover(host)
    return memory.endpoint
