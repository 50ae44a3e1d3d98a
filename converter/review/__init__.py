"""The review of a pull request: what two registries and a list of changed paths say about it. Pure.

`review` compares the registry as it is with the registry as it will be; `Concern` is what it finds, with a `Weight`
that says whether it fails, asks for a person, or is good to know. `amount_complaint` refuses what is too much to be
read at all. `limits` and `licences` are data. The room looks at nothing but its arguments: what is behind a source is
for who asks for the review to find out, and whether the registry is valid for the registry room.
"""

from converter.review.amount import amount_complaint
from converter.review.changed_entries import ChangedEntries, Pair, changed_entries
from converter.review.concerns import Concern, Weight, by_weight, concern, exit_code_of
from converter.review.licences import ALLOWED, is_allowed
from converter.review.limits import (
    DISK_LIMIT_GB,
    DOWNLOAD_LIMIT_BYTES,
    ENTRIES_LIMIT,
    LOOKS_LIMIT,
    MINUTES_LIMIT,
    NEW_ENTRIES_LIMIT,
    SIZE_LIMIT_BYTES,
    VALUES_LIMIT,
)
from converter.review.lookalike import Names, confusable
from converter.review.rules import download_concern, mixed_concern, review
from converter.review.running_rule import disk_concern

__all__ = [
    "ALLOWED",
    "DISK_LIMIT_GB",
    "DOWNLOAD_LIMIT_BYTES",
    "ENTRIES_LIMIT",
    "LOOKS_LIMIT",
    "MINUTES_LIMIT",
    "NEW_ENTRIES_LIMIT",
    "SIZE_LIMIT_BYTES",
    "VALUES_LIMIT",
    "ChangedEntries",
    "Concern",
    "Names",
    "Pair",
    "Weight",
    "amount_complaint",
    "by_weight",
    "changed_entries",
    "concern",
    "confusable",
    "disk_concern",
    "download_concern",
    "exit_code_of",
    "is_allowed",
    "mixed_concern",
    "review",
]
