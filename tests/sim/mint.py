"""
Who makes tokens, in the model: a token endpoint, the CI's identities, their troubles.

Written from RFC 6749 and the API's documentation, like the model workspace. A token is
good for as long as the answer said, unless the model ends it earlier; then the
workspace refuses it as real ones do, with a 401 or a 403.
"""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from math import inf
from urllib.parse import urlsplit

from dlt_action.core.reply import Answer, Reply
from dlt_action.core.signin.identities import GitHub
from dlt_action.core.signin.schemes import Federation, OAuthM2M, Scheme
from dlt_action.core.signin.steps import Ask
from tests.sim import mishaps as m
from tests.sim.agenda import Agenda, Dice
from tests.sim.mishaps import JSON_TYPE, Fate, Mishap, Weather
from tests.sim.orders import HOST

CLIENT, SECRET = "5b2f1c0e-6d3a", "dose-simulated-0123456789"
REQUEST_TOKEN = "simulated-request-token"
CI = "https://ci.example/idtoken?api-version=2.0"
UNTOLD = 300.0  # what a client may count on where nothing is told

# Troubles that say nothing about who we are.
PASSING = (m.UNSENT, m.LOST, m.BROKEN, m.THROTTLES)
# And those that a client cannot tell from a refusal.
REFUSING = (m.REFUSALS, m.GARBLED, m.HOPELESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """How signing in is going to go, the whole run long."""

    github: bool = False  # identities of a CI, else a secret
    life: float = 3600.0
    told: str = "number"  # number | text | nothing
    ends_after: float = 1.0  # of its life
    status: int = 401  # of a token that has ended
    share: float = 0.0
    burst: int = 1
    mishaps: tuple[Mishap, ...] = ()
    weather: tuple[Weather, ...] = ()
    revocations: tuple[float, ...] = ()
    wrong_secret: bool = False
    deleted: float = inf  # the principal is
    keeps_tokens: bool = False  # the deleted one, until they end
    forbidden: tuple[float, float] = (inf, inf)  # it may do nothing, from when to when
    leaves: tuple[str, int, str] | None = None  # somebody wants us gone at this ask
    leaves_at: float | None = None  # or then, when the first token has become stale

    @property
    def calm(self) -> bool:
        """Whether signing in never goes wrong."""
        trouble = self.share or self.weather or self.revocations or self.wrong_secret
        denied = min(self.deleted, self.forbidden[0]) < inf
        return not (trouble or denied) and self.ends_after == 1.0

    @property
    def scheme(self) -> Scheme:
        """How the program signs in."""
        if self.github:
            return Federation(identity=GitHub(CI, REQUEST_TOKEN), client_id=CLIENT)
        return OAuthM2M(CLIENT, SECRET)


@dataclass(eq=False, slots=True)
class Asked:
    """A request of a sign-in, and what came of it."""

    at: float
    kind: str  # config | oauth | ci | token
    fate: Fate | None
    reply: Reply
    came: float | None = None  # when the answer was there
    granted: str = ""  # the token in it
    denied: bool = False  # by the truth, and not by a mishap


@dataclass(eq=False, slots=True)
class Made:
    """A token, and how long it is good."""

    at: float
    told: float
    ends: float
    ended_early: bool = False


@dataclass(slots=True)
class Mint:
    """Makes tokens, and knows which are good."""

    agenda: Agenda
    tokens: Tokens
    dice: Dice
    asked: list[Asked] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    identities: list[str] = field(default_factory=list)  # that were exchanged
    _left: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for when in self.tokens.revocations:
            self.agenda.at(when, self.revoke)
        if not self.tokens.keeps_tokens:
            self.agenda.at(self.tokens.deleted, self.revoke)

    def revoke(self) -> None:
        """No token that was made so far is good any more."""
        now = self.agenda.now
        for made in self.made.values():
            if made.ends > now:
                made.ends, made.ended_early = now, True

    def refusal(self, token: str) -> Mishap | None:
        """How the workspace refuses a call with *token* now, if it does."""
        now, (since, until) = self.agenda.now, self.tokens.forbidden
        made = self.made.get(token)
        if made is None or made.ends <= now:
            return ENDED_401 if self.tokens.status == 401 else ENDED_403
        return FORBIDDEN if since <= now < until else None

    def ask(self, ask: Ask) -> Asked:
        """What comes of *ask*, which leaves now."""
        now, kind = self.agenda.now, kind_of(ask)
        fate = self._fate(kind, now)
        asked = Asked(now, kind, fate, Answer(200, JSON_TYPE, b"{}"))
        self.asked.append(asked)
        asked.reply = self._handle(ask, asked)
        if fate is not None:
            should = asked.reply.body if isinstance(asked.reply, Answer) else b"{}"
            asked.reply, asked.granted = fate.mishap.reply(should), ""
        return asked

    def _handle(self, ask: Ask, asked: Asked) -> Reply:
        match asked.kind:
            case "config":
                return _answer({"oidc_endpoint": f"{HOST}/oidc", "account_id": "a-1"})
            case "oauth":
                return _answer({"token_endpoint": f"{HOST}/oidc/v1/token"})
            case "ci":
                assert ask.authorization == f"Bearer {REQUEST_TOKEN}"
                number = sum(one.kind == "ci" for one in self.asked)
                return _answer({"value": _identity(number, self.agenda.now)})
            case _:
                return self._token(ask, asked)

    def _token(self, ask: Ask, asked: Asked) -> Reply:
        now, tokens = self.agenda.now, self.tokens
        form = dict(ask.form or ())
        if tokens.github:
            self.identities.append(form["subject_token"])
        else:
            sent = b64decode((ask.authorization or "").removeprefix("Basic "))
            assert sent.decode() == f"{CLIENT}:{SECRET}"
        if tokens.wrong_secret or now >= tokens.deleted:
            asked.denied = True
            return _answer(
                {"error": "invalid_client", "error_description": "nobody"}, 401
            )
        token = f"simulated-token-{len(self.made)}"
        self.made[token] = Made(now, tokens.life, now + tokens.life * tokens.ends_after)
        asked.granted = token
        body: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        if tokens.told != "nothing":
            text = tokens.told == "text"
            body["expires_in"] = str(int(tokens.life)) if text else int(tokens.life)
        return _answer(body)

    def _fate(self, kind: str, now: float) -> Fate | None:
        tokens, dice = self.tokens, self.dice
        for weather in tokens.weather:
            if weather.hits(kind, now):
                return Fate(dice.one_of(weather.mishaps))
        left = self._left.get(kind, 0)
        if left == 0 and not dice.often(tokens.share):
            return None
        self._left[kind] = left - 1 if left else dice.number(0, tokens.burst - 1)
        return Fate(dice.one_of(tokens.mishaps))


def kind_of(ask: Ask) -> str:
    """What a request of a sign-in is, in one word."""
    url = urlsplit(ask.url)
    if url.hostname == "ci.example":
        return "ci"
    if url.path == "/oidc/v1/token":
        return "token"
    return "config" if url.path.endswith("databricks-config") else "oauth"


def _answer(body: dict[str, object], status: int = 200) -> Answer:
    return Answer(status, JSON_TYPE, json.dumps(body).encode())


def _identity(number: int, now: float) -> str:
    said = {"jti": str(number), "iat": int(now), "exp": int(now) + 300}
    packed = urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"e30.{packed}.c2ln"


def _refusing(name: str, status: int, body: dict[str, object]) -> Mishap:
    refused = _answer(body, status)
    return Mishap(name, lambda _: refused, proof=True)


ENDED_401 = _refusing("token ended", 401, {"error_code": 401, "message": "not valid"})
ENDED_403 = _refusing(
    "token ended", 403, {"error_code": 403, "message": "Invalid access token."}
)
FORBIDDEN = _refusing(
    "forbidden", 403, {"error_code": "PERMISSION_DENIED", "message": "may not"}
)


# From a seed

SHARE = 0.3  # of the seeds sign in


def tokens_of(seed: int) -> Tokens | None:
    """How *seed* signs in; None where it has a token that does not end."""
    dice = Dice(seed + 11_000_003)
    if not dice.often(SHARE):
        return None
    life = dice.one_of((60.0, 60.0, 90.0, 150.0, 300.0, 300.0, 600.0, 3600.0))
    told = dice.one_of(("number", "number", "text", "nothing"))
    if told == "nothing":
        life = max(life, UNTOLD)
    base = Tokens(
        github=dice.often(0.5),
        life=life,
        told=told,
        ends_after=dice.between(0.15, 0.95) if dice.often(0.2) else 1.0,
        status=dice.one_of((401, 403)),
    )
    if dice.often(0.2):
        call = ("token", dice.number(1, 4), dice.one_of(("before", "after")))
        stale = life / 2 + dice.between(0.0, 8.0)
        often = dice.often(0.5)
        base = replace(base, leaves_at=stale) if often else replace(base, leaves=call)
    return base if dice.often(0.25) else _troubled(dice, base)


def _troubled(dice: Dice, base: Tokens) -> Tokens:
    found = base
    if dice.often(0.4):
        found = replace(
            found,
            share=dice.one_of((0.05, 0.15, 0.4)),
            burst=dice.one_of((1, 1, 3, 8)),
            mishaps=_kinds(dice),
        )
    if dice.often(0.5):
        storms = tuple(_storm(dice, base) for _ in range(dice.number(1, 3)))
        found = replace(found, weather=storms)
    if dice.often(0.3):
        when = tuple(dice.between(0.0, 300.0) for _ in range(dice.number(1, 3)))
        found = replace(found, revocations=when)
    denial = dice.random()
    if denial < 0.03:
        return replace(found, wrong_secret=True)
    if denial < 0.08:
        return replace(
            found, deleted=dice.between(0.0, 200.0), keeps_tokens=dice.often(0.5)
        )
    if denial < 0.16:
        since = dice.between(0.0, 150.0)
        lasts = dice.one_of((2.0, dice.between(1.0, 60.0), inf))
        return replace(found, forbidden=(since, since + lasts))
    return found


def _kinds(dice: Dice) -> tuple[Mishap, ...]:
    if dice.often(0.8):
        return dice.one_of((*PASSING, sum(PASSING, ())))
    return dice.one_of(REFUSING)


def _storm(dice: Dice, base: Tokens) -> Weather:
    near = dice.one_of((base.life / 2, max(base.life - 40.0, base.life / 2), 0.0))
    since = near + dice.between(-5.0, 5.0) if dice.often(0.5) else dice.between(0, 300)
    lasts = dice.one_of((dice.between(1.0, 30.0), dice.between(30.0, 300.0), 240.0))
    names = _kinds(dice)
    if dice.often(0.1):
        names, lasts = dice.one_of(REFUSING), dice.one_of((2.0, 5.0, lasts))
    kinds = frozenset(dice.one_of(((), ("token",), ("ci",), ("config", "oauth"))))
    return Weather(max(since, 0.0), max(since, 0.0) + lasts, names, kinds)
