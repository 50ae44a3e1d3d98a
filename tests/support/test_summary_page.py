"""The pages that `scripts/screenshots` draws: what is on them, and that nothing on them is anybody else's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tests.support.summary_page import (
    REPO,
    JobSummary,
    PictureError,
    cropped,
    html_of,
    open_zoo,
    release_jobs,
    review_jobs,
    screenshot,
)

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "scripts" / "screenshots"
OURS = {
    *("html", "head", "meta", "title", "style", "body", "section", "header", "span", "article"),
    *("h2", "h3", "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "a"),
}


class Seen(HTMLParser):
    """What is on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.texts.setdefault(tag, []).append("")
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data
        if {"th", "td"} & set(self._open):
            self.rows[-1][-1] += data


@dataclass(frozen=True)
class Pages:
    """Both runs, and what is on their pages."""

    endpoint: str
    release: list[JobSummary]
    review: list[JobSummary]

    def seen(self, name: str) -> Seen:
        return Seen(html_of(getattr(self, name)))


@pytest.fixture(scope="module")
def pages(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("zoo")
    with open_zoo(folder, cache) as zoo:
        yield Pages(zoo.hub.endpoint, release_jobs(zoo, folder), review_jobs(zoo, folder))


def test_every_job_of_a_release_is_run_and_the_one_with_a_cut_off_file_ends_at_its_conversion(pages: Pages) -> None:
    assert [(job.title, job.codes) for job in pages.release] == [
        ("plan", (0,)),
        ("convert landscapes", (0, 0, 0)),
        ("convert portraits", (0, 0, 0)),
        ("convert charcoal", (0, 1)),
        ("catalogue", (0,)),
    ]


def test_the_page_of_a_release_has_its_plan_parity_links_and_the_failure(pages: Pages) -> None:
    seen = pages.seen("release")

    assert seen.texts["header"] == [f"{job.title} summary" for job in pages.release]
    one = ["Fetch", "Convert", "Publish"]
    assert seen.texts["h2"] == ["Plan", *one, *one, "Fetch", "Convert", "Catalogue"]
    assert ["convert", "charcoal.v1", "new; upload not known before it is converted"] in seen.rows
    parity = [row for row in seen.rows if row[0] == "unet" and row[-1].endswith(" dB")]
    assert len(parity) == 2
    (failure,) = [row for row in seen.rows if row[0] == "charcoal"]
    assert "1,000,000 are missing" in failure[1]
    tags = ("landscapes.v1", "portraits.v1")
    assert seen.links == [f"{pages.endpoint}/{REPO}/tree/{tag}" for tag in tags]
    assert seen.texts["a"] == list(tags)


def test_the_page_of_a_review_has_one_of_everything(pages: Pages) -> None:
    (job,), seen = pages.review, pages.seen("review")

    assert job.codes == (1,)
    assert seen.texts["strong"] == ["Something must be corrected first."]
    wanted = [
        "To be corrected",
        "For a maintainer to decide",
        "What the merge releases",
        "Lines to paste",
        "Could be better",
        "Good to know",
    ]
    assert [heading for heading in seen.texts["h3"] if heading in wanted] == wanted
    titles = [row[1] for row in seen.rows if row[0].isdecimal()]
    assert titles == ["Licence missing", "Licence not on the list", "Advice", "Entry removed"]
    assert ["landscapes.v2", "changed: loras[0].weight 0.8 -> 0.5"] in [row[:2] for row in seen.rows]
    assert "LoRA on 52 layers, rank 4" in job.markdown
    assert "tokens goblin, goblin-0" in job.markdown
    (paste,) = seen.texts["pre"]
    assert paste.startswith('"revision": "')


@pytest.mark.parametrize("name", ["release", "review"])
def test_nothing_on_a_page_is_fetched_or_run_and_links_lead_to_releases_only(pages: Pages, name: str) -> None:
    seen = pages.seen(name)

    assert seen.tags <= OURS, seen.tags - OURS
    assert seen.attributes <= {"lang", "charset", "http-equiv", "content", "href", "class"}
    assert "url(" not in seen.texts["style"][0]
    assert "@import" not in seen.texts["style"][0]
    assert all(link.startswith(f"{pages.endpoint}/{REPO}/tree/") for link in seen.links)


def test_html_in_a_title_or_in_a_summary_stays_text() -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"

    seen = Seen(html_of([JobSummary(hostile, f"{hostile}\n\n| {hostile} |\n|---|\n")]))

    assert {"script", "img"} & seen.tags == set()
    assert seen.texts["header"] == [f"{hostile} summary"]
    assert seen.texts["p"] == [hostile]
    assert seen.rows == [[hostile]]


@pytest.mark.parametrize(
    ("variables", "found"),
    [({}, "chromium chromium-browser google-chrome"), ({"CHROMIUM": "/no/such-browser"}, "/no/such-browser")],
    ids=["none installed", "the named one is missing"],
)
def test_without_a_browser_the_script_says_what_to_install(
    variables: dict[str, str], found: str, tmp_path: Path
) -> None:
    bash = shutil.which("bash", path=os.defpath)
    assert bash is not None

    ran = subprocess.run(
        [bash, SCRIPT], check=False, env={"PATH": str(tmp_path), **variables}, capture_output=True, text=True
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"screenshots: found no {found}, expected a Chromium; install it ")
    assert "apt-get install chromium" in ran.stderr
    assert "CHROMIUM=" in ran.stderr


def test_a_browser_that_fails_is_said_and_leaves_no_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"false: exit code 1, expected a picture of the page"):
        screenshot(html_of([]), tmp_path / "page.png", "false")

    assert not (tmp_path / "page.png").exists()


def test_a_picture_ends_below_the_page_and_a_page_without_an_end_is_refused() -> None:
    drawn = Image.new("RGB", (100, 1000), "white")
    with pytest.raises(PictureError, match="empty"):
        cropped(drawn)
    drawn.paste("black", (10, 20, 30, 300))

    assert cropped(drawn).size == (100, 324)

    drawn.paste("black", (10, 980, 30, 990))
    with pytest.raises(PictureError, match="found a page of 990 px or more, expected at most 976"):
        cropped(drawn)
