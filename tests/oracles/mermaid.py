"""
A reader of Mermaid pictures, for the few statements that ours consist of.

It shares nothing with the code that writes them: whatever is not one of these
statements is an error, and every label is told as a browser would show it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

_FENCE = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Codes, plain characters, and the marks of flows.
_LABEL = r"(?:#\d+;|[0-9A-Za-z _./-])*"
_MARKS = "❌|⛔|❔|⚠️|⏭️|▶️|⏳|💤|⚪"
_MARK = f"(?:(?:{_MARKS}) )?"
_NODE = re.compile(rf'(n\d+)(\[|\(\[)"({_MARK})({_LABEL})"(\]|\]\))')
_EDGE = re.compile(r"(n\d+) --> (n\d+)")
_STYLE = re.compile(
    r"classDef ([a-z]+) (?:[a-z-]+:[#0-9a-z ]+)(?:,[a-z-]+:[#0-9a-z ]+)*"
)
_CLASS = re.compile(r"class (n\d+(?:,n\d+)*) ([a-z]+)")
_STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"
_TASK = re.compile(
    rf"(·|{_MARKS}) ({_LABEL}) :(?:(done|crit|active), )?{_STAMP}, {_STAMP}"
)
_SECTION = re.compile(r"section (?:Attempt \d+|Update|Flows)")
_GANTT_HEAD = """---
config:
  gantt:
    useWidth: 1000
---
gantt
dateFormat YYYY-MM-DD HH:mm:ss
axisFormat %H:%M:%S
todayMarker off""".splitlines()


@dataclass(slots=True)
class Flowchart:
    """What a `flowchart` says."""

    labels: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    round: set[str] = field(default_factory=set)
    edges: list[tuple[str, str]] = field(default_factory=list)
    looks: dict[str, str] = field(default_factory=dict)

    def named_edges(self) -> list[tuple[str, str]]:
        """The edges between labels."""
        return [(self.labels[a], self.labels[b]) for a, b in self.edges]

    def named_looks(self) -> dict[str, str]:
        """The style of each label."""
        return {self.labels[key]: look for key, look in self.looks.items()}


@dataclass(frozen=True, slots=True)
class Bar:
    """One task of a `gantt`."""

    section: str
    mark: str
    label: str
    tag: str
    began: datetime
    ended: datetime


def pictures(markdown: str) -> list[str]:
    """The pictures of a document."""
    return [found.rstrip("\n") for found in _FENCE.findall(markdown)]


def shown(label: str) -> str:
    """What a browser shows of a label, without what cannot be seen."""
    text = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)
    return text.replace("\u200b", "")


def flowchart(picture: str) -> Flowchart:
    """Read *picture*; an AssertionError for anything that is not expected in it."""
    first, *lines = picture.split("\n")
    assert first == "flowchart LR", first
    chart = Flowchart()
    styles = set()
    for line in lines:
        if node := _NODE.fullmatch(line):
            key, opening, mark, label, closing = node.groups()
            assert (opening, closing) in (("[", "]"), ("([", "])")), line
            assert key not in chart.labels, line
            chart.labels[key], chart.marks[key] = shown(label), mark.strip()
            chart.round |= {key} if opening == "([" else set()
        elif edge := _EDGE.fullmatch(line):
            chart.edges.append((edge[1], edge[2]))
        elif style := _STYLE.fullmatch(line):
            styles.add(style[1])
        elif members := _CLASS.fullmatch(line):
            assert members[2] in styles, line
            chart.looks |= dict.fromkeys(members[1].split(","), members[2])
        else:
            raise AssertionError(f"no statement: {line!r}")
    assert {key for edge in chart.edges for key in edge} <= set(chart.labels)
    assert set(chart.looks) == set(chart.labels)
    return chart


def gantt(picture: str) -> list[Bar]:
    """Read *picture*; an AssertionError for anything that is not expected in it."""
    lines = picture.split("\n")
    head = len(_GANTT_HEAD)
    assert lines[:head] == _GANTT_HEAD, lines[:head]
    bars, section = [], ""
    for line in lines[head:]:
        if _SECTION.fullmatch(line):
            section = line.removeprefix("section ")
            continue
        task = _TASK.fullmatch(line)
        assert task is not None, f"no task: {line!r}"
        mark, label, tag, began, ended = task.groups()
        times = datetime.fromisoformat(began), datetime.fromisoformat(ended)
        assert times[0] < times[1], line
        bars.append(Bar(section, mark, shown(label), tag or "", *times))
    return bars
