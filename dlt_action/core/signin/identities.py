"""
Where an identity token comes from: a signed statement of who this job is.

It lives for minutes, so a new one is fetched for each exchange and none is kept. What
a variable holds cannot be fetched again; what a file holds may have been replaced.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote

from dlt_action.core.calls import Method
from dlt_action.core.exchange import Rejected
from dlt_action.core.model import Json
from dlt_action.core.reply import SignInProblem
from dlt_action.core.signin import advice
from dlt_action.core.signin.answers import granted, no_token
from dlt_action.core.signin.bearer import TOKEN
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.steps import Ask, Flow, Hide, Refused, file_text
from dlt_action.lean import dataclass, field

# What GitHub says while it is busy with the job (configure-aws-credentials#469).
_NOT_YET = "can't issue id_token for job in"


class Identity(ABC):
    """A place that identity tokens come from."""

    __slots__ = ()

    auth_type: ClassVar[AuthType]  # the kind of sign-in that it makes
    # Whether a token can be had for the audience that is wanted.
    chooses_audience: ClassVar[bool] = False

    @property
    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """What was given and must not be shown."""

    @property
    def places(self) -> tuple[str, ...]:
        """The address that is asked, if one is."""
        return ()

    @property
    def bounded_by(self) -> str | None:
        """The one token that there is, where there will be no other."""
        return None

    @abstractmethod
    def token(self, audience: str) -> Flow[str]:
        """An identity token for *audience*. Raises `Refused`, `Unavailable`."""


@dataclass(frozen=True, slots=True)
class GitHub(Identity):
    """GitHub Actions, for a job with `permissions: id-token: write`."""

    auth_type = AuthType.GITHUB_OIDC
    chooses_audience = True
    url: str  # of the runner, with a query of its own
    request_token: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Identity`."""
        return (self.request_token,)

    @property
    def places(self) -> tuple[str, ...]:
        """See `Identity`."""
        return (self.url,)

    def token(self, audience: str) -> Flow[str]:
        """See `Identity`. docs.github.com/actions/reference/security/oidc."""
        ask = Ask(
            what="get an identity token of GitHub",
            method=Method.GET,
            url=self.url,
            query=(("audience", audience),),
            authorization=f"Bearer {self.request_token}",
        )
        body = yield from granted(ask, self._explain)
        return (yield from _token_in(ask, body, "value"))

    @staticmethod
    def _explain(rejected: Rejected) -> SignInProblem | None:
        forbidden = rejected.status == HTTPStatus.FORBIDDEN
        if forbidden and _NOT_YET in rejected.message.lower():
            return None
        return advice.no_github_identity(rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureDevOps(Identity):
    """Azure Pipelines, for a step that maps `SYSTEM_ACCESSTOKEN`."""

    auth_type = AuthType.AZURE_DEVOPS_OIDC
    collection: str  # with a slash at its end
    project: str
    hub: str
    plan: str
    job: str
    access_token: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Identity`."""
        return (self.access_token,)

    @property
    def places(self) -> tuple[str, ...]:
        """See `Identity`."""
        return (self.collection,)

    def token(self, audience: str) -> Flow[str]:
        """
        See `Identity`. The audience cannot be chosen here.

        learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
        """
        del audience
        hub, plan, job = (quote(part, "") for part in (self.hub, self.plan, self.job))
        ask = Ask(
            what="get an identity token of Azure DevOps",
            method=Method.POST,
            url=f"{self.collection}{quote(self.project, '')}/_apis/distributedtask"
            f"/hubs/{hub}/plans/{plan}/jobs/{job}/oidctoken",
            query=(("api-version", "7.2-preview.1"),),
            authorization=f"Bearer {self.access_token}",
            content_type="application/json",
        )
        body = yield from granted(ask, advice.no_azure_devops_identity)
        return (yield from _token_in(ask, body, "oidcToken"))


@dataclass(frozen=True, slots=True)
class Variable(Identity):
    """A variable that the CI has put a token into."""

    auth_type = AuthType.ENV_OIDC
    name: str
    value: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Identity`."""
        return (self.value,)

    @property
    def bounded_by(self) -> str | None:
        """See `Identity`."""
        return self.value

    def token(self, audience: str) -> Flow[str]:
        """See `Identity`. It is for whomever the CI has made it."""
        del audience
        yield Hide(self.value)
        return self.value


@dataclass(frozen=True, slots=True)
class File(Identity):
    """A file that the CI puts a token into."""

    auth_type = AuthType.FILE_OIDC
    path: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Identity`."""
        return ()

    def token(self, audience: str) -> Flow[str]:
        """See `Identity`. It is for whomever the CI has made it."""
        del audience
        found = yield from file_text(self.path)
        if found.text is None:
            raise Refused(advice.unreadable_file(found.cause))
        token = found.text.strip()
        if not TOKEN.fullmatch(token):
            raise Refused(advice.no_token_in_file())
        yield Hide(token)
        return token


def _token_in(ask: Ask, body: Mapping[str, Json], name: str) -> Flow[str]:
    token = body.get(name)
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise no_token(ask)
    yield Hide(token)
    return token
