"""The ledger: what people decided about releases, and what no manifest can tell. Pure.

`ledger.json` lies on `main` beside the index, and is written in the same compare-and-swap. Unlike the index it cannot
be made again from the tags. It is there, and not in commits on the entries' branches, because one commit then marks the
index, the catalogue and itself, or nothing; because a folder has no branches apart from its tags; and because a reader
gets all marks in one request.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from converter.canonical import JsonObject, readable_json
from converter.hub.errors import HubError, LedgerUnreadable

LEDGER_SCHEMA = 1


@dataclass(frozen=True)
class Ledger:
    """The marks of all releases. Changed by making another one."""

    commits: Mapping[str, str] = field(default_factory=dict)
    """Tag to the commit that it marked when it was first seen; a tag that marks another one now was moved."""
    yanked: Mapping[str, str] = field(default_factory=dict)
    """Tag to the reason why nobody should take the release any more."""
    retired: tuple[str, ...] = ()
    """Names that nothing asks for any more, sorted."""

    def with_seen(self, commits: Mapping[str, str]) -> "Ledger":
        """With the commits of tags that are new to it; those that it knows are never changed."""
        return replace(self, commits={**commits, **self.commits})

    def with_yanked(self, tags: Iterable[str], reason: str) -> "Ledger":
        """With these releases yanked, whatever was the reason before."""
        return replace(self, yanked={**self.yanked, **dict.fromkeys(tags, reason)})

    def without_yanked(self, tags: Iterable[str]) -> "Ledger":
        """With these releases good again."""
        gone = set(tags)
        return replace(self, yanked={tag: reason for tag, reason in self.yanked.items() if tag not in gone})

    def with_retired(self, name: str) -> "Ledger":
        """With one name more that is retired."""
        return replace(self, retired=tuple(sorted({*self.retired, name})))

    def without_retired(self, name: str) -> "Ledger":
        """With one name that is asked for again."""
        return replace(self, retired=tuple(known for known in self.retired if known != name))

    def to_json(self) -> bytes:
        """The bytes of `ledger.json`; `Ledger.from_json(l.to_json(), where) == l`."""
        commits, yanked = (dict(sorted(part.items())) for part in (self.commits, self.yanked))
        whole: JsonObject = {
            "schema": LEDGER_SCHEMA,
            "commits": commits,
            "yanked": yanked,
            "retired": sorted(self.retired),
        }
        return readable_json(whole)

    @staticmethod
    def from_json(data: bytes, where: str) -> "Ledger":
        """Read the bytes of a `ledger.json`; `where` names the place in messages.

        Raises:
            LedgerUnreadable: it is not a ledger, and nothing else knows what was in it.
            HubError: a later version of this tool wrote it.
        """
        try:
            raw = json.loads(data)
            schema = raw["schema"]
            if isinstance(schema, int) and schema > LEDGER_SCHEMA:
                raise HubError(
                    f"{where}: the ledger has schema {schema}, this version knows {LEDGER_SCHEMA}; "
                    "use a later version of this tool"
                )
            if schema != LEDGER_SCHEMA:
                raise ValueError(f"schema is {schema!r}, expected {LEDGER_SCHEMA}")
            return Ledger(_texts(raw["commits"]), _texts(raw["yanked"]), _names(raw["retired"]))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise LedgerUnreadable(
                f"{where}: not a ledger of releases ({type(error).__name__}: {error}); put back an earlier version "
                "of it from the history of main, or delete it to begin with what the index says"
            ) from error


def _texts(raw: object) -> Mapping[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise TypeError(f"found {str(raw)[:80]!r}, expected texts by their tags")
    return raw


def _names(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(name, str) for name in raw):
        raise TypeError(f"found {str(raw)[:80]!r}, expected a list of names")
    return tuple(sorted(set(raw)))
