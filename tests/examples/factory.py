"""
A data factory, as far as our example needs one.

It runs the activities in their order and sends what Web activities say, over HTTP.
It evaluates nothing: what each expression comes to was written down by hand, in
`MEANINGS`, by the text of the expression, so that a changed one has to be read again.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from tests.standin.desk import Desk

Activity: TypeAlias = Mapping[str, Any]
HOST = "adb-1234567890123456.7.azuredatabricks.net"
# What Azure Databricks is called in Entra ID, for everybody.
DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
RESTARTS = (
    "RETRY_ON_FAILURE",
    "SCHEMA_CHANGE",
    "SERVICE_UPGRADE",
    "INFRASTRUCTURE_MAINTENANCE",
)
ACTIVE = (
    "CREATED",
    "WAITING_FOR_RESOURCES",
    "INITIALIZING",
    "RESETTING",
    "SETTING_UP_TABLES",
    "RUNNING",
)


@dataclass(slots=True)
class Factory:
    """One run of a pipeline of a data factory, against a served stand-in."""

    desk: Desk
    url: str
    parameters: dict[str, Any]
    variables: dict[str, str]
    meanwhile: Callable[[int], None] = lambda waits: None  # noqa: ARG005 - nothing
    outputs: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    waits: int = 0

    def play(self, activities: list[Activity]) -> str:
        """Run *activities*; `Succeeded` or `Failed`, as the documentation has it."""
        ended: dict[str, str] = {}
        while len(ended) < len(activities):
            # A factory would run at the same time what waits for nothing: the last
            # one first shows what leans on the order of the file.
            late = reversed(activities)
            ready = next(one for one in late if self._is_ready(one, ended))
            asked = ready["dependsOn"]
            runs = all(_holds(one, ended[one["activity"]]) for one in asked)
            ended[ready["name"]] = self._run(ready) if runs else "Skipped"
        return _outcome(activities, ended)

    @staticmethod
    def _is_ready(activity: Activity, ended: Mapping[str, str]) -> bool:
        before = {one["activity"] for one in activity["dependsOn"]}
        return activity["name"] not in ended and before <= ended.keys()

    def _run(self, activity: Activity) -> str:
        runs: dict[str, Callable[[Activity], str]] = {
            "WebActivity": self._web,
            "SetVariable": self._set,
            "Wait": self._wait,
            "Until": self._until,
            "IfCondition": self._if,
            "Fail": self._fail,
        }
        self.ran.append(activity["name"])
        try:
            return runs[activity["type"]](activity)
        except (LookupError, TypeError) as error:
            self.said.append(f"{activity['name']}: {error!r}")
            return "Failed"

    def value(self, given: Any) -> Any:  # noqa: ANN401 - whatever stands in the JSON
        """What *given* comes to: itself, or what its expression means."""
        if isinstance(given, dict):
            assert given["type"] == "Expression"
            return MEANINGS[given["value"]](self)
        return given

    def _web(self, activity: Activity) -> str:
        properties = activity["typeProperties"]
        policy = activity["policy"]
        url = str(self.value(properties["url"]))
        assert url.startswith(f"https://{HOST}/")
        path = url.removeprefix(f"https://{HOST}")
        body = str(self.value(properties.get("body", "")))
        headers = {**properties.get("headers", {}), **self._signed_in(properties)}
        for _ in range(1 + policy["retry"]):
            self.sent.append((properties["method"], path, body))
            asked = urllib.request.Request(  # noqa: S310 - our own stand-in
                self.url + path,
                body.encode() or None,
                headers,
                method=properties["method"],
            )
            try:
                with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - likewise
                    self.outputs[activity["name"]] = json.loads(answer.read())
            except urllib.error.HTTPError as refusal:
                self.outputs[activity["name"]] = {"error": str(refusal.code)}
                self.said.append(refusal.read().decode())
            else:
                return "Succeeded"
        return "Failed"

    def _signed_in(self, properties: Mapping[str, Any]) -> dict[str, str]:
        """The token of the factory's managed identity, if it is asked for ours."""
        assert properties["authentication"] == {"type": "MSI", "resource": DATABRICKS}
        return {"Authorization": "Bearer dapi-standin"}

    def _set(self, activity: Activity) -> str:
        properties = activity["typeProperties"]
        if properties.get("setSystemVariable"):
            assert properties["variableName"] == "pipelineReturnValue"
            for pair in properties["value"]:
                value = MEANINGS[pair["value"]["content"]](self)
                self.outputs["returned"] = {pair["key"]: value}
        else:
            value = str(self.value(properties["value"]))
            self.variables[properties["variableName"]] = value
        return "Succeeded"

    def _wait(self, activity: Activity) -> str:
        self.waits += 1
        self.desk.now += int(
            self.value(activity["typeProperties"]["waitTimeInSeconds"])
        )
        self.meanwhile(self.waits)
        return "Succeeded"

    def _until(self, activity: Activity) -> str:
        properties = activity["typeProperties"]
        days, hours = str(self.value(properties["timeout"])).split(".")
        parts = [int(part) for part in hours.split(":")]
        allowed = int(days) * 86400 + parts[0] * 3600 + parts[1] * 60 + parts[2]
        end = self.desk.now + allowed
        while True:
            self.play(properties["activities"])  # a failure inside does not end it
            if self.value(properties["expression"]):
                return "Succeeded"
            if self.desk.now >= end:
                return "Failed"

    def _if(self, activity: Activity) -> str:
        properties = activity["typeProperties"]
        holds = bool(self.value(properties["expression"]))
        return self.play(
            properties["ifTrueActivities" if holds else "ifFalseActivities"]
        )

    def _fail(self, activity: Activity) -> str:
        properties = activity["typeProperties"]
        told = self.value(properties["message"])
        self.said.append(f"{properties['errorCode']}: {told}")
        return "Failed"


def _holds(dependency: Mapping[str, Any], ended: str) -> bool:
    wanted = dependency["dependencyConditions"]
    return ended in wanted or ("Completed" in wanted and ended != "Skipped")


def _outcome(activities: list[Activity], ended: Mapping[str, str]) -> str:
    """A leaf that was skipped is judged by what it depends on; all have to succeed."""
    before = {
        a["name"]: [one["activity"] for one in a["dependsOn"]] for a in activities
    }
    inner = {name for names in before.values() for name in names}
    judged = [name for name in before if name not in inner]
    for name in judged:
        if ended[name] == "Skipped":
            judged += before[name]
    good = all(ended[name] in {"Succeeded", "Skipped"} for name in judged)
    return "Succeeded" if good else "Failed"


def _pipeline(run: Factory) -> str:
    asked = run.parameters
    return f"https://{asked['host']}/api/2.0/pipelines/{asked['pipelineId']}"


def _read(run: Factory) -> Any:  # noqa: ANN401 - JSON
    return run.outputs["Read update"]["update"]


def _newest(run: Factory) -> Any:  # noqa: ANN401 - JSON
    return run.outputs["Read newest update"]["updates"][0]


def _is_over(run: Factory) -> bool:
    seen = run.variables["seen"]
    return seen.startswith("COMPLETED") or (
        seen == run.variables["seenBefore"] and seen.startswith(("FAILED", "CANCELED"))
    )


def _to_follow(run: Factory) -> str:
    restarted = (
        _read(run)["state"] in {"FAILED", "CANCELED"}
        and _newest(run)["cause"] in RESTARTS
        and _newest(run)["creation_time"] > _read(run)["creation_time"]
    )
    return str((_newest(run) if restarted else _read(run))["update_id"])


def _is_ours(run: Factory) -> bool:
    latest = run.outputs["Read pipeline"]["latest_updates"][0]
    is_it = latest["update_id"] == run.variables["updateId"]
    return is_it and latest["state"] in ACTIVE


def _errors(run: Factory) -> str:
    ours = quote(f"level='ERROR' AND update_id='{run.variables['updateId']}'", safe="")
    return f"{_pipeline(run)}/events?max_results=5&filter={ours}"


def _cause(run: Factory) -> str:
    events = run.outputs["Read errors"].get("events") or [{}]
    exceptions = events[0].get("error", {}).get("exceptions") or [{}]
    event = events[0].get("message", "the event log told no error")
    state = run.variables["seen"].split(" ")[0]
    told = f"The update {run.variables['updateId']} is {state}: "
    return (told + str(exceptions[0].get("message", event)))[:2000]


PIPELINE = (
    "https://@{pipeline().parameters.host}/api/2.0/pipelines/"
    "@{pipeline().parameters.pipelineId}"
)
UPDATE = "activity('Read update').output.update"
NEWEST = "activity('Read newest update').output.updates[0]"
LATEST = "activity('Read pipeline').output.latest_updates[0]"
EVENT = "activity('Read errors').output?.events?[0]"
OURS = "variables('updateId')"


def _array(names: tuple[str, ...]) -> str:
    return "createArray(" + ", ".join(f"'{name}'" for name in names) + ")"


# By the text of each expression.
MEANINGS: Mapping[str, Callable[[Factory], Any]] = {
    f"{PIPELINE}/updates": lambda run: f"{_pipeline(run)}/updates",
    """@if(pipeline().parameters.fullRefresh, '{"full_refresh": "true"}', '{}')""": (
        lambda run: (
            '{"full_refresh": "true"}' if run.parameters["fullRefresh"] else "{}"
        )
    ),
    "@activity('Start update').output.update_id": (
        lambda run: run.outputs["Start update"]["update_id"]
    ),
    "@or(startsWith(variables('seen'), 'COMPLETED'), "
    "and(equals(variables('seen'), variables('seenBefore')), "
    "or(startsWith(variables('seen'), 'FAILED'), "
    "startsWith(variables('seen'), 'CANCELED'))))": _is_over,
    "@pipeline().parameters.timeout": lambda run: run.parameters["timeout"],
    "@pipeline().parameters.pollSeconds": lambda run: run.parameters["pollSeconds"],
    f"{PIPELINE}/updates/@{{{OURS}}}": (
        lambda run: f"{_pipeline(run)}/updates/{run.variables['updateId']}"
    ),
    f"{PIPELINE}/updates?max_results=1": (
        lambda run: f"{_pipeline(run)}/updates?max_results=1"
    ),
    f"@if(and(contains({_array(('FAILED', 'CANCELED'))}, {UPDATE}.state), "
    f"and(contains({_array(RESTARTS)}, {NEWEST}.cause), "
    f"greater({NEWEST}.creation_time, {UPDATE}.creation_time))), "
    f"{NEWEST}.update_id, {UPDATE}.update_id)": _to_follow,
    "@variables('seen')": lambda run: run.variables["seen"],
    f"@concat({UPDATE}.state, ' ', {UPDATE}.update_id, ' ', {OURS})": lambda run: (
        f"{_read(run)['state']} {_read(run)['update_id']} {run.variables['updateId']}"
    ),
    "@startsWith(variables('seen'), 'COMPLETED')": (
        lambda run: run.variables["seen"].startswith("COMPLETED")
    ),
    f"@{OURS}": lambda run: run.variables["updateId"],
    f"{PIPELINE}/events?max_results=5&filter=@{{uriComponent("
    f"concat('level=''ERROR'' AND update_id=''', {OURS}, ''''))}}": _errors,
    f"@take(concat('The update ', {OURS}, ' is ', "
    "first(split(variables('seen'), ' ')), ': ', "
    f"coalesce({EVENT}?.error?.exceptions?[0]?.message, {EVENT}?.message, "
    "'the event log told no error')), 2000)": _cause,
    PIPELINE: _pipeline,
    f"@and(equals({LATEST}.update_id, {OURS}), "
    f"contains({_array(ACTIVE)}, {LATEST}.state))": _is_ours,
    f"{PIPELINE}/stop": lambda run: f"{_pipeline(run)}/stop",
    f"@concat('The update ', {OURS}, ' was not over in time; it was asked to stop.')": (
        lambda run: (
            f"The update {run.variables['updateId']} was not over in time; "
            "it was asked to stop."
        )
    ),
    f"@concat('The update ', {OURS}, ' was not over in time. Nothing was stopped: "
    "the active update of the pipeline, if there is one, "
    "is not certain to be ours.')": lambda run: (
        f"The update {run.variables['updateId']} was not over in time. Nothing was "
        "stopped: the active update of the pipeline, if there is one, "
        "is not certain to be ours."
    ),
}
