"""
Carrying the requests of a sign-in, to those whom its scheme names and to nobody else.

What travels here are secrets that last for months. Where to is decided by pure code
that checked every address; this checks again, at the last door before the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dlt_action.core.addresses import in_a_zone, is_address
from dlt_action.core.reply import Answer, Fault, FaultKind
from dlt_action.core.signin.steps import Ask, Text
from dlt_action.edge.channel import Channel, user_agent
from dlt_action.edge.trust import Carried, origin

LARGEST_FILE = 64 * 1024  # bytes; an identity token is about two of these thousands


class Courier:
    """Asks, over the connections of whoever needs a credential."""

    def __init__(
        self,
        channel: Channel,
        places: Iterable[str],
        *,
        agent: tuple[str, ...],
        proxies: Callable[[str], Mapping[str, str]],
    ) -> None:
        """Ask at the origins of *places*; *proxies* tells those for an address."""
        self._channel = channel
        self._origins = frozenset(origin(place) for place in places)
        self._agent = agent
        self._proxies = proxies

    def __call__(self, ask: Ask, within: float) -> Answer | Fault:
        """Exchange *ask* in about *within* seconds."""
        if not self._may_go(ask.url):
            return Fault(FaultKind.UNSENDABLE, "not an address of this sign-in")
        authorization = ask.authorization
        signed = () if authorization is None else [("Authorization", authorization)]
        headers = {"Accept": "application/json", "User-Agent": user_agent(self._agent)}
        if ask.content_type is not None:
            headers["Content-Type"] = ask.content_type
        return self._channel.exchange(
            ask.method.value,
            ask.url,
            within=within,
            auth=Carried(signed, ask.url),
            proxies=self._proxies(ask.url),
            params=list(ask.query),
            data=None if ask.form is None else list(ask.form),
            headers=headers,
        )

    def _may_go(self, url: str) -> bool:
        if not is_address(url):  # two parsers may read two hosts in it
            return False
        # A token endpoint that a workspace names may be another host of Databricks.
        return origin(url) in self._origins or in_a_zone(url)


def read_text(
    path: str,
    most: int = LARGEST_FILE,
    opener: Callable[[str, int], int] | None = None,
) -> Text:
    """The text of a file of at most so many bytes, or why there is none."""
    try:
        with open(path, "rb", opener=opener) as file:
            raw = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        return Text(cause=str(error.strerror), missing=True)
    except OSError as error:
        return Text(cause=error.strerror if error.strerror else "it cannot be read")
    except ValueError:
        return Text(cause="it is no path")
    if len(raw) > most:
        return Text(cause="it is far too large")
    try:
        return Text(text=raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Text(cause="it is not text")
