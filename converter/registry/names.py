"""Which names an entry may have: a release's is a branch, a tag, a folder and a file name on every system."""

import re
import unicodedata

from converter.registry.quoting import quoted

RELEASE_NAME = "^[a-z0-9][a-z0-9-]{1,63}$"
"""Names of releases. No dot: consumers cut names at dots, and the dot keeps `NAME` apart from `NAME.vN`."""

_HUB_WORDS = (
    "main",
    "master",
    "head",
    "heads",
    "refs",
    "tags",
    "origin",
    "index",
    "hub",
    "latest",
    "manifest",
    "readme",
)
_DEVICES = ("con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10)))
RESERVED = frozenset({*_HUB_WORDS, *_DEVICES})
"""The hub's own branches and folders, what git reads otherwise, and what Windows keeps: no folder can be called so."""

_RELEASE_NAME = re.compile(RELEASE_NAME[1:-1])
_COMMIT_LIKE = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LIMIT = 64
_FILE_NAME_LIMIT = 200


def release_name_complaint(name: str) -> str | None:
    """What is wrong with `name` as the name of a release, or `None`."""
    if not _RELEASE_NAME.fullmatch(name):
        return f"found the name {quoted(name)}, {_why(name)}{_suggestion(name)}"
    if name in RESERVED:
        return f"found the name {quoted(name)}, which the hub keeps for itself; choose another"
    if _COMMIT_LIKE.fullmatch(name):
        return f"found the name {quoted(name)}, which reads as a commit; choose another"
    return None


def file_name_complaint(name: str) -> str | None:
    """What is wrong with `name` as the name of a LoRA, an embedding or a download, or `None`.

    These are file names in consumers' folders, so they must not lead out of them.
    """
    if "/" in name or "\\" in name or ".." in name:
        return f"found the name {quoted(name)}, expected a plain name; it must not have '/', '\\' or '..'"
    if name != name.strip() or name.startswith("."):
        return f"found the name {quoted(name)}, which begins or ends with a space or begins with a dot; remove that"
    if len(name) > _FILE_NAME_LIMIT:
        return f"found a name of {len(name)} characters, expected at most {_FILE_NAME_LIMIT}; shorten it"
    return None


def inner_path_complaint(path: str) -> str | None:
    """What is wrong with `path` as a place inside the models folder, or `None`."""
    parts = path.split("/")
    if "\\" in path or ":" in path or any(part in ("", ".", "..") for part in parts):
        return f"found the path {quoted(path)}, expected one inside the models folder; write it as 'control' or 'a/b'"
    return None


def _why(name: str) -> str:
    if "/" in name or "\\" in name:
        return "which has a path separator"
    if "." in name:
        return "which has a dot, where consumers cut names"
    if any(character.isspace() for character in name):
        return "which has a space"
    if strange := next((character for character in name if not character.isascii()), None):
        # It may look like one of ours, so its name has to say what it is.
        known = unicodedata.name(strange, "without a name")
        return f"which has U+{ord(strange):04X} ({known}), only a to z are letters here"
    if len(name) > _LIMIT:
        return f"which has {len(name)} characters, at most {_LIMIT} are allowed"
    return "expected 2 to 64 lower-case letters, digits and hyphens that do not begin with a hyphen"


def _suggestion(name: str) -> str:
    plain = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:_LIMIT].strip("-")
    return f"; write {plain!r}" if _RELEASE_NAME.fullmatch(plain) else "; use lower-case letters, digits and hyphens"
