"""Issues of a repository and their comments."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from converter.canonical import JsonObject, JsonValue
from converter.github.client import GitHub
from converter.github.errors import GitHubDenied, GitHubMissing
from converter.github.reading import number_at, object_at, object_in, objects_at, objects_in, text_at

ACTIONS_BOT = "github-actions[bot]"
"""As whom a workflow writes."""
LONGEST_BODY = 65_536
"""Characters; GitHub refuses more."""
_READ, _WRITE = "Issues: read", "Issues: write"


class IssueState(StrEnum):
    """Is it still to be done?"""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Issue:
    """An issue, or a pull request, which is one to GitHub."""

    number: int
    body: str
    """With line feeds only, whatever its author's browser sent."""
    state: IssueState
    author: str
    """The login, in small letters: GitHub does not mind their case."""
    labels: frozenset[str]
    is_pull_request: bool


@dataclass(frozen=True)
class Comment:
    """A comment of an issue."""

    id: int
    body: str
    author: str


@dataclass(frozen=True)
class Draft:
    """An issue to be opened."""

    title: str
    body: str
    label: str


class Issues:
    """The issues of a repository."""

    def __init__(self, github: GitHub) -> None:
        """Nothing is asked yet."""
        self._github = github

    @cached_property
    def me(self) -> str:
        """The login, in small letters, that what we write is under.

        Raises:
            GitHubError: the token is not valid, or GitHub does not answer.
        """
        try:
            user = object_in(self._github.get("/user", "asking whose the token is", "none"), "the user")
        except GitHubDenied:
            # The token of a workflow is nobody's: GitHub answers 403. One that is not valid fails at its next use.
            return ACTIONS_BOT
        return text_at(user, "login").lower()

    def with_label(self, label: str) -> Iterator[Issue]:
        """Every issue, open or closed, that carries a label, the oldest first; no pull requests."""
        query = {"labels": label, "state": "all", "sort": "created", "direction": "asc"}
        for page in self._github.pages("~/issues", query, "listing issues", _READ):
            found = (_issue(item) for item in objects_in(page, "issues"))
            yield from (issue for issue in found if not issue.is_pull_request)

    def issue(self, number: int) -> Issue:
        """One issue as it is now."""
        return _issue(object_in(self._github.get(f"~/issues/{number}", "reading an issue", _READ), "issue"))

    def open(self, draft: Draft) -> Issue:
        """Make an issue."""
        body: JsonObject = {"title": draft.title, "body": draft.body, "labels": [draft.label]}
        return _issue(object_in(self._github.write("POST", "~/issues", body, "opening an issue", _WRITE), "issue"))

    def edit(self, number: int, *, body: str | None = None, state: IssueState | None = None) -> None:
        """Change what is given, in one step."""
        changes: dict[str, JsonValue] = {} if body is None else {"body": body}
        if state is not None:
            changes |= {"state": state.value, "state_reason": "reopened" if state is IssueState.OPEN else "completed"}
        self._github.write("PATCH", f"~/issues/{number}", changes, f"changing issue {number}", _WRITE)

    def comments(self, number: int) -> Iterator[Comment]:
        """The comments of an issue, the oldest first."""
        for page in self._github.pages(f"~/issues/{number}/comments", {}, "listing comments", _READ):
            yield from (_comment(item) for item in objects_in(page, "comments"))

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""
        self._github.write("POST", f"~/issues/{number}/comments", {"body": body}, "writing a comment", _WRITE)

    def edit_comment(self, comment: Comment, body: str) -> None:
        """Give a comment another text."""
        self._github.write("PATCH", f"~/issues/comments/{comment.id}", {"body": body}, "changing a comment", _WRITE)

    def has_label(self, label: str) -> bool:
        """Whether the repository knows a label; a form's label that it does not know is left off without a word."""
        try:
            self._github.get(f"~/labels/{label}", f"reading label {label}", _READ)
        except GitHubMissing:
            return False
        return True

    def require_label(self, label: str, description: str) -> None:
        """Make a label if the repository has none of that name."""
        if not self.has_label(label):
            body: JsonObject = {"name": label, "color": "d93f0b", "description": description}
            self._github.write("POST", "~/labels", body, f"making label {label}", _WRITE)


def same_text(one: str, other: str) -> bool:
    """Whether two bodies are the same to GitHub, which strips and may send other line ends than it got."""
    return _lines(one).strip() == _lines(other).strip()


def _issue(item: JsonObject) -> Issue:
    return Issue(
        number_at(item, "number"),
        _lines(text_at(item, "body")),
        IssueState.CLOSED if text_at(item, "state") == "closed" else IssueState.OPEN,
        _login(item),
        frozenset(text_at(label, "name") for label in objects_at(item, "labels")),
        item.get("pull_request") is not None,
    )


def _comment(item: JsonObject) -> Comment:
    return Comment(number_at(item, "id"), _lines(text_at(item, "body")), _login(item))


def _login(item: JsonObject) -> str:
    return text_at(object_at(item, "user"), "login").lower()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
