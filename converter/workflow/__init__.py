"""The workflow room: what GitHub Actions reads from a run. Pure: values in, values out.

It must not decide anything: it only puts plans and findings into the forms that GitHub takes. Text from a registry or
a weight file is a stranger's: `markdown` and `annotations` are the two places that make it harmless.
"""

from converter.workflow.annotations import Annotation, Level, annotation_lines
from converter.workflow.markdown import fenced, fenced_json, literal
from converter.workflow.matrix import MAX_NAMES, TooManyRunnersError, as_matrix, waiting
from converter.workflow.run_summary import failure_lines, plan_annotations, plan_summary, run_summary
from converter.workflow.sections import MAX_BYTES
from converter.workflow.summary import Page, PinLine, ReleaseRow, summary

__all__ = [
    "MAX_BYTES",
    "MAX_NAMES",
    "Annotation",
    "Level",
    "Page",
    "PinLine",
    "ReleaseRow",
    "TooManyRunnersError",
    "annotation_lines",
    "as_matrix",
    "failure_lines",
    "fenced",
    "fenced_json",
    "literal",
    "plan_annotations",
    "plan_summary",
    "run_summary",
    "summary",
    "waiting",
]
