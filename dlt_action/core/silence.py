"""The words where the API tells no more of what is followed: no verdict about it."""

from __future__ import annotations

from dlt_action.core.exchange import Rejected
from dlt_action.core.model import Result
from dlt_action.core.verdicts import Verdict
from dlt_action.core.words import duration
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed, for sentences: an update, or a job run."""

    noun: str
    named: str  # its id

    def __str__(self) -> str:
        """Say which."""
        return f"{self.noun} {self.named}"

    @property
    def no_verdict(self) -> str:
        """What the ending is not, and where the truth is."""
        return f"Look at its page: this is no verdict about the {self.noun}."


def lost_access(what: Followed, rejected: Rejected) -> Verdict:
    """401 or 403 in the middle of the run, or a sign-in that was not renewed."""
    problem = rejected.sign_in
    if problem is not None:
        return Verdict(
            result=Result.UNAUTHORIZED,
            reason=f"The sign-in could not be renewed while following {what}."
            f" {problem.what} It may still be running.",
            advice=f"{what.no_verdict}\n{problem.advice}",
            server_said=problem.said,
            paste=problem.paste,
            signing_in=True,
        )
    return Verdict(
        result=Result.UNAUTHORIZED,
        reason=f"Lost access (HTTP {rejected.status}) while following {what}."
        " It may still be running.",
        advice="The token may have expired or the permission been taken away in the"
        f" meantime. {what.no_verdict}",
        server_said=rejected.reason,
    )


def refusing(what: Followed, seconds: float, rejected: Rejected) -> Verdict:
    """The API answers, and refuses to tell about it."""
    return Verdict(
        result=Result.UNREACHABLE,
        reason=f"The API refused to tell about {what} for {duration(seconds)}"
        f" (HTTP {rejected.status}). It may still be running.",
        advice=what.no_verdict,
        server_said=rejected.reason,
    )


def away(what: Followed, last: str, seconds: float, reason: str) -> Verdict:
    """The API stayed away past the grace; *last* says how it was, if it had ended."""
    told = last if last else "It may still be running."
    return Verdict(
        result=Result.UNREACHABLE,
        reason=f"The API did not answer for {duration(seconds)} while following {what}."
        f" {told}",
        advice=what.no_verdict,
        server_said=reason,
    )
