"""
Nothing in the checkout, in HOME or in the environment changes what the step does.

The checkout may be a stranger's pull request and is the working directory; HOME is
shared with every other container step of the job; the environment is whatever the
workflow and the steps before this one have set.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dlt_action.standin import Workspace
from tests.container.conftest import TOKEN, Step

pytestmark = pytest.mark.container

SHADOWS = (
    "requests.py",
    "json.py",
    "ssl.py",
    "tenacity.py",
    "urllib3/__init__.py",
    "sitecustomize.py",
    "usercustomize.py",
    "dlt_action/__init__.py",
    "lib/requests.py",
)
USER_SITE = ".local/lib/python3.13/site-packages"
ENVIRONMENT = {
    "PATH": "utter-nonsense",
    "LC_ALL": "xx_YY.nothing",
    "LANG": "C",
    "TZ": "Nowhere/At_All",
    "NETRC": "/github/home/.netrc",
    "REQUESTS_CA_BUNDLE": "/on/the/host/only.pem",
    "CURL_CA_BUNDLE": "/on/the/host/only.pem",
    "SSL_CERT_FILE": "/on/the/host/only.pem",
    "SSLKEYLOGFILE": "/github/workspace/POISONED-keys",
    "OPENSSL_CONF": "/github/workspace/POISON-openssl.cnf",
    "LD_LIBRARY_PATH": "/opt/hostedtoolcache/Python/lib",
    "PYTHONPATH": "/github/workspace:",
    "PYTHONHOME": "/on/the/host",
    "PYTHONSTARTUP": "/github/workspace/sitecustomize.py",
    "PYTHONUSERBASE": "/github/home/.local",
    "PYTHONWARNINGS": "error",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONINSPECT": "1",
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONSAFEPATH": "",
    "PYTHONOPTIMIZE": "2",
    "PYTHONTRACEMALLOC": "25",
    "PYTHONFAULTHANDLER": "1",
    # Obeyed even by an isolated Python: it looks there for its standard library.
    "PYTHONEXECUTABLE": "/github/workspace/POISON/bin/python",
    "__PYVENV_LAUNCHER__": "/github/workspace/POISON/bin/python",
}


def poison(folder: Path, name: str) -> None:
    """Put a module there that leaves a mark when it is run, and then breaks."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    mark = f"/github/workspace/POISONED-{name.replace('/', '-')}"
    target.write_text(f"open({mark!r}, 'w').close()\nraise SystemExit(99)\n")


def succeeded(step: Step, *, log: str) -> None:
    """Assert that the step did what it does on a quiet machine."""
    outputs = step.outputs()
    assert (outputs["result"], outputs["ok"]) == ("succeeded", "true"), log
    assert [path.name for path in step.checkout.glob("POISONED-*")] == []


def test_modules_in_the_checkout_and_in_home_are_not_run(step: Step) -> None:
    for name in SHADOWS:
        poison(step.checkout, name)
    for name in ("usercustomize.py", "sitecustomize.py", "requests.py"):
        poison(step.home, f"{USER_SITE}/{name}")
    path_file = step.home / USER_SITE / "poison.pth"
    path_file.write_text("import usercustomize\n")
    (step.checkout / "pyvenv.cfg").write_text("home = /github/workspace\n")

    ended = step.run()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    succeeded(step, log=ended.stdout)


def test_the_environment_changes_nothing(step: Step, workspace: Workspace) -> None:
    for name in SHADOWS:
        poison(step.checkout, name)
    step.home.mkdir(parents=True)
    (step.home / ".netrc").write_text("default login poison password poison\n")
    step.environment.update(ENVIRONMENT)

    ended = step.run()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    succeeded(step, log=ended.stdout)
    signed = {
        {name.lower(): text for name, text in request.headers.items()}["authorization"]
        for request in workspace.requests
    }
    assert signed == {f"Bearer {TOKEN}"}


def test_nothing_is_left_in_the_checkout_or_in_home(step: Step) -> None:
    # Files of root would break the steps after this one.
    assert step.run().returncode == 0
    assert list(step.checkout.iterdir()) == []
    assert list(step.home.iterdir()) == []


def test_the_version_is_told_without_any_input(step: Step) -> None:
    ended = step.run("--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("dlt-action ")
