"""The review of a pull request, whole: the registry after the merge, its plan, its rules, and looks at new sources.

`examine` takes a `Proposal`, the hub, and who can look at sources (`Looks`), and gives a `Reviewed`; `page_of` and
`annotations_of` put that into GitHub's forms. Nothing is converted, downloaded or published, and the hub is only read.
"""

from converter.pull_request.examine import examine
from converter.pull_request.looks import Looks, NoLooks, Sighting, WorkshopLooks
from converter.pull_request.page import annotations_of, page_of
from converter.pull_request.reviewed import Proposal, Reviewed

__all__ = [
    "Looks",
    "NoLooks",
    "Proposal",
    "Reviewed",
    "Sighting",
    "WorkshopLooks",
    "annotations_of",
    "examine",
    "page_of",
]
