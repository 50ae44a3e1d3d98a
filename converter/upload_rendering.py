"""How much a plan's conversions send, for a person, and for a script. Pure."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from converter.actions import AtMost, Convert, Exactly, NotKnown, Upload
from converter.canonical import JsonObject
from converter.release.card_text import readable_size


def upload_words(upload: Upload) -> str:
    """`uploads at most 1.72 GB`, or that nobody knows yet."""
    match upload:
        case Exactly(size_bytes=size):
            return f"uploads {readable_size(size)}"
        case AtMost(size_bytes=size, if_unchanged=condition):
            return f"uploads at most {readable_size(size)}{' if its sources are what they were' if condition else ''}"
        case NotKnown():
            return "upload not known before it is converted"
        case _:
            assert_never(upload)


def upload_object(upload: Upload | None) -> JsonObject:
    """The field `upload` of an action; nothing where nobody looked."""
    match upload:
        case None:
            return {}
        case Exactly(size_bytes=size):
            return {"upload": {"known": "exactly", "bytes": size}}
        case AtMost(size_bytes=size, if_unchanged=condition):
            return {"upload": {"known": "at most", "bytes": size, "if_sources_are_unchanged": condition}}
        case NotKnown():
            return {"upload": {"known": "no"}}
        case _:
            assert_never(upload)


def upload_sum(converts: Iterable[Convert]) -> str:
    """The end of a plan's line of sums: `; to upload: at most 3.41 GB`; empty where nobody looked."""
    known, unknown = _known(converts)
    parts = []
    if known:
        most = "" if all(isinstance(upload, Exactly) for upload in known) else "at most "
        parts.append(f"{most}{readable_size(_sum(known))}")
    if unknown:
        parts.append(f"what {unknown} of them {'takes' if unknown == 1 else 'take'}, not known before the conversion")
    return f"; to upload: {', and '.join(parts)}" if parts else ""


def upload_sum_object(converts: Iterable[Convert]) -> JsonObject:
    """The field `upload` of a plan; nothing where nobody looked."""
    known, unknown = _known(converts)
    if not known and not unknown:
        return {}
    exact = not unknown and all(isinstance(upload, Exactly) for upload in known)
    return {"upload": {"bytes": _sum(known), "exact": exact, "not_known": unknown}}


def _known(converts: Iterable[Convert]) -> tuple[Sequence[Exactly | AtMost], int]:
    """What is known of all uploads, and of how many nothing is."""
    uploads = [action.upload for action in converts if action.upload is not None]
    known = [upload for upload in uploads if not isinstance(upload, NotKnown)]
    return known, len(uploads) - len(known)


def _sum(known: Iterable[Exactly | AtMost]) -> int:
    return sum(upload.size_bytes for upload in known)
