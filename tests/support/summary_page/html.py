"""Job summaries as one HTML page that looks like the page of a run."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from tests.support.summary_page.jobs import JobSummary

# GitHub lets some HTML through. Our pages never have any on purpose, so none is let through here.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_STYLE = Path(__file__).with_name("page.css")
_HEAD = (
    '<meta charset="utf-8">\n'
    # Whatever a summary says, the browser fetches nothing for it and runs nothing of it.
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<title>Job summary</title>\n"
)


def html_of(jobs: Iterable[JobSummary]) -> str:
    """A page that needs no other file: each job in a frame, with the title that GitHub gives it."""
    head = f"<head>\n{_HEAD}<style>\n{_STYLE.read_text('utf-8')}</style>\n</head>"
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n<body>\n{"".join(map(_frame, jobs))}</body>\n</html>\n'


def _frame(job: JobSummary) -> str:
    title = f"<header>{escape(job.title)} <span>summary</span></header>"
    return f"<section>\n{title}\n<article>\n{_PARSER.render(job.markdown)}</article>\n</section>\n"
