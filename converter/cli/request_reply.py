"""The part of `entry` that reads GitHub's event about an issue and answers the request below it.

An event and its issue are a stranger's. Nothing of them is printed here: the runner takes lines of the output, and of
what is beside it, for commands.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from converter.canonical import JsonObject, JsonValue
from converter.cli.output import note, say
from converter.request import REQUEST_LABEL

if TYPE_CHECKING:
    from converter.github import GitHub
    from converter.registry import Registry

_MARKER = "<!-- onnx-registry: reply to a request -->"
_MOST_BYTES = 32 << 20
"""More than any event: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""
_TOO_LONG = (
    "The answer is too long for a comment. A maintainer gets it by `./scripts/registry entry --from-issue` with the "
    "text of this issue.\n"
)


@dataclass(frozen=True)
class IssueEvent:
    """The issue that an event is about."""

    number: int
    body: str
    is_request: bool
    """Whether it is an issue that carries the label of the form."""


def read_event(path: Path) -> IssueEvent:
    """The issue of an event, from the file that `GITHUB_EVENT_PATH` names.

    Raises:
        typer.BadParameter: the file is not there, or is no event about an issue; nothing of it is shown.
    """
    try:
        with path.open("rb") as stream:
            event: JsonValue = json.loads(stream.read(_MOST_BYTES))
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}; expected the event of an issue") from error
    except (ValueError, RecursionError):
        event = None
    issue = _object(event, "issue")
    number = issue.get("number")
    if not isinstance(number, int) or isinstance(number, bool):
        raise typer.BadParameter(f"{path}: found no event about an issue, expected one; run it on `issues` only")
    body = issue.get("body")
    return IssueEvent(number, body if isinstance(body, str) else "", _is_request(issue))


def post_reply(number: int, registry: "Registry", github: "GitHub") -> None:
    """Answer a request in one comment below it, which a later answer replaces.

    What is answered is the issue as it is now: of two runs at once, or one that is run again, the event is old.

    Raises:
        GitHubError: GitHub refuses it or does not answer.
    """
    from converter.github import Issues, Kept, keep_comment
    from converter.github.issues import LONGEST_BODY
    from converter.request import reply, requested

    issues = Issues(github)
    issue = issues.issue(number)
    if REQUEST_LABEL not in issue.labels or issue.is_pull_request:
        note(not_a_request(number))
        return
    text = reply(requested(issue.body, registry))
    fits = len(_MARKER) + len(text) < LONGEST_BODY
    match keep_comment(issues, number, _MARKER, text if fits else _TOO_LONG):
        case Kept.WRITTEN:
            say(f"issue {number}: answered")
        case Kept.EDITED:
            say(f"issue {number}: answered anew, in the same comment")
        case Kept.UNCHANGED:
            say(f"issue {number}: the answer that is there says it")


def not_a_request(number: int) -> str:
    """Why nothing is done."""
    return f"issue {number}: found no label `{REQUEST_LABEL}`, which the form gives; nothing to answer"


def _is_request(issue: JsonObject) -> bool:
    labels = issue.get("labels")
    names = [_text(label, "name") for label in labels] if isinstance(labels, list) else []
    return REQUEST_LABEL in names and issue.get("pull_request") is None


def _object(value: JsonValue, key: str) -> JsonObject:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: JsonValue, key: str) -> str:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
