"""
The ways to sign in that are set up, each with where that was found.

A way is found by what marks it: a token, a secret, an identity.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Federation, OAuthM2M, Pat, Scheme
from dlt_action.errors import InputProblem
from dlt_action.settings import access, ambient, azure, nowhere
from dlt_action.settings.found import Found, Make, Way, shown
from dlt_action.settings.reading import Rank


def ways(found: Found) -> Iterator[Way]:
    """All ways that are set up, in the order of Databricks' unified authentication."""
    token, given = found.part(access.TOKEN), found.given.get(access.TOKEN.name)
    if token is not None and given is not None:
        yield Way(AuthType.PAT, given.rank, shown(given), lambda: _pat(token))
    yield from _secret(found)
    yield from _federation(found)
    yield from azure.ways(found)


def _pat(token: str | InputProblem) -> Scheme | InputProblem:
    return token if isinstance(token, InputProblem) else Pat(token)


def _secret(found: Found) -> Iterator[Way]:
    pair = found.pair(access.CLIENT_ID, access.CLIENT_SECRET)
    secret = found.part(access.CLIENT_SECRET)
    if secret is None or pair.secret is None:
        return

    def make() -> Scheme | InputProblem:
        client = pair.identifier_for(access.CLIENT_ID, access.CLIENT_SECRET)
        if isinstance(client, InputProblem):
            return client
        if isinstance(secret, InputProblem):
            return secret
        return OAuthM2M(client, secret)

    yield Way(AuthType.OAUTH_M2M, pair.rank, shown(pair.secret), make)


def _federation(found: Found) -> Iterator[Way]:
    alone = found.pair(access.CLIENT_ID, access.CLIENT_SECRET).alone
    offers = (
        *ambient.told(found.environ),
        *ambient.told_by(found.profile, found.environ),
        *ambient.offered(found.environ),
    )
    best = max((offer.rank for offer in offers), default=Rank.UNFIT)
    for offer in offers:
        rank, source = offer.rank, offer.source
        if alone is not None and rank is best:
            rank = max(rank, alone.rank)
            source = f"{shown(alone)} and {source}"
        yield Way(offer.kind, rank, source, _federated(offer, found))
    if alone is not None and not offers:
        # That it is missing is told only if this is the way that would be taken.
        yield Way(
            AuthType.GITHUB_OIDC,
            alone.rank,
            shown(alone),
            lambda: nowhere.no_identity(
                access.CLIENT_ID.name, found.environ, fork=found.fork
            ),
            label="a `client-id` that stands alone",
        )


def _federated(offer: ambient.Offer, found: Found) -> Make:
    def make() -> Scheme | InputProblem:
        client, audience = (
            found.part(access.CLIENT_ID),
            found.part(access.OIDC_AUDIENCE),
        )
        if isinstance(offer.identity, InputProblem):
            return offer.identity
        if isinstance(client, InputProblem):
            return client
        if isinstance(audience, InputProblem):
            return audience
        return Federation(identity=offer.identity, client_id=client, audience=audience)

    return make
