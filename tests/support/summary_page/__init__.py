"""The job summaries of a pull request and of a release, as GitHub shows them, from runs of the real command line.

A small zoo lives on a loopback Hub: models made from a seed, what is blended into them, and the releases.
`release_jobs` and `review_jobs` do with it what `release.yml` and `validate.yml` do, and hand back what each job wrote
into its summary; `html_of` renders that, and `screenshot` has a browser draw it.

    python -m tests.support.summary_page FOLDER BROWSER

Main types: `Zoo`, `JobSummary`. It must not write Markdown of its own: what is shown is what was run.
"""

from tests.support.summary_page.html import html_of
from tests.support.summary_page.jobs import JobSummary, release_jobs, review_jobs
from tests.support.summary_page.picture import PictureError, cropped, screenshot
from tests.support.summary_page.zoo import REPO, Zoo, open_zoo

__all__ = [
    "REPO",
    "JobSummary",
    "PictureError",
    "Zoo",
    "cropped",
    "html_of",
    "open_zoo",
    "release_jobs",
    "review_jobs",
    "screenshot",
]
