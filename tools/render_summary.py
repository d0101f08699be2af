"""
Show a step summary the way GitHub does, near enough to judge it by eye.

    render_summary.py IN.md OUT.html
    render_summary.py FOLDER          every summary.md below it

GitHub-flavoured tables, strikethrough and the `details` element are rendered. Mermaid
is drawn by the browser that shows the page, once `make picture` has installed it here;
before that it stays code, and the page says so.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem;
       padding: 0 1rem; }
h1, h2 { border-bottom: 1px solid #8884; padding-bottom: .3rem; }
table { border-collapse: collapse; display: block; margin: 1rem 0; overflow-x: auto; }
th, td { border: 1px solid #8886; padding: .35rem .8rem; }
tr:nth-child(even) td { background: #8881; }
code { background: #8882; border-radius: .3rem; font-size: 85%;
       padding: .15rem .35rem; }
pre { background: #8882; border-radius: .4rem; overflow-x: auto; padding: 1rem; }
pre code { background: none; padding: 0; }
blockquote { border-left: .25rem solid #8888; margin-left: 0; padding-left: 1rem; }
.note { border: 1px dashed #8888; border-radius: .4rem; padding: .6rem 1rem; }
summary { cursor: pointer; font-weight: 600; margin: .6rem 0; }
""".strip()

STAYS_CODE = """\
The pictures (lineage, timeline) are code in these pages. GitHub draws them by itself;
here `make picture` (it takes Chromium and npm) and then `make demo` again does.
docs/images/summary.png shows one."""
NOTE = '<p class="note">{text}</p>'

MERMAID = (
    Path(__file__).resolve().parent.parent
    / ".cache/pictures/node_modules/mermaid/dist/mermaid.min.js"
)
DRAWING = """
<script src="{address}"></script>
<script>
  // What is folded away has no size to draw in.
  const folds = document.querySelectorAll("details");
  const fold = (open) => folds.forEach((one) => (one.open = open));
  fold(true);
  mermaid.run({{querySelector: "code.language-mermaid"}}).finally(() => fold(false));
</script>
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def render(markdown: str, title: str, mermaid: Path | None = None) -> str:
    """Return *markdown* as one HTML page; *mermaid* draws its pictures."""
    # HTML is let through for `details`; GitHub would sanitise it, and so this page
    # is only ever made of summaries that this repository wrote.
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    body = parser.render(markdown).strip()
    if mermaid is None and 'class="language-mermaid"' in body:
        body = f"{NOTE.format(text=escape(STAYS_CODE))}\n{body}"
    if mermaid is not None:
        body += DRAWING.format(address=mermaid.as_uri()).rstrip()
    return PAGE.format(title=escape(title), style=STYLE, body=body)


def installed() -> Path | None:
    """Mermaid, if it is installed here."""
    return MERMAID if MERMAID.exists() else None


def render_file(source: Path, target: Path) -> None:
    """Render the Markdown file *source* into *target*."""
    mermaid = installed()
    page = render(source.read_text("utf-8"), source.stem, mermaid)
    target.write_text(page, "utf-8")
    print(f"to look at in a browser: {target}")


def main(arguments: list[str]) -> int:
    """Render one file, or every summary in a folder."""
    match arguments:
        case [source, target]:
            render_file(Path(source), Path(target))
        case [folder] if Path(folder).is_dir():
            for summary in sorted(Path(folder).rglob("summary.md")):
                render_file(summary, summary.with_suffix(".html"))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    if installed() is None:
        print(STAYS_CODE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
