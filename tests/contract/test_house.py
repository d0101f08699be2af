"""
The rules of the house that no off-the-shelf linter knows.

Each rule is a function of one parsed module that yields what breaks it; each test runs
one rule over the modules it is for and shows every offence with file and line.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "dlt_action"
Rule = Callable[[ast.Module], Iterator[tuple[ast.AST, str]]]


def modules(*folders: str) -> list[Path]:
    """Every Python module in *folders* and the scripts at the top."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted([*found, ROOT / "entrypoint.py", ROOT / "post.py"])


def offences(rule: Rule, paths: list[Path]) -> list[str]:
    """What breaks *rule* in the modules *paths*, as `file:line: what`."""
    return [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}: {what}"
        for path in paths
        for node, what in rule(ast.parse(path.read_text("utf-8"), str(path)))
    ]


def outside(*rooms: str) -> list[Path]:
    """Modules of the package that lie in none of *rooms*."""
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if not any(
            path.relative_to(PACKAGE).is_relative_to(room.rstrip("/")) for room in rooms
        )
    ]


def dotted(node: ast.AST) -> str:
    """Return the name that an expression spells, such as `time.time`, or nothing."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
        case _:
            return ""


def uses(*forbidden: str) -> Rule:
    """Make a rule that the dotted names *forbidden* are not used, nor imported."""

    def rule(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
        for node in ast.walk(module):
            match node:
                case ast.Name() | ast.Attribute() if dotted(node) in forbidden:
                    yield node, dotted(node)
                case ast.ImportFrom(module=source, names=names):
                    for alias in names:
                        if f"{source}.{alias.name}" in forbidden:
                            yield node, f"{source}.{alias.name}"
                case _:
                    pass

    return rule


def functions(module: ast.Module) -> Iterator[tuple[ast.FunctionDef, int]]:
    """Every function with its length in lines."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1


def long_functions(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Functions of more than 45 lines."""
    for node, length in functions(module):
        if length > 45:
            yield node, f"{node.name} has {length} lines"


def test_no_function_is_longer_than_a_screen() -> None:
    paths = modules("dlt_action", "benchmarks", "tests", "tools")
    assert offences(long_functions, paths) == []


def test_no_module_is_longer_than_300_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in modules("dlt_action")
    }
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_half_of_the_functions_are_no_longer_than_8_lines() -> None:
    lengths = [
        length
        for path in modules("dlt_action")
        for _, length in functions(ast.parse(path.read_text("utf-8")))
    ]
    assert median(lengths) <= 8


def test_only_the_writer_prints() -> None:
    assert offences(uses("print"), outside("edge/writer.py", "standin")) == []
    # The command line hands the writer its stream.
    silent = outside("cli.py", "edge/writer.py", "standin")
    assert offences(uses("sys.stdout", "sys.stderr"), silent) == []


def test_core_and_reports_open_no_file() -> None:
    # Pure paths are text; the layers forbid every other module that could.
    rooms = [*(PACKAGE / "core").rglob("*.py"), *(PACKAGE / "reports").rglob("*.py")]
    assert offences(uses("open", "pathlib.Path"), sorted(rooms)) == []


def strangers(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield imports from outside the standard library, ourselves and the allowed."""
    allowed = {"dlt_action", "requests", "tenacity", "urllib3"}  # urllib3: by requests
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                sources = [alias.name for alias in names]
            case ast.ImportFrom(module=str() as source):
                sources = [source]
            case _:
                sources = []
        for source in sources:
            if source.split(".")[0] not in allowed | sys.stdlib_module_names:
                yield node, source


def test_two_packages_are_all_that_is_needed_at_run_time() -> None:
    assert offences(strangers, modules("dlt_action")) == []


def test_no_duration_is_measured_on_the_wall_clock() -> None:
    # The stand-in stamps its events with it, and the demo hands it in.
    rooms = outside("demo.py", "standin")
    assert offences(uses("time.time", "time.time_ns"), rooms) == []


def test_only_the_edge_and_who_hands_it_in_know_what_day_it_is() -> None:
    wall_clock = uses(
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.date.today",
    )
    # The log's clock is made with the writer, everything else where parts are put
    # together.
    handing = ("cli.py", "composing.py")
    assert offences(wall_clock, outside(*handing, "edge", "standin")) == []


def test_only_the_command_line_reads_the_environment_and_exits() -> None:
    environment = uses("os.environ", "os.getenv")
    process = uses("sys.argv", "sys.exit", "os._exit", "signal.signal")
    doors = ("cli.py", "__main__.py", "standin/__main__.py")
    # Who calls the API may hand in an environment of another kind.
    assert offences(environment, outside(*doors, "api.py")) == []
    handlers = ("edge/interrupts.py", "demo.py")
    assert offences(process, outside(*doors, *handlers)) == []


def test_no_retry_of_tenacity_decides_by_what_an_error_is_not() -> None:
    # They would also repeat KeyboardInterrupt, SystemExit and MemoryError.
    negated = uses(
        "tenacity.retry_if_not_exception_type",
        "tenacity.retry_if_not_exception_message",
        "tenacity.retry_if_not_result",
        "tenacity.retry_unless_exception_type",
        "retry_if_not_exception_type",
        "retry_if_not_exception_message",
        "retry_unless_exception_type",
    )
    assert offences(negated, modules("dlt_action", "benchmarks", "tools")) == []


def bare_retries(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Retrying with tenacity's defaults: any exception, at once and for ever."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if dotted(decorator) in {"retry", "tenacity.retry"}:
                    yield decorator, f"bare @retry on {node.name}"
        makes = {"Retrying", "retry", "tenacity.Retrying", "tenacity.retry"}
        if isinstance(node, ast.Call) and dotted(node.func) in makes:
            missing = {"retry", "stop", "wait"} - {word.arg for word in node.keywords}
            if missing:
                yield node, f"{dotted(node.func)} without {sorted(missing)}"


def test_every_retry_says_what_it_repeats_how_often_and_when() -> None:
    assert offences(bare_retries, modules("dlt_action")) == []


def body_readers(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Take a body by a shortcut that knows neither a size nor a deadline."""
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Attribute(attr="json"), args=[]):
                yield node, ".json()"
            case ast.Attribute(value=ast.Name(id=name), attr="text" | "content") if (
                name in {"response", "resp", "reply"}
            ):
                yield node, f"{name}.{node.attr}"
            case _:
                pass


def test_only_the_edge_reads_the_body_of_a_response() -> None:
    assert offences(body_readers, outside("edge", "standin")) == []


def redirects(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Following a redirect: credentials and bodies would go where it points."""
    for node in ast.walk(module):
        match node:
            case ast.keyword(arg="allow_redirects", value=ast.Constant(value=False)):
                pass
            case ast.keyword(arg="allow_redirects"):
                yield node, "allow_redirects"
            case _:
                pass


def test_no_redirect_is_followed() -> None:
    assert offences(redirects, modules("dlt_action")) == []


def sessions(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Make a session, or ask without one."""
    shortcuts = {
        f"requests.{verb}"
        for verb in ("get", "post", "put", "patch", "delete", "head", "request")
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in shortcuts or name.split(".")[-1] == "Session":
                yield node, name


def test_only_the_sender_makes_a_session() -> None:
    assert offences(sessions, outside("edge/sender.py")) == []


def defaulting_with_or(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """`x or 30`: a zero that somebody gave would be lost (`x or 0` loses none)."""
    for node in ast.walk(module):
        match node:
            case ast.BoolOp(
                op=ast.Or(), values=[*_, ast.Constant(value=int() | float() as default)]
            ) if default:
                yield node, f"or {default!r}"
            case _:
                pass


def test_no_number_is_defaulted_with_or() -> None:
    assert offences(defaulting_with_or, modules("dlt_action")) == []


def loose_dataclasses(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Dataclasses whose attributes could be invented while running."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                words = {word.arg for word in call.keywords} if call else set()
                name = dotted(call.func if call else decorator)
                if name.endswith("dataclass") and "slots" not in words:
                    yield node, f"{node.name} has no slots"


def test_every_dataclass_has_slots() -> None:
    assert offences(loose_dataclasses, modules("dlt_action")) == []


# A code, then a dash and the reason; or the reason as a comment on the line above.
EXPLAINED = re.compile(
    r"# (noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\]|pragma: no cover) +(--?|#) \w"
)
SILENCED = re.compile(r" # (noqa|type: ignore|pragma: no cover)")


def test_every_silenced_check_says_why() -> None:
    silenced = []
    for path in modules("dlt_action", "benchmarks", "tests", "tools"):
        lines = ["", *path.read_text("utf-8").splitlines()]
        silenced += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            for number, (above, line) in enumerate(pairwise(lines), 1)
            if SILENCED.search(line)
            and not EXPLAINED.search(line)
            and not above.strip().startswith("# ")
        ]
    assert silenced == []


def tracked() -> list[Path]:
    """Every file under version control, or all of them where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def test_no_file_speaks_of_the_machine_it_was_written_on() -> None:
    # Spelled apart, so that this file does not find itself.
    elsewhere = ("/wo" + "rk/", "sha" + "red/", "file" + "s.pythonhosted")
    spoken = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        for word in elsewhere
        if word.encode() in path.read_bytes()
        and (path.relative_to(ROOT).as_posix(), word)
        != (".ci/run", "sha" + "red/")  # it says itself when that is not there
    ]
    assert spoken == []
