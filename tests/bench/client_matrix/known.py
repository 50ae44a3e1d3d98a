"""What is known not to work, from the table that the documentation shows: a cell that fails otherwise is a fault."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tests.bench.client_matrix.cells import Cell

PAGE = Path(__file__).parents[3] / "docs" / "clients.md"
_START, _END = "<!-- known gaps -->", "<!-- end of known gaps -->"
_ROW = re.compile(r"^\| (?!client|---)(.+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Gap:
    """One row: cells that fail, each field a name, with `*` for any part of it, or `any`."""

    client: str
    release: str
    task: str
    level: str
    says: str
    """What is in the first line of the error."""
    reason: str

    def covers(self, cell: Cell) -> bool:
        """Whether the row is about this cell."""
        pairs = (
            (self.client, cell.client.title),
            (self.release, cell.release),
            (self.task, cell.task),
            (self.level, cell.level.name),
        )
        return all(said == "any" or fnmatchcase(found, said) for said, found in pairs)


def known_gaps(page: str) -> tuple[Gap, ...]:
    """The rows of the table in a page of documentation.

    Raises:
        ValueError: the page has no such table, or a row does not have six fields.
    """
    table = page.split(_START)[1].split(_END, maxsplit=1)[0] if _START in page else ""
    if not table:
        raise ValueError(f"found no table after {_START}, expected one; restore it")
    gaps = []
    for row in _ROW.findall(table):
        fields = [field.strip() for field in row.split(" | ")]
        if len(fields) != 6:
            raise ValueError(f"the row {row!r} has {len(fields)} fields, expected 6: client to reason")
        *where, says, reason = fields
        gaps.append(Gap(*where, says=says.strip("`"), reason=reason))
    return tuple(gaps)
