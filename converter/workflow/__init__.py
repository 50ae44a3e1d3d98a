"""The workflow room: what GitHub Actions reads from a run. Pure: values in, values out.

It must not decide anything: it only puts plans and findings into the forms that GitHub takes.
"""

from converter.workflow.matrix import as_matrix

__all__ = ["as_matrix"]
