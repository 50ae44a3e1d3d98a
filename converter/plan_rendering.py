"""A plan for a person, and for a script. Pure."""

from typing import assert_never

from converter.actions import Action, Convert, Keep, Refuse, Retire, Unretire, Unyank, Withhold, Yank
from converter.canonical import JsonObject
from converter.garbage import no_search
from converter.plan import Plan
from converter.registry import printable
from converter.upload_rendering import upload_object, upload_sum, upload_sum_object, upload_words

_VERBS = {
    Convert: "convert",
    Keep: "keep",
    Refuse: "refuse",
    Withhold: "withhold",
    Yank: "yank",
    Unyank: "unyank",
    Retire: "retire",
    Unretire: "unretire",
}


def action_rows(plan: Plan) -> list[tuple[str, str, str]]:
    """What is done, with what, and why: a row for each action."""
    return [(_VERBS[type(action)], _label(action), _reason(action)) for action in plan.actions]


@no_search()
def as_text(plan: Plan) -> str:
    """One aligned line for each action, then the sums; ends with a line break."""
    rows = action_rows(plan)
    verbs = max((len(verb) for verb, _, _ in rows), default=0)
    labels = max((len(label) for _, label, _ in rows), default=0)
    lines = [f"{verb:<{verbs}}  {label:<{labels}}  {reason}" for verb, label, reason in rows]
    return "\n".join([*lines, sums_of(plan), ""])


def sums_of(plan: Plan) -> str:
    """`3 to convert, 1 to keep`, or that there is nothing; and what is uploaded, where that was looked into."""
    sums = ", ".join(f"{count} to {verb}" for verb, count in _sums(plan).items() if count)
    return f"{sums or 'nothing is asked for and nothing is published'}{upload_sum(plan.converts)}"


def as_json(plan: Plan) -> JsonObject:
    """The plan with one object for each action, in order."""
    actions: JsonObject = {"actions": [_object(action) for action in plan.actions]}
    return {"recipe": plan.recipe, "summary": _sums(plan), **upload_sum_object(plan.converts), **actions}


def _sums(plan: Plan) -> dict[str, int]:
    kinds = [type(action) for action in plan.actions]
    return {verb: kinds.count(kind) for kind, verb in _VERBS.items()}


def _label(action: Action) -> str:
    match action:
        case Refuse() | Withhold() | Yank() | Unyank():
            return action.name
        case Convert(version=version) | Keep(version=version) | Retire(version=version) | Unretire(version=version):
            return f"{action.name}.v{version}"
        case _:
            assert_never(action)


def _reason(action: Action) -> str:
    match action:
        case Refuse(location=location):
            return f"line {location.line}: {action.reason}"
        case Yank(versions=versions) | Unyank(versions=versions):
            return f"{', '.join(f'v{version}' for version in versions)}: {printable(action.reason)}"
        case Convert(upload=upload) if upload is not None:
            return f"{printable(action.reason)}; {upload_words(upload)}"
        case _:
            return printable(action.reason)


def _object(action: Action) -> JsonObject:
    common = {"action": _VERBS[type(action)], "name": action.name, "reason": action.reason}
    match action:
        case Refuse(location=location):
            return {**common, "line": location.line, "column": location.column, "path": location.path}
        case Withhold():
            return common
        case Yank(versions=versions) | Unyank(versions=versions):
            return {**common, "versions": versions, "tags": [f"{action.name}.v{version}" for version in versions]}
        case Convert(version=version, upload=upload):
            return {**common, "version": version, "tag": f"{action.name}.v{version}", **upload_object(upload)}
        case Keep(version=version) | Retire(version=version) | Unretire(version=version):
            return {**common, "version": version, "tag": f"{action.name}.v{version}"}
        case _:
            assert_never(action)
