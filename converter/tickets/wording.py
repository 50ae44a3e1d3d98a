"""What issues about faults say, in Markdown that nothing in a fault breaks out of. Pure."""

import re
from collections.abc import Sequence

from converter.audit import FaultKind, PublishedFault
from converter.registry import printable
from converter.tickets.marks import mark_of
from converter.workflow import fenced, literal
from converter.workflow.markdown import header, row

GONE = "<!-- published-fault gone -->\n"
BACK = "<!-- published-fault back -->\n"
_LONGEST_TITLE = 120
_LONGEST_MESSAGE = 4000
_PLAIN = re.compile(r"[^A-Za-z0-9 ._:/+=,()-]")
"""Everything that a title needs not: `@` would mention somebody, a backtick make code, `#` lead to another issue."""


def title_of(fault: PublishedFault) -> str:
    """One line of harmless characters; two faults may have the same."""
    said = f"{fault.release}: {fault.kind}{': ' if fault.path else ''}{fault.path}"
    plain = " ".join(_PLAIN.sub("_", said[: _LONGEST_TITLE * 2]).split())
    return plain if len(plain) <= _LONGEST_TITLE else f"{plain[: _LONGEST_TITLE - 3]}..."


def body_of(faults: Sequence[PublishedFault], hub: str) -> str:
    """What an issue says of a fault: the same text in every run, so that a change of it means something.

    Args:
        faults: one, or several with the same key.
        hub: where the release is.
    """
    first = faults[0]
    message = "\n".join(_clipped(printable(fault.message)) for fault in faults)
    return "\n".join(
        [
            f"{mark_of(first)}{_OPENINGS.get(str(first.kind), _OPENING)}",
            "",
            *header(("what", "found")),
            row(("release" if first.kind != FaultKind.LINK else "entry", literal(first.release))),
            row(("hub", literal(hub))),
            row(("fault", literal(str(first.kind)))),
            *([row(("where", literal(first.path)))] if first.path else []),
            "",
            fenced(message, "text"),
            "",
            "`./scripts/registry verify --published --links` shows it. This text is kept by the weekly check, "
            "which closes the issue when the fault is gone.",
            "",
        ]
    )


def gone_text() -> str:
    """The comment before an issue is closed."""
    return f"{GONE}The check does not find this fault any more."


def back_text() -> str:
    """The comment before an issue is opened again."""
    return f"{BACK}The check finds this fault (again)."


def merged_text(into: int) -> str:
    """The comment before a second issue about the same fault is closed."""
    return f"{GONE}The same fault as in #{into}."


_OPENING = "A published release is not what it was when it was published."
_OPENINGS = {FaultKind.LINK.value: "A source that an entry does not pin cannot be had any more."}


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
