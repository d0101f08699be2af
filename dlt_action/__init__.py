"""Run a Databricks pipeline from CI and trust the answer."""

__version__ = "0.1.0"
__all__ = [
    "DltActionError",
    "InputProblem",
    "Inputs",
    "Misconfigured",
    "Result",
    "UpdateNotSuccessful",
    "UpdateResult",
    "__version__",
    "run_update",
]

TYPE_CHECKING = False  # as type checkers know it; `typing` takes long to import
if TYPE_CHECKING:
    from dlt_action.api import UpdateNotSuccessful, UpdateResult, run_update
    from dlt_action.core.model import Result
    from dlt_action.errors import DltActionError, InputProblem, Misconfigured
    from dlt_action.inputs import Inputs

# Found when they are asked for: whoever starts the program has to handle signals before
# anything slow is imported, and all of the program is below this.
_WHERE = {
    "DltActionError": "errors",
    "InputProblem": "errors",
    "Inputs": "inputs",
    "Misconfigured": "errors",
    "Result": "core.model",
    "UpdateNotSuccessful": "api",
    "UpdateResult": "api",
    "run_update": "api",
}


def __getattr__(name: str) -> object:
    """Import what the API consists of, at its first use."""
    if name not in _WHERE:
        raise AttributeError(f"there is no `{name}` in {__name__}")
    from importlib import import_module  # noqa: PLC0415 - not at the start, either

    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    """What there is, for who explores it."""
    return sorted({*globals(), *__all__})
