"""A plan for a person, and for a script. Pure."""

from typing import assert_never

from converter.canonical import JsonObject
from converter.plan import Action, Convert, Keep, Plan, Refuse, Retire

_VERBS = {Convert: "convert", Keep: "keep", Refuse: "refuse", Retire: "retire"}


def as_text(plan: Plan) -> str:
    """One aligned line for each action, then the sums; ends with a line break."""
    rows = [(_VERBS[type(action)], _label(action), _reason(action)) for action in plan.actions]
    verbs = max((len(verb) for verb, _, _ in rows), default=0)
    labels = max((len(label) for _, label, _ in rows), default=0)
    lines = [f"{verb:<{verbs}}  {label:<{labels}}  {reason}" for verb, label, reason in rows]
    sums = ", ".join(f"{count} to {verb}" for verb, count in _sums(plan).items() if count)
    return "\n".join([*lines, sums or "nothing is asked for and nothing is published", ""])


def as_json(plan: Plan) -> JsonObject:
    """The plan with one object for each action, in order."""
    return {"recipe": plan.recipe, "summary": _sums(plan), "actions": [_object(action) for action in plan.actions]}


def _sums(plan: Plan) -> dict[str, int]:
    kinds = [type(action) for action in plan.actions]
    return {verb: kinds.count(kind) for kind, verb in _VERBS.items()}


def _label(action: Action) -> str:
    return action.name if isinstance(action, Refuse) else f"{action.name}.v{action.version}"


def _reason(action: Action) -> str:
    if isinstance(action, Refuse):
        return f"line {action.location.line}: {action.reason}"
    return action.reason


def _object(action: Action) -> JsonObject:
    common = {"action": _VERBS[type(action)], "name": action.name, "reason": action.reason}
    match action:
        case Refuse(location=location):
            return {**common, "line": location.line, "column": location.column, "path": location.path}
        case Convert(version=version) | Keep(version=version) | Retire(version=version):
            return {**common, "version": version, "tag": f"{action.name}.v{version}"}
        case _:
            assert_never(action)
