"""Where the workspace is, and how to get in: the host and the way to sign in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass, field
from dlt_action.settings import access, formats, hosts, profile, table
from dlt_action.settings.found import Found
from dlt_action.settings.model import Access
from dlt_action.settings.profile import Profile
from dlt_action.settings.reading import Given, Rank
from dlt_action.settings.signin import SIGNING_IN, SignIn, sign_in
from dlt_action.settings.values import Values, unread_text

Problems = list[InputProblem]


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around the inputs: variables, a profile, where we run."""

    environ: Mapping[str, str] = field(repr=False)
    profile: Profile
    fork: bool  # a pull request from a fork


def enter(
    values: Values,
    given: Mapping[str, Given],
    unread: Mapping[str, InputProblem],
    around: Around,
    problems: Problems,
) -> Access | None:
    """Read the host and choose how to sign in, or add to *problems*."""
    host = _host(values, given, problems)
    found = Found(
        given=given,
        values=values,
        spoiled=unread,
        environ=around.environ,
        profile=around.profile,
        host=None if host is None else host.origin,
        fork=around.fork,
    )
    chosen = _sign_in(found, problems)
    if host is None or chosen is None:
        return None
    used = any(one.rank is Rank.PROFILE for one in given.values())
    return Access(
        host=host.origin,
        scheme=chosen.scheme,
        source=chosen.source,
        aside=(*chosen.aside, *profile.ignored(around.environ)),
        profile=around.profile.name if used else "",
        secrets=(*_secrets(given), *chosen.scheme.secrets),
        workspace_id=values.optional(access.WORKSPACE_ID) or host.workspace_id,
    )


def _host(
    values: Values, given: Mapping[str, Given], problems: Problems
) -> hosts.Host | None:
    """Read the host; its `?o=` and `workspace-id` must agree."""
    allowed = values.optional(access.ALLOW_HOST)
    name = access.HOST.name
    if name not in given or (allowed is None and access.ALLOW_HOST.name in given):
        return None  # missing, or not to be judged before `allow-host` is right
    try:
        host = hosts.host(given[name].text, allowed)
    except formats.Unfit as unfit:
        problems.append(unread_text(name, given[name], unfit))
        return None
    workspace_id = values.optional(access.WORKSPACE_ID)
    if workspace_id is not None and host.workspace_id not in {None, workspace_id}:
        what = f"`{workspace_id}` is not the `{host.workspace_id}` in the host."
        name = access.WORKSPACE_ID.name
        problems.append(InputProblem(name, what, "Give it once."))
    return host


def _sign_in(found: Found, problems: Problems) -> SignIn | None:
    """Choose how to sign in, or add to *problems* and return None."""
    if SIGNING_IN.intersection(problem.name for problem in problems):
        return None  # what could not be read cannot be weighed either
    chosen = sign_in(found)
    if isinstance(chosen, InputProblem):
        problems.append(chosen)
        return None
    return chosen


def _secrets(given: Mapping[str, Given]) -> Iterator[str]:
    """Collect what must not be shown, whether it is used or not."""
    for name, one in given.items():
        text: Given | None = one if table.BY_NAME[name].secret else None
        while text is not None:
            yield text.text
            text = text.over
