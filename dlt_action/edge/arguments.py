"""The words after a command that has arguments of its own, and no inputs."""

from __future__ import annotations

import argparse
from typing import NoReturn

from dlt_action.errors import InputProblem, Misconfigured


class Arguments(argparse.ArgumentParser):
    """An argument parser whose complaint is an error of ours."""

    def error(self, message: str) -> NoReturn:
        """Raise `Misconfigured`."""
        raise wrong(message)


def wrong(what: str) -> Misconfigured:
    """The error that says *what* is wrong with the arguments."""
    return Misconfigured((InputProblem("arguments", f"{what}.", "See --help."),))
