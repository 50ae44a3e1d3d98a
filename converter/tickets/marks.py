"""How an issue says which fault it is about, for us and nobody else. Pure."""

import hashlib
import re
from dataclasses import dataclass

from converter.audit import PublishedFault

LABEL = "published-fault"
"""Only who may write to the repository can give an issue a label."""
_MARK = re.compile(r"<!-- published-fault key:([0-9a-f]{64}) release:([0-9a-f]{64}) kind:([a-z]{1,40}) -->\n", re.ASCII)


@dataclass(frozen=True)
class Mark:
    """A fault by its digests: names in a comment could end it."""

    key: str
    """SHA-256 of the fault's key."""
    release: str
    """SHA-256 of the release's tag, to tell what an issue is about whose fault was not found again."""
    kind: str

    def __str__(self) -> str:
        return f"<!-- published-fault key:{self.key} release:{self.release} kind:{self.kind} -->\n"


def mark_of(fault: PublishedFault) -> Mark:
    """The mark of a fault; the same one in every run."""
    return Mark(digest(fault.key), digest(fault.release), str(fault.kind))


def read_mark(body: str) -> Mark | None:
    """The mark that a body begins with; `read_mark(f"{mark}...") == mark`.

    One that stands anywhere else may be a part of what a fault says.
    """
    found = _MARK.match(body)
    return Mark(found[1], found[2], found[3]) if found else None


def digest(text: str) -> str:
    """SHA-256 of a text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
