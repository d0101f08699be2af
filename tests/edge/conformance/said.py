"""Faults of what is said: statuses, headers, and bodies that are not the API's."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.edge.channel import LARGEST_BODY
from tests.edge.conformance.broken import then
from tests.edge.conformance.doors import STRANGER
from tests.edge.conformance.faults import Fault, Proof, answers
from tests.edge.wires import Peer

WHY = b'{"error_code": "SOME_CODE", "message": "for a reason"}'
PAGE = b"<html><body>Sign in</body></html>"
HTML = "text/html"


def status(
    name: str,
    line: str,
    proof: Proof,
    *headers: str,
    body: bytes = WHY,
    kind: str = "application/json",
) -> Fault:
    """An answer with this status line."""
    return Fault(
        name=name,
        proof=proof,
        play=answers(body, *headers, status=line, kind=kind),
        status=int(line[:3]),
    )


def lost(name: str, line: str, *headers: str, body: bytes = WHY) -> Fault:
    """A status of which nothing follows."""
    return status(name, line, Proof.LOST, *headers, body=body)


BUSY = (
    lost("500", "500 Internal Server Error"),
    lost("501", "501 Not Implemented"),
    lost("502", "502 Bad Gateway"),
    lost("503", "503 Service Unavailable"),
    lost("504", "504 Gateway Timeout"),
    lost("520", "520 Unknown"),
    lost("408", "408 Request Timeout"),
    lost("500-without-a-body", "500 Internal Server Error", body=b""),
    status("502-page", "502 Bad Gateway", Proof.LOST, body=PAGE, kind=HTML),
    status("503-page", "503 Service Unavailable", Proof.LOST, body=PAGE, kind=HTML),
)
THROTTLED = (
    status("429", "429 Too Many Requests", Proof.THROTTLED),
    status("429-page", "429 Slow Down", Proof.THROTTLED, body=PAGE, kind=HTML),
    status("429-without-a-body", "429 Slow Down", Proof.THROTTLED, body=b""),
)
REFUSED = (
    status("400", "400 Bad Request", Proof.REFUSED),
    status("401", "401 Unauthorized", Proof.REFUSED),
    status("403", "403 Forbidden", Proof.REFUSED),
    status("404", "404 Not Found", Proof.REFUSED),
    status("405", "405 Method Not Allowed", Proof.REFUSED),
    status("412", "412 Precondition Failed", Proof.REFUSED),
    status("422", "422 Unprocessable Content", Proof.REFUSED),
)
# Of a proxy, by the look of it: but a read that is forbidden is so whoever says it.
FORBIDDEN_PAGES = (
    status("401-page", "401 Unauthorized", Proof.LOST, body=PAGE, kind=HTML),
    status("403-page", "403 Forbidden", Proof.LOST, body=PAGE, kind=HTML),
)
PAGES = (
    status("400-page", "400 Bad Request", Proof.LOST, body=PAGE, kind=HTML),
    status("404-page", "404 Not Found", Proof.LOST, body=PAGE, kind=HTML),
    lost("404-without-a-word", "404 Not Found", body=b"{}"),
)


def redirect(line: str) -> Fault:
    """A redirect to a stranger who listens."""
    name = f"redirect-{line[:3]}"

    def play(peer: Peer) -> None:
        location = f"Location: http://{STRANGER}:{peer.wire.port}/login?session=secret"
        answers(b"", location, status=line)(peer)

    return Fault(name=name, proof=Proof.REDIRECTED, play=play, status=int(line[:3]))


REDIRECTED = (
    redirect("301 Moved Permanently"),
    redirect("302 Found"),
    redirect("303 See Other"),
    redirect("307 Temporary Redirect"),
    redirect("308 Permanent Redirect"),
    status(
        "redirect-to-nowhere", "307 Again", Proof.REDIRECTED, "Location: http://[::1"
    ),
    status("redirect-without-a-place", "302 Found", Proof.REDIRECTED),
)


def body(
    name: str, said: bytes, *headers: str, kind: str = "application/json"
) -> Fault:
    """A 200 whose body is not what the API says."""
    return status(name, "200 OK", Proof.LOST, *headers, body=said, kind=kind)


BODIES = (
    body("a-login-page", PAGE, kind=HTML),
    body("json-as-text", b"{}", kind="text/plain"),
    body("json-as-nothing", b"{}", kind=""),
    body("a-list", b"[]"),
    body("a-text", b'"COMPLETED"'),
    body("a-number", b"7"),
    body("null", b"null"),
    body("half-a-json", b'{"update_id": "0f0e0d0c-'),
    body("json-and-more", b'{} {"update_id": "x"}'),
    body("one-key-twice", b'{"state": "FAILED", "state": "COMPLETED"}'),
    body("one-key-twice-inside", b'{"update": {"state": "A", "state": "B"}}'),
    body("nan", b'{"a": NaN}'),
    body("infinity", b'{"a": -Infinity}'),
    body("deep", b"[" * 100_000),
    body("deep-objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    body("a-long-number", b'{"a": %s}' % (b"9" * 5000)),
    body("latin-1", '{"a": "é"}'.encode("latin-1")),
    body("utf-16", '{"a": "b"}'.encode("utf-16")),
    body("a-byte-order-mark", b"\xef\xbb\xbf{}"),
    body("single-quotes", b"{'a': 1}"),
    body("a-comment", b'{"a": 1} // fine'),
    status("204", "204 No Content", Proof.LOST, body=b""),
    status("202-page", "202 Accepted", Proof.LOST, body=PAGE, kind=HTML),
    Fault(
        name="larger-than-anybody-needs",
        proof=Proof.LOST,
        play=answers(b" " * (LARGEST_BODY + 1)),
        oversized=True,
        status=200,
    ),
)

# What any call has to bear; the bodies are for the reader that all calls share.
COMMON = (*BUSY, *THROTTLED, *REFUSED, *FORBIDDEN_PAGES, *PAGES, *REDIRECTED)
SAID = (*COMMON, *BODIES)


def shown(text: str) -> str:
    """*text* as it must be handed over to leave as UTF-8."""
    return text.encode().decode("latin-1")


NOON = "Date: Tue, 01 Sep 2026 12:00:00 GMT"
DAY = "Tue, 01 Sep 2026"

# What a server may say about when to come back, and the seconds to believe.
RETRY_AFTER: tuple[tuple[str, tuple[str, ...], float | None], ...] = (
    ("0", ("0",), 0),
    ("1", ("1",), 1),
    ("7", ("7",), 7),
    ("with-zeros", ("0007",), 7),
    ("with-blanks", ("  9\t",), 9),
    ("90", ("90",), 90),
    ("120", ("120",), 120),
    ("121", ("121",), 120),
    ("a-day", ("86400",), 120),
    ("nine-digits", ("999999999",), 120),
    ("eleven-digits", ("99999999999",), None),
    ("twenty-digits", ("9" * 20,), None),
    ("minus", ("-5",), None),
    ("plus", ("+5",), None),
    ("a-fraction", ("7.5",), None),
    ("an-exponent", ("1e2",), None),
    ("hexadecimal", ("0x10",), None),
    ("underscored", ("1_0",), None),
    ("nan", ("NaN",), None),
    ("infinity", ("inf",), None),
    ("a-superscript", ("\xb2",), None),
    ("devanagari", (shown("१२"),), None),
    ("full-width", (shown("\uff17"),), None),
    ("nothing", ("",), None),
    ("a-unit", ("7 s",), None),
    ("a-list", ("7, 9",), None),
    ("twice", ("7", "9"), None),
    ("a-date", (f"{DAY} 12:00:17 GMT",), 17),
    ("a-date-that-passed", (f"{DAY} 11:59:00 GMT",), 0),
    ("a-date-in-2099", ("Tue, 01 Sep 2099 12:00:00 GMT",), 120),
    ("a-date-in-another-zone", (f"{DAY} 14:00:17 +0200",), 17),
    ("an-old-date", ("Tuesday, 01-Sep-26 12:00:17 GMT",), 17),
    ("a-date-of-no-zone", (f"{DAY} 12:00:17",), None),
    ("a-date-of-c", ("Tue Sep  1 12:00:17 2026",), None),
    ("a-date-that-is-none", ("Tue, 41 Sep 2026 12:00:17 GMT",), None),
    ("the-year-0", ("Tue, 01 Sep 0000 12:00:17 GMT",), None),
    ("a-word", ("soon",), None),
)


def asks_to_wait(code: int) -> Iterator[Fault]:
    """A status with each form of Retry-After."""
    for name, values, hint in RETRY_AFTER:
        headers = (NOON, *(f"Retry-After: {value}" for value in values))
        yield Fault(
            name=f"{code}-retry-after-{name}",
            proof=Proof.THROTTLED if code == 429 else Proof.LOST,
            play=answers(WHY, *headers, status=f"{code} Later"),
            status=code,
            hint=hint,
        )
    yield Fault(
        name=f"{code}-retry-after-a-date-without-a-date",
        proof=Proof.THROTTLED if code == 429 else Proof.LOST,
        play=answers(WHY, f"Retry-After: {DAY} 12:00:17 GMT", status=f"{code} Later"),
        status=code,
    )


def endless_redirect(peer: Peer) -> None:
    """Point elsewhere, and never stop explaining it."""
    head = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"
    then(head, do=_floods)(peer)


def _floods(peer: Peer) -> None:
    while True:
        peer.send(b" " * 65536)
