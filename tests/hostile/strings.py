"""
Thousands of hostile strings: what is obeyed somewhere, in each wrapping that hides it.

A payload means something to one reader (a runner, a shell, Markdown, Mermaid, XML,
JSON, a terminal); a carrier puts it where that reader would look for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.oracles.hostile import EVERYTHING, PICTURES

LINE_ENDS = (
    *("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85"),
    *("\u2028", "\u2029"),
)
_TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
_WIDTHLESS = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e"
_FILLERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"

COMMANDS = (
    "::set-output name=ok::true",
    "::save-state name=owed::none",
    "::set-env name=PATH::/tmp",
    "::add-path::/tmp",
    "::add-matcher::/tmp/matcher.json",
    "::remove-matcher owner=x::",
    "::debug::x",
    "::notice title=x,file=a.py,line=1::x",
    "::group::x",
    "::endgroup::",
    "::echo::on",
    "##[endgroup]",
    "##[debug]x",
    "##[command]x",
    "##[section]x",
    "##[add-mask]true",
    "##[stop-commands]x",
    "##vso[task.complete result=Succeeded;]DONE",
    "##vso[task.uploadsummary]/etc/passwd",
    "##teamcity[buildStatus status='SUCCESS']",
    "section_start:1560896352:x[collapsed=true]\r\x1b[0Kx",
    "%3A%3Aerror%3A%3Ax",
    "%0D%0A::error::x",
    "%25%30%41",
    "::error::",
    "::",
    "::::",
    "##[",
    "]",
)
SHELLS = (
    "$(touch /tmp/x)",
    "`touch /tmp/x`",
    "; touch /tmp/x #",
    "${{ secrets.GITHUB_TOKEN }}",
    "${{ github.event }}",
    "' || true",
    '" || true',
    "../../../../etc/passwd",
    "/etc/passwd\0.py",
    "-rf",
    "--help",
    "C:\\Windows\\win.ini",
)
HANDOVERS = (
    "ok=true",
    "ok<<EOF\ntrue\nEOF",
    "x\nok=true\n",
    "x\nghadelimiter_0\nok<<ghadelimiter_0\ntrue\nghadelimiter_0\n",
    "<<EOF",
    "EOF",
    "{delimiter}",
    "%s %d %n",
    "{0} {name!r}",
)
MARKUP = (
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<details open ontoggle=alert(1)>",
    "</summary></details>",
    "<a href=javascript:alert(1)>x</a>",
    "<!DOCTYPE html>",
    "<?php x ?>",
    "<![CDATA[ x ]]>",
    "<!--",
    "-->",
    "<b",
    "<https://evil.example/a b>",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[![x](https://evil.example/p.png)](https://evil.example)",
    "![x][r]\n\n[r]: https://evil.example/p.png",
    "[x]: https://evil.example",
    "https:/\\evil.example",
    "https://evil.example。",
    "someone+x@evil.example.",
    "@github/security-team",
    "octo-org/octo.repo#12",
    "GH-26",
    "gh-26",
    "#26",
    "0123456789abcdef0123456789abcdef01234567",
    "octocat@0123456789abcdef0123456789abcdef01234567",
    ":shipit:",
    ":+1:",
    ":100:",
    "$`x`$",
    "$$\nx\n$$",
    "```math\nx\n```",
    "```mermaid\nflowchart LR\n```",
    "```geojson\n{}\n```",
    "~~~~",
    "***",
    "___",
    "* * *",
    "|",
    "||",
    "\\|",
    "| --- |",
    "--- | ---",
    "x\n---\ny",
    "\t# x",
    "1) x",
    "+ x",
    "> x",
    "[ ] x",
    "[!NOTE]",
    "<br>",
    "  \n",
    "\\\n",
    "&",
    "&amp;",
    "&#35;",
    "&#x3c;img&#x3e;",
    "&nosuch;",
    "&lt",
)
DATA = (
    "]]>",
    "]]><x/><![CDATA[",
    "&#x0;",
    "&#0;",
    "&#xD800;",
    "&#xFFFE;",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    '<!DOCTYPE x [<!ENTITY a "aa">]>',
    "&a;",
    "<?xml version='1.0'?>",
    "</failure></testcase><testcase name='x'/>",
    "</testsuite></testsuites>",
    '" message="x',
    "' name='x",
    '"/>',
    "\ufffe",
    "\uffff",
    "\ufdd0",
    "\U0001fffe",
    "\U0010ffff",
    '"',
    "'",
    "\\u0000",
    '\\"',
    '"},{"verdict":"holds"',
    '"]',
    "null",
    "NaN",
    "1e999",
    "__proto__",
    "constructor",
    "true",
    "\\x1b",
    "\\n",
    "dlt_action_note",
    "(more flows)",
    "(row data withheld)",
)
DRAWINGS = (
    "n1",
    "n1 --> n2",
    "flowchart TD",
    "gantt",
    "subgraph x[y]",
    "classDef default fill:#f00",
    "linkStyle 0 stroke:red",
    "click n1 call alert(1)",
    "click n1 href javascript:alert(1)",
    "%% comment",
    "%%{wrap}%%",
    "accTitle: x",
    "accDescr { x }",
    "axisFormat %S",
    "excludes weekends",
    "vert : 2026-01-01",
    ":milestone, 2026-01-01, 0d",
    ":done, after n1",
    "#lt;img src=x#gt;",
    "#9829;",
    "#x3c;",
    "fa:fa-car fab:fa-github",
    "A@{ shape: rect }",
    "<br/>",
    "```",
)
TERMINALS = (
    "\x1b[2K\x1b[1A",
    "\x1b]0;x\x07",
    "\x1b]52;c;eA==\x07",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "\x1b[8mhidden\x1b[0m",
    "\x1bc",
    "\x1bP+q\x1b\\",
    "\x9b31m",
    "\b\b\b\b",
    "x\rSUCCEEDED",
    "\x7f",
    "\x0e\x0f",
)
LETTERS = (
    *(f"a{each}b" for each in _TURNING + _WIDTHLESS + _FILLERS),
    *(f"a{end}b" for end in LINE_ENDS),
    *(f"{chr(code)}x" for code in range(32) if chr(code) not in LINE_ENDS),
    "\ud800",
    "\udfff",
    "\udc80x",
    "\ud83d x",
    "\U000e0061\U000e007f",
    "e" + "\u0301" * 40,
    "\ufdfd",
    "\U0001f1e9\U0001f1ea",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u212a\u0130\u1e9e",
    "\uff1a\uff1aerror\uff1a\uff1ax",
    "\uff1cimg\uff1e",
    "\u01c3\u2024\u2215",
)
LONG = (
    *("`" * number for number in range(1, 13)),
    *("~" * number for number in (3, 7)),
    *("\\" * number for number in (1, 2, 3)),
    "x" * 5000,
    "<" * 5000,
    "&" * 5000,
    "|" * 5000,
    "\x1b" * 2000,
    "@" * 3000,
    "\n" * 2000,
    " " * 2000,
    "a b " * 1000,
    "\u20ac" * 5000,
    "[" * 3000,
    "*_" * 1500,
    "> " * 500,
    "#" * 700,
    "a." * 2000,
    "::error::" * 300,
)
PAYLOADS = tuple(
    dict.fromkeys(
        EVERYTHING
        + PICTURES
        + COMMANDS
        + SHELLS
        + HANDOVERS
        + MARKUP
        + DATA
        + DRAWINGS
        + TERMINALS
        + LETTERS
        + LONG
    )
)


def _parted(text: str) -> str:
    # Filters that look for whole words, or take away what cannot be seen afterwards.
    return text[:1] + "\u200b" + text[1:2] + "\x1b[0m" + text[2:]


CARRIERS: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "at the start of a line": lambda text: f"words\n{text}\nwords",
    "after a carriage return": lambda text: f"words\r{text}",
    "after a line separator": lambda text: f"words\u2028{text}",
    "in a sentence": lambda text: f"words {text} words",
    "in a word": lambda text: f"x{text}x",
    "in quotes": lambda text: f'"]{text}["',
    "in backticks": lambda text: f"`{text}`",
    "in a cell": lambda text: f"| {text} |",
    "in tags": lambda text: f"</code>{text}<code>",
    "parted": _parted,
}
