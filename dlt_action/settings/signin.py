"""
Which way to sign in: what was given is made into one scheme, or into advice.

Ways compete on one level only: what the inputs say beats the variables of Databricks,
these beat Azure's `ARM_*`, which are often there for other tools, and these beat a
profile. What a CI offers to everybody (ambient OIDC) counts where nothing else is set
up, or where a `client-id` stands alone. Two ways on one level are an error that names
both; `auth-type` settles it.
"""

from __future__ import annotations

from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Scheme
from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass
from dlt_action.settings import access, nowhere
from dlt_action.settings.found import Found, Way
from dlt_action.settings.reading import Rank
from dlt_action.settings.shape import Input
from dlt_action.settings.ways import ways

SIGNING_IN = frozenset(
    one.name
    for one in (
        access.CLIENT_ID,
        access.TOKEN,
        access.CLIENT_SECRET,
        access.AUTH_TYPE,
        access.OIDC_AUDIENCE,
        access.AZURE_TENANT_ID,
        access.AZURE_CLIENT_ID,
        access.AZURE_CLIENT_SECRET,
    )
)
# What only some ways use, and who.
_OF_SOME: tuple[tuple[Input[str], tuple[AuthType, ...]], ...] = (
    (access.OIDC_AUDIENCE, (AuthType.GITHUB_OIDC,)),
    (
        access.AZURE_TENANT_ID,
        (AuthType.AZURE_CLIENT_SECRET, AuthType.GITHUB_OIDC_AZURE),
    ),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in, where that is from, and what else there would have been."""

    scheme: Scheme
    source: str
    aside: tuple[str, ...] = ()


def sign_in(found: Found) -> SignIn | InputProblem:
    """Choose among all ways that are set up."""
    known = tuple(ways(found))
    wanted, overruled = _wanted(found, known)
    way = wanted if isinstance(wanted, InputProblem) else _taken(found, known, wanted)
    if isinstance(way, InputProblem):
        return way
    scheme, useless = way.make(), _useless(way, found)
    if isinstance(scheme, InputProblem):
        return scheme
    if useless is not None:
        return useless
    others = (f"{one.kind} ({one.source})" for one in known if one is not way)
    return SignIn(scheme, way.source, (*others, *overruled))


def _taken(
    found: Found, known: tuple[Way, ...], wanted: AuthType | None
) -> Way | InputProblem:
    """The way to take, of those that are *known*."""
    if wanted is None:
        candidates = _strongest(known)
        if len(candidates) > 1:
            return _two(candidates)
        if not candidates:
            return nowhere.nothing(found.environ, fork=found.fork)
    else:
        candidates = [way for way in known if way.kind is wanted]
        if not candidates:
            return nowhere.not_set_up(wanted, found.environ, fork=found.fork)
    return max(candidates, key=lambda one: one.rank)


def _wanted(
    found: Found, known: tuple[Way, ...]
) -> tuple[AuthType | InputProblem | None, tuple[str, ...]]:
    """The kind that was asked for; words, where what was set up is stronger."""
    given = found.given.get(access.AUTH_TYPE.name)
    wanted, best = found.part(access.AUTH_TYPE), _strongest(known)
    weaker = given is not None and any(given.rank < way.rank for way in best)
    if given is not None and weaker and wanted not in {way.kind for way in best}:
        return None, (f"auth-type ({given.source})",)
    return wanted, ()


def _useless(way: Way, found: Found) -> InputProblem | None:
    """An input that the chosen way does not use; it would be ignored."""
    for one, kinds in _OF_SOME:
        given = found.given.get(one.name)
        if given is None or given.rank < Rank.INPUT or way.kind in kinds:
            continue
        what = f"It is of no use here: the step signs in by `{way.kind}`."
        return InputProblem(one.name, what, "Leave it out.")
    return None


def _strongest(known: tuple[Way, ...]) -> list[Way]:
    """The ways of the highest level; of what a CI offers, the first."""
    highest = max((way.rank for way in known), default=Rank.UNFIT)
    best = [way for way in known if way.rank is highest]
    if highest is Rank.UNFIT:
        return []
    return best[:1] if highest is Rank.AMBIENT else best


def _two(best: list[Way]) -> InputProblem:
    names = " and ".join(f"{way.named} ({way.source})" for way in best)
    return InputProblem(
        access.AUTH_TYPE.name,
        f"More than one way to sign in is set up: {names}.",
        f"Give one of them, or say which: `auth-type: {best[0].kind}`.",
    )
