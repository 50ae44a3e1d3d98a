"""The review of a pull request, whole: the registry after the merge, its plan, its rules, and looks at new sources.

`examine` takes a `Proposal`, the hub, and who can look at sources (`Looks`), and gives a `Reviewed`; `page_of` and
`annotations_of` put that into GitHub's forms. `proposal_of_merge` reads the proposal from the objects of a merge
commit. Nothing is converted, downloaded or published, and the hub is only read.
"""

from converter.pull_request.examine import examine, unread_review
from converter.pull_request.looks import Looks, NoLooks, Sighting, Sightings, WorkshopLooks
from converter.pull_request.merge_commit import REGISTRY_PATH, MergeCommitError, NotAMergeError, proposal_of_merge
from converter.pull_request.page import annotations_of, page_of
from converter.pull_request.reviewed import NoText, Proposal, Reviewed, Text

__all__ = [
    "REGISTRY_PATH",
    "Looks",
    "MergeCommitError",
    "NoLooks",
    "NoText",
    "NotAMergeError",
    "Proposal",
    "Reviewed",
    "Sighting",
    "Sightings",
    "Text",
    "WorkshopLooks",
    "annotations_of",
    "examine",
    "page_of",
    "proposal_of_merge",
    "unread_review",
]
