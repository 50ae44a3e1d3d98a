"""A request for a model: the body of an issue made from a form, turned into an entry of the registry. Pure.

`FIELDS` is the form; `issue_form` gives it in the shape of GitHub's file. `requested` gives an entry that the registry
takes (`Ready`) or what is wrong with each field (`NotReady`), `reply` either of them in Markdown. The room believes
nothing that is written in an issue, and looks at no source.
"""

from converter.request.form import FIELDS, REQUEST_LABEL, FieldKind, FormField, ModelKind, issue_form
from converter.request.mistakes import Mistake
from converter.request.reply import reply
from converter.request.requested import NotReady, Ready, Requested, requested

__all__ = [
    "FIELDS",
    "REQUEST_LABEL",
    "FieldKind",
    "FormField",
    "Mistake",
    "ModelKind",
    "NotReady",
    "Ready",
    "Requested",
    "issue_form",
    "reply",
    "requested",
]
