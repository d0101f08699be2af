"""
One run, from its inputs to its end: what the command line and the Python API share.

`prepare` starts nothing, and raises what is wrong with the inputs. `play` always comes
to an end that is told, whatever goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from dlt_action import __version__
from dlt_action.composing import Listen, compose, enter
from dlt_action.core.record import Asked, Record
from dlt_action.core.verdicts import crashed
from dlt_action.errors import InputProblem, OutputsUnwritable
from dlt_action.lean import dataclass
from dlt_action.settings.credentials import expires_at
from dlt_action.settings.model import Reporting, Settings
from dlt_action.story import import_the_rest, run
from dlt_action.world import Desk, World


@dataclass(frozen=True, slots=True)
class Ready:
    """A run that can begin."""

    settings: Settings
    world: World


def prepare(  # noqa: PLR0913 - all that comes from outside
    argv: Sequence[str],
    environ: Mapping[str, str],
    desk: Desk,
    listen: Listen,
    *,
    began: float,
    known: Iterable[InputProblem] = (),
) -> Ready:
    """
    Read the inputs, and put together what a run needs; nothing is started.

    Raises `Misconfigured` with all that is wrong, what is *known* already included.
    """
    door = enter(argv, environ, desk.root, known)
    mask(door.settings, desk)
    world = compose(door, desk, listen, began=began, meanwhile=import_the_rest)
    return Ready(door.settings, world)


def play(ready: Ready) -> int:
    """Play the story; the exit code. Raises `OutputsUnwritable` before the start."""
    settings, world = ready.settings, ready.world
    for warning in expiry(settings, world.wall()):
        world.desk.writer.say(f"warning: {warning}")
    try:
        return run(settings, world)
    except OutputsUnwritable:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours has an ending too
        return crash(error, world.explain, settings.reporting, world.desk)


def mask(settings: Settings, desk: Desk) -> None:
    """Hide every secret that was given, before anything is said."""
    for secret in settings.access.secrets:
        desk.ci.mask(secret)


def expiry(settings: Settings, now: datetime) -> Iterator[str]:
    """A warning where a token that is not renewed is a JWT that ends too early."""
    bound = settings.access.scheme.bounded_by
    ends = None if bound is None else expires_at(bound)
    if ends is None:
        return
    if (ends - now).total_seconds() < settings.patience.timeout:
        yield (
            f"The token ends at {ends:%Y-%m-%d %H:%M} UTC, before the timeout, and is"
            " not renewed: an update that runs longer cannot be followed to its end."
        )


def crash(
    error: Exception,
    explain: Callable[[Exception], None],
    reporting: Reporting,
    desk: Desk,
) -> int:
    """Report a bug of ours; what is in it is told by *explain*, to who debugs."""
    from dlt_action.publishing import publish  # noqa: PLC0415 - see `story.run`

    explain(error)
    record = Record(Asked(version=__version__), (crashed(error).outcome(),))
    return publish(record, reporting, desk)
