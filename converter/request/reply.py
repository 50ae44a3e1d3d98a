"""The answer to a request, in Markdown: the entry to paste, or what is to be corrected. Pure."""

from typing import assert_never

from converter.request.requested import NotReady, Ready, Requested
from converter.workflow import fenced_json, literal
from converter.workflow.markdown import header, row

_SHOWN = 20


def reply(request: Requested) -> str:
    """What is posted below the request; a stranger's words in it stay words, and mention nobody."""
    match request:
        case Ready():
            return _ready(request)
        case NotReady():
            return _not_ready(request)
        case _:
            assert_never(request)


def _ready(request: Ready) -> str:
    questions = [f"- {literal(question)}" for question in request.questions]
    asks = ["", "A maintainer will have to decide:", "", *questions] if questions else []
    return "\n".join(
        [
            f"This is the entry. Put it into the list `{request.section}` of `registry/extras.json` in a pull request, "
            "whose checks say the rest:",
            "",
            fenced_json(request.entry),
            *asks,
            "",
        ]
    )


def _not_ready(request: NotReady) -> str:
    rows = [row((literal(each.label) or "the request", literal(each.message))) for each in request.mistakes[:_SHOWN]]
    left = len(request.mistakes) - _SHOWN
    return "\n".join(
        [
            "This cannot be made an entry yet. Please edit the request:",
            "",
            *header(("field", "what is wrong")),
            *rows,
            *(["", f"And {left} more."] if left > 0 else []),
            "",
        ]
    )
