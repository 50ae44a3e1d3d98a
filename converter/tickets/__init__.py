"""Faults of published releases as issues of the repository: one an issue, for as long as the fault is there.

`plan_tickets` compares what an audit found with the issues that earlier runs made, and says what to do: pure. `file`
does it. An issue is known by a `Mark` in its body, and only if this program opened it. Run twice, the second time does
nothing; what a run that was killed left undone, the next one does. The room finds no fault itself.
"""

from converter.tickets.filing import Filed, file
from converter.tickets.marks import LABEL, Mark, mark_of, read_mark
from converter.tickets.planning import (
    MOST_NEW,
    Audit,
    Close,
    Held,
    Merge,
    Open,
    Reopen,
    Step,
    Ticket,
    Update,
    plan_tickets,
)

__all__ = [
    "LABEL",
    "MOST_NEW",
    "Audit",
    "Close",
    "Filed",
    "Held",
    "Mark",
    "Merge",
    "Open",
    "Reopen",
    "Step",
    "Ticket",
    "Update",
    "file",
    "mark_of",
    "plan_tickets",
    "read_mark",
]
