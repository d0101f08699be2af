"""
The lineage: which dataset is made of which, as a picture coloured by what became of it.

A picture of a thousand datasets is read by nobody. Where something failed, that is
drawn, with what it is made of and what hangs on it; else the slowest. The others are
counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from dlt_action.core import mermaid
from dlt_action.core.flows import MORE_FLOWS
from dlt_action.core.markdown import code
from dlt_action.core.model import FlowStatus
from dlt_action.core.record import FlowRow
from dlt_action.core.words import plural
from dlt_action.lean import dataclass, field
from dlt_action.reports.links import LONGEST_NAME
from dlt_action.reports.order import worst_flows_first
from dlt_action.reports.shortnames import (
    LONGEST_LABEL,
    in_full_by_end,
    shared_schema,
    shortened,
)
from dlt_action.reports.titles import BROKE_A_RULE, FLOW_MARKS, MEANINGS

MOST_NODES = 60
MOST_EDGES = 120
MOST_BESIDE = 10  # of what one is made of, and of what hangs on it
MOST_BYTES = 20_000

# Fill, line and text belong together, so that each can be read on a light page and on
# a dark one.
_STYLES = {
    "done": "fill:#dafbe1,stroke:#1a7f37,color:#0a3d1d",
    "failed": "fill:#ffebe9,stroke:#cf222e,color:#82071e,stroke-width:3px",
    "skipped": "fill:#eaeef2,stroke:#6e7781,color:#424a53,stroke-dasharray:4 3",
    "stopped": "fill:#fff8c5,stroke:#9a6700,color:#4d2d00",
    "broken": "fill:#fff8c5,stroke:#cf222e,color:#4d2d00,stroke-width:3px",
    "busy": "fill:#ddf4ff,stroke:#0969da,color:#0a3069",
    "outside": "fill:#f6f8fa,stroke:#8c959f,color:#24292f",
}
_LOOKS = {
    FlowStatus.COMPLETED: "done",
    FlowStatus.FAILED: "failed",
    FlowStatus.SKIPPED: "skipped",
    FlowStatus.EXCLUDED: "skipped",
    FlowStatus.STOPPED: "stopped",
    FlowStatus.UNRECOGNISED: "stopped",
}
_STRIKING = frozenset({FlowStatus.FAILED, FlowStatus.STOPPED, FlowStatus.UNRECOGNISED})


@dataclass(frozen=True, slots=True)
class _Node:
    """A dataset: written by flows of the pipeline, a view, or from outside of it."""

    name: str
    flow: FlowRow | None  # the worst, then the slowest of those that write it
    view: bool = False
    broken: bool = False  # whether it broke a rule of the gate
    ran: bool = True  # False in a dry run

    @property
    def status(self) -> FlowStatus | None:
        """What became of it; None of what the pipeline does not write."""
        return self.flow.status if self.flow is not None and self.ran else None

    @property
    def striking(self) -> bool:
        """Whether it is what has to be explained."""
        return self.broken or self.status in _STRIKING

    @property
    def look(self) -> str:
        """Its style."""
        if self.broken and self.status in (None, FlowStatus.COMPLETED):
            return "broken"
        if self.status is None:
            return "outside"
        return _LOOKS.get(self.status, "busy")

    @property
    def mark(self) -> str:
        """Its mark; none where all is well."""
        if self.look == "broken":
            return BROKE_A_RULE
        if self.status is None or self.look == "done":
            return ""
        return FLOW_MARKS[self.status]


@dataclass(slots=True)
class _Graph:
    """Datasets by lower-case name, in order of appearance, and what is made of what."""

    nodes: dict[str, _Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], None] = field(default_factory=dict)


def lineage(
    flows: Sequence[FlowRow],
    broken: Iterable[str] = (),
    *,
    views: Sequence[FlowRow] = (),
    ran: bool = True,
) -> str:
    """
    The picture and a line about it; ``""`` where no flow reads anything.

    *broken* are the datasets for which a rule of the quality gate broke; of *views*
    no flow tells anything, and in a dry run no flow *ran*.
    """
    known = [flow for flow in flows if flow.name != MORE_FLOWS]
    graph = _graph(known, views, {name.lower() for name in broken}, ran=ran)
    if not graph.edges:
        return ""
    ranked = _ranked(graph)
    schema = shared_schema([node.name for node in graph.nodes.values() if node.flow])
    room = MOST_NODES
    while True:
        kept = _kept(graph, ranked, room)
        edges = _edges(graph, kept)
        drawn = mermaid.picture(_lines(graph, kept, edges[:MOST_EDGES], schema))
        if len(drawn.encode()) <= MOST_BYTES:
            break
        room = room * 3 // 4
    lines = (_legend(graph, kept), _notes(graph, kept, edges, schema))
    notes = "<br>\n".join(filter(None, map(" · ".join, lines)))
    return f"{drawn}\n\n{notes}" if notes else drawn


def _graph(
    flows: Sequence[FlowRow],
    views: Sequence[FlowRow],
    broken: Container[str],
    *,
    ran: bool,
) -> _Graph:
    graph = _Graph()
    for flow in worst_flows_first(flows):
        name = _written(flow)
        node = _Node(name, flow, broken=name.lower() in broken, ran=ran)
        graph.nodes.setdefault(name.lower(), node)
    for name in map(_written, views):
        node = _Node(name, None, view=True, broken=name.lower() in broken)
        graph.nodes.setdefault(name.lower(), node)
    in_full = in_full_by_end(graph.nodes)
    for flow in (*flows, *views):
        target = _written(flow).lower()
        for spelled in flow.inputs:
            name = spelled.lower()
            source = name if name in graph.nodes else in_full.get(name) or name
            if source and source != target:
                graph.nodes.setdefault(source, _Node(spelled, None))
                graph.edges[source, target] = None
    return graph


def _written(flow: FlowRow) -> str:
    return flow.output or flow.name


def _ranked(graph: _Graph) -> list[str]:
    """What to draw, the most telling first."""
    sources: dict[str, list[str]] = defaultdict(list)
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in graph.edges:
        sources[target].append(source)
        targets[source].append(target)
    ordered = sorted(graph.nodes, key=lambda key: _slowest_first(graph.nodes[key]))
    striking = [key for key in ordered if graph.nodes[key].striking]
    ranked = _around(striking, sources, targets)
    alone = len(ranked) == len(striking)
    if alone or len(graph.nodes) <= MOST_NODES:
        for key in ordered:
            # A slow one tells nothing without what it is made of, or made into.
            ties = sources[key][:MOST_BESIDE] or targets[key][:1]
            ranked |= dict.fromkeys((key, *ties) if ties else ())
        ranked |= dict.fromkeys(ordered)
    return list(ranked)


def _slowest_first(node: _Node) -> float:
    seconds = None if node.flow is None else node.flow.seconds
    return 1.0 if seconds is None else -seconds


def _around(
    striking: Sequence[str],
    sources: Mapping[str, list[str]],
    targets: Mapping[str, list[str]],
) -> dict[str, None]:
    """What has to be explained, what it is made of, and what hangs on it."""
    found = dict.fromkeys(striking)
    for key in striking:
        found |= dict.fromkeys(sources[key][:MOST_BESIDE])
    layer = list(striking)
    while layer:
        near = (near for key in layer for near in targets[key][:MOST_BESIDE])
        layer = [key for key in dict.fromkeys(near) if key not in found]
        found |= dict.fromkeys(layer)
    for key in list(found):
        found |= dict.fromkeys(sources[key][:MOST_BESIDE])
    return found


def _kept(graph: _Graph, ranked: Sequence[str], room: int) -> list[str]:
    """The first of *ranked*; where some are left out, none that hangs on nothing."""
    first = list(ranked[:room])
    if len(first) == len(graph.nodes):
        return first
    inside = set(first)
    tied = {key for edge in graph.edges if inside.issuperset(edge) for key in edge}
    return [key for key in first if key in tied or graph.nodes[key].striking]


def _edges(graph: _Graph, kept: Sequence[str]) -> list[tuple[str, str]]:
    """All arrows between what is drawn, those of the most telling first."""
    position = {key: number for number, key in enumerate(kept)}
    both = [edge for edge in graph.edges if edge[0] in position and edge[1] in position]
    return sorted(both, key=lambda edge: min(position[edge[0]], position[edge[1]]))


def _lines(
    graph: _Graph,
    kept: Sequence[str],
    edges: Iterable[tuple[str, str]],
    schema: str,
) -> Iterator[str]:
    yield "flowchart LR"
    ids = {key: f"n{number}" for number, key in enumerate(kept, start=1)}
    classes: dict[str, list[str]] = defaultdict(list)
    for key in kept:
        node = graph.nodes[key]
        classes[node.look].append(ids[key])
        label = mermaid.label(shortened(node.name.removeprefix(schema)), LONGEST_LABEL)
        before, after = ('["', '"]') if node.flow is not None else ('(["', '"])')
        mark = f"{node.mark} " if node.mark else ""
        yield f"{ids[key]}{before}{mark}{label}{after}"
    for source, target in edges:
        yield f"{ids[source]} --> {ids[target]}"
    for name, members in classes.items():
        yield f"classDef {name} {_STYLES[name]}"
        yield f"class {','.join(members)} {name}"


def _legend(graph: _Graph, kept: Sequence[str]) -> Iterator[str]:
    """What the marks and shapes mean, for all that is not as it should be."""
    nodes = [graph.nodes[key] for key in kept]
    marks = {node.mark for node in nodes}
    yield from (f"{mark} {word}" for mark, word in MEANINGS.items() if mark in marks)
    if marks - {""} and any(node.look == "done" for node in nodes):
        yield "no mark: completed"
    round_ones = {node.view for node in nodes if node.flow is None}
    what = {True: "a view", False: "read from outside of the pipeline"}
    if round_ones:
        told = (what[view] for view in sorted(round_ones, reverse=True))
        yield f"round: {', or '.join(told)}"


def _notes(
    graph: _Graph,
    kept: Sequence[str],
    edges: Sequence[tuple[str, str]],
    schema: str,
) -> Iterator[str]:
    if schema:
        yield f"Names without a schema are in {code(schema[:-1], LONGEST_NAME)}"
    datasets = len(graph.nodes) - len(kept)
    if datasets:
        yield f"{plural(datasets, 'more dataset')} not drawn"
    if len(edges) > MOST_EDGES:
        yield f"{plural(len(edges) - MOST_EDGES, 'more arrow')} not drawn"
