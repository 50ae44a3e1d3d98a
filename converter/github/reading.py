"""Parts of GitHub's answers with the types that they must have."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from converter.canonical import JsonObject, JsonValue
from converter.github.errors import GitHubError

_Type = TypeVar("_Type")


def object_in(value: JsonValue, what: str) -> JsonObject:
    """`value` as an object.

    Raises:
        GitHubError: it is something else; so do the others.
    """
    return _expect(value, dict, what)


def objects_in(value: JsonValue, what: str) -> Iterator[JsonObject]:
    """The objects of a list."""
    items: Sequence[JsonValue] = _expect(value, list, what)
    return (object_in(item, what) for item in items)


def text_at(parent: JsonObject, key: str) -> str:
    """A text; null and absent are empty, as GitHub has it for a body that nobody wrote."""
    return "" if parent.get(key) is None else _expect(parent[key], str, key)


def number_at(parent: JsonObject, key: str) -> int:
    """A whole number."""
    return _expect(parent.get(key), int, key)


def flag_at(parent: JsonObject, key: str) -> bool:
    """Whether it is true; absent is false."""
    return parent.get(key) is True


def object_at(parent: JsonObject, key: str) -> JsonObject:
    """An object; null and absent are empty."""
    return {} if parent.get(key) is None else _expect(parent[key], dict, key)


def objects_at(parent: JsonObject, key: str) -> Iterator[JsonObject]:
    """The objects of a list; null and absent are empty."""
    return iter(()) if parent.get(key) is None else objects_in(parent[key], key)


def _expect(value: object, kind: type[_Type], what: str) -> _Type:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise GitHubError(
            f"GitHub: {what}: found {type(value).__name__}, expected {kind.__name__}; check GITHUB_API_URL"
        )
    return value
