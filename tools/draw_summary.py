"""
Draw step summaries as GitHub does, pictures included, and judge what a browser shows.

    python -m tools.draw_summary IN.md OUT.png [light|dark [HEIGHT]]
    python -m tools.draw_summary --gallery FOLDER
    python -m tools.draw_summary --hostile

The first draws one summary, whole or its upper part; the second those that a change of
the summary is judged by, from their golden files, and the README's picture; the third
thousands of hostile names, each of which has to be drawn as mere text. What Mermaid
refuses, and what is wider than the page, is told and is an error.

It takes Chromium (`apt-get install chromium`), npm, and the packages that
tools/pictures/package.json names, real Mermaid for one; they go below .cache.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from dlt_action.core import mermaid
from dlt_action.core.text import one_line
from tests.core.test_mermaid import LIKES
from tests.oracles.hostile import EVERYTHING, PICTURES

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent / "tests" / "story" / "golden"
README = HERE.parent / "docs" / "images" / "summary.png"
IN_README = "retry-fails"
UPPER_PART = 1515  # pixels of it: down to the lineage
# A success, a failure, a gate that failed, and pipelines of 28 and of 1,000 flows.
GALLERY = ("success", IN_README, "worse-data.gate", "many-flows", "thousand-flows")
PARTS = HERE / "pictures"
MODULES = HERE.parent / ".cache" / "pictures"
WIDTH = 1100
SECONDS = 300

LONGEST = 60  # characters of a label
PICTUREFUL = 25
PAGEFUL = 1500
# What Mermaid itself draws with; whatever else is in a picture came out of a name.
_NAMES = """svg g style defs filter feDropShadow marker path circle polygon rect line
text tspan foreignObject div span p"""
ELEMENTS = frozenset(_NAMES.split())


def main(arguments: Sequence[str]) -> int:
    """Draw what is asked for."""
    match arguments:
        case ["--hostile"]:
            return judge()
        case ["--gallery", folder]:
            return gallery(Path(folder))
        case [source, target, *how] if len(how) < 3:  # noqa: PLR2004 - see above
            theme, height = (*how, *("light", "0")[len(how) :])
            markdown = Path(source).read_text("utf-8")
            errors = draw(markdown, Path(target), theme, int(height))
            print("\n".join(errors) or f"drawn: {target}")
            return 1 if errors else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def draw(markdown: str, target: Path, theme: str, height: int = 0) -> list[str]:
    """Draw *markdown* into *target*, *height* pixels of it; what is wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        page = _page(markdown, Path(folder), theme)
        seen = _seen(page)
        size = f"--window-size={WIDTH},{height or seen['height']}"
        _browser(page, size, f"--screenshot={target.resolve()}")
    refused = [one["error"] for one in seen["drawn"] if "error" in one]
    return refused + [f"wider than the page: {one}" for one in seen["wide"]]


def gallery(folder: Path) -> int:
    """Draw the golden summaries into *folder*, open and by day and night; judge."""
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for name in GALLERY:
        markdown = (GOLDEN / f"{name}.md").read_text("utf-8")
        for theme, shown in (
            ("light", markdown),
            ("dark", markdown.replace("<details>", "<details open>")),
        ):
            target = folder / f"{name}-{theme}.png"
            errors = draw(shown, target, theme)
            print(f"drawn: {target}")
            wrong += sum(map(_told, errors))
        if name == IN_README:
            draw(markdown, README, "light", UPPER_PART)
            print(f"drawn: {README}")
    return 1 if wrong else 0


def _page(markdown: str, folder: Path, theme: str) -> Path:
    # As in render_summary: HTML is let through, because the summary is our own.
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    text = (PARTS / "page.html").read_text("utf-8")
    text = text.replace("@MODULES@", (_installed() / "node_modules").as_uri())
    text = text.replace("@THEME@", theme).replace("@BODY@", parser.render(markdown))
    page = folder / "page.html"
    page.write_text(text, "utf-8")
    return page


def _installed() -> Path:
    wanted = (PARTS / "package.json").read_text("utf-8")
    present = MODULES / "installed.json"
    if not present.exists() or present.read_text("utf-8") != wanted:
        MODULES.mkdir(parents=True, exist_ok=True)
        (MODULES / "package.json").write_text(wanted, "utf-8")
        words = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(words, cwd=MODULES, check=True)  # noqa: S603 - words of our own
        present.write_text(wanted, "utf-8")
    return MODULES


def _seen(page: Path) -> dict[str, Any]:
    dom = _browser(page, f"--window-size={WIDTH},2000", "--dump-dom")
    found = re.search(r'<script id="drawn"[^>]*>(.*?)</script>', dom, re.DOTALL)
    if found is None:
        raise SystemExit("the browser did not come to an end")
    seen: dict[str, Any] = json.loads(found[1])
    return seen


def _browser(page: Path, *options: str) -> str:
    # No sandbox: the page is ours, and containers have none to offer.
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu"]
    command += ["--hide-scrollbars", "--allow-file-access-from-files", "--lang=en"]
    command += [f"--virtual-time-budget={SECONDS * 1000}", *options, page.as_uri()]
    done = subprocess.run(  # noqa: S603 - words of our own
        command, check=True, capture_output=True, text=True, timeout=SECONDS
    )
    return done.stdout


def judge() -> int:
    """Draw every hostile name as a node and as a bar; what was not drawn as text."""
    ends = ("", "x", '"]', ":", "`", "#", "%%", "\\n")
    texts = map("".join, product(ends, EVERYTHING + PICTURES, ends))
    names = [name for name in dict.fromkeys(texts) if one_line(name)]
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(names), PAGEFUL):
            some = names[start : start + PAGEFUL]
            shown = [one_line(name, LONGEST).translate(LIKES) for name in some]
            page = _page(_pictures(some), Path(folder), "light")
            wrong += sum(map(_told, _wrong(shown, _seen(page)["drawn"])))
    print(f"{len(names)} names, {wrong} not drawn as text")
    return 1 if wrong else 0


def _pictures(names: Sequence[str]) -> str:
    """Pictures of *names*: as nodes and as bars, in turn."""
    parts = []
    for start in range(0, len(names), PICTUREFUL):
        some = names[start : start + PICTUREFUL]
        labels = [mermaid.label(name, LONGEST) for name in some]
        nodes = [f'n{number}["{label}"]' for number, label in enumerate(labels)]
        bars = [mermaid.after_mark("·", name, LONGEST) for name in some]
        times = "2026-01-01 12:00:00, 2026-01-01 12:00:01"
        bars = [f"{bar} :{times}" for bar in bars]
        head = ("gantt", "dateFormat YYYY-MM-DD HH:mm:ss")
        parts.append(mermaid.picture(("flowchart LR", *nodes)))
        parts.append(mermaid.picture((*head, *bars)))
    return "\n\n".join(parts)


def _wrong(shown: Sequence[str], drawn: Sequence[dict[str, Any]]) -> Iterator[str]:
    for number, picture in enumerate(drawn):
        start = number // 2 * PICTUREFUL
        wanted = shown[start : start + PICTUREFUL]
        if "error" in picture:
            yield f"{wanted}: {picture['error']}"
            continue
        yield from (f"does something: {what}" for what in picture["doing"])
        yield from (f"element {one}" for one in set(picture["elements"]) - ELEMENTS)
        found = picture["bars"] if number % 2 else picture["nodes"]
        found = sorted(map(_seen_by_a_person, found))
        expected = sorted(f"· {one}" if number % 2 else one for one in wanted)
        for one, other in zip(expected, found, strict=True):
            if " ".join(one.split()) != other:
                yield f"{one!r} is drawn as {other!r}"


def _seen_by_a_person(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())


def _told(what: str) -> bool:
    print(what)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
