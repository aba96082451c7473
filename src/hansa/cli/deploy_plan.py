"""How a deploy plan is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hansa.cli.render import format_bytes, print_lines, print_table
from hansa.deploy.plan import Affected, DeployPlan, Dropped, Effect, PlannedObject, Step, Switch
from hansa.ops.deploy import PlannedDeployment

_EFFECTS = {
    Effect.STAYS: "keeps reading {pins}",
    Effect.CHANGES: "reads {pins}, whose content changes",
    Effect.REMOVED: "is removed, as a newer one of its line is live",
}


def plan_json(planned: PlannedDeployment) -> dict[str, Any]:
    """The stable JSON of a plan; documented in docs/json.md."""
    plan = planned.plan
    return {
        "release": str(plan.release),
        "target": planned.target,
        "outcome": "unchanged" if plan.unchanged else "planned",
        "objects": [
            {
                "model": item.stored.label,
                "name": item.name,
                "action": item.step.value,
                "rows": item.rows,
                "bytes": item.bytes,
                "like": item.like,
                "versions": list(item.stored.versions),
            }
            for item in plan.objects
        ],
        "apart": [
            {"model": one.label, "name": f"{plan.store}.{one.relation}", "reason": one.reason}
            for one in plan.apart
        ],
        "companions": [str(one.name) for one in plan.companions],
        "switches": [
            {
                "view": item.view,
                "from": str(item.before) if item.before else None,
                "to": str(item.after) if item.after else None,
            }
            for item in plan.switches
        ],
        "removed": [str(name) for name in plan.removed],
        "dropped": [
            {
                "name": item.name,
                "rows": item.rows,
                "bytes": item.bytes,
                "folded": item.folded,
            }
            for item in plan.dropped
        ],
        "affected": [
            {
                "release": str(item.release),
                "team": item.team,
                "pins": str(item.pins) if item.pins else None,
                "effect": item.effect.value,
            }
            for item in plan.affected
        ],
        "kept": plan.kept,
    }


def print_plan(planned: PlannedDeployment) -> None:
    """What would happen, relation by relation, and a sum."""
    plan = planned.plan
    if plan.unchanged:
        print_lines(f"{plan.release} is live in {planned.target} already; nothing would change")
        return
    print_lines(f"deploying {plan.release} to {planned.target} would", "")
    stored = [item for item in plan.objects if item.stored.kind.holds_rows]
    rows = [_object_row(item) for item in stored]
    rows += [
        ("drop", item.name, _count(item.rows), _size(item.bytes), _why_dropped(item))
        for item in plan.dropped
    ]
    print_table(("do", "stored table", "rows", "size", "note"), rows, right="rows, size")
    print_lines(
        *(f"  stored apart: {plan.store}.{one.relation}: {one.reason}" for one in plan.apart)
    )
    print_lines("", *(_switch_line(item) for item in plan.switches))
    print_lines(*(f"  remove {name}: nothing keeps it live" for name in plan.removed))
    if plan.affected:
        print_lines("", "live releases of others:")
        print_lines(*(_affected_line(item) for item in plan.affected))
    print_lines("", _sum(plan))


def _object_row(item: PlannedObject) -> tuple[str, ...]:
    note = ""
    about = ""
    if item.step is Step.BUILD:
        note = f"estimated from {item.like}" if item.like else "nothing there tells its size"
        about = "~" if item.like else ""
    if item.stored.versions:
        held = f"holds {len(item.stored.versions)} versions of {item.stored.label}"
        note = f"{held}; {note}" if note else held
    return (
        item.step.value,
        item.name,
        about + _count(item.rows),
        about + _size(item.bytes),
        note,
    )


def _why_dropped(item: Dropped) -> str:
    return "becomes a view of a folded table" if item.folded else "nothing reads it any more"


def _switch_line(item: Switch) -> str:
    if item.before is None:
        return f"  show {item.view} as of {item.after}"
    if item.after is None:
        return f"  hide {item.view} of {item.before}"
    if item.before == item.after:
        return f"  renew {item.view} of {item.after}"
    return f"  switch {item.view} from {item.before} to {item.after}"


def _affected_line(item: Affected) -> str:
    words = _EFFECTS[item.effect].format(pins=item.pins)
    return f"  {item.release} (team {item.team or 'unknown'}) {words}"


def _sum(plan: DeployPlan) -> str:
    built, shared = plan.of(Step.BUILD), plan.of(Step.SHARE)
    shared = tuple(item for item in shared if item.stored.kind.holds_rows)
    parts = [f"builds {_tables(len(built))}{_total(item.bytes for item in built)}"]
    parts.append(f"shares {len(shared)}{_total(item.bytes for item in shared)}")
    parts.append(f"drops {len(plan.dropped)}{_total(item.bytes for item in plan.dropped)}")
    return ", ".join(parts)


def _tables(count: int) -> str:
    return f"{count} table" if count == 1 else f"{count} tables"


def _total(sizes: Iterable[int | None]) -> str:
    known = [size for size in sizes if size is not None]
    return f" (about {format_bytes(sum(known))})" if known else ""


def _count(rows: int | None) -> str:
    return "?" if rows is None else f"{rows:,}"


def _size(size: int | None) -> str:
    return "?" if size is None else format_bytes(size)
