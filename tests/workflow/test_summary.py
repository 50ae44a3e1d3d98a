"""The job summary: what it says, that strangers' text stays text, and that it never is too large."""

import json
from dataclasses import replace

import pytest

from converter.errors import ExitCode
from converter.registry import Location
from converter.review import Weight, concern
from converter.workflow import MAX_BYTES, Page, PinLine, ReleaseRow, summary
from tests.support.hostile_text import HOSTILE, kinds_of, require_tame, tokens_of

ROW = ReleaseRow(
    "alpha", "alpha.v2", "new", "huggingface://org/a", "Stable Diffusion 1.x", 10**9, 2 * 10**9, 3 * 10**9, ("lora l",)
)
PIN = PinLine("alpha", 7, '"revision": "abc"')
CONCERN = concern(Weight.PERSON, "Source moved", "registry/extras.json", Location(3, 5, "$.diffusion[0]"), "moved")
PAGE = Page(ExitCode.PERSON, "After the merge: 1 to convert.", (ROW,), (PIN,), (CONCERN,))


def rows_of(markdown: str) -> list[list[str]]:
    """The cells of every line of every table, as they are read."""
    rows: list[list[str]] = []
    inside = False
    for token in tokens_of(markdown):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("td_open", "th_open"):
            rows[-1].append("")
            inside = True
        elif token.type in ("td_close", "th_close"):
            inside = False
        elif inside and token.type in ("text", "code_inline", "text_special"):
            rows[-1][-1] += token.content
    return rows


def test_a_page_says_the_verdict_the_releases_the_pins_and_the_concerns() -> None:
    page = summary(PAGE)

    assert "**A maintainer must decide.**" in page
    assert "After the merge: 1 to convert." in page
    assert rows_of(page) == [
        ["line", "what", "where", "found"],
        ["3", "Source moved", "$.diffusion[0]", "moved"],
        ["release", "why", "architecture", "download", "release size", "disk"],
        ["alpha.v2", "new", "Stable Diffusion 1.x", "1.00 GB", "2.00 GB", "3.00 GB"],
        ["release", "source"],
        ["alpha.v2", "huggingface://org/a"],
        ["alpha.v2", "lora l"],
    ]
    fences = [(token.info, token.content) for token in tokens_of(page) if token.type == "fence"]
    assert fences == [("json", '"revision": "abc"\n')]
    require_tame(page)


def test_what_nobody_knows_is_said() -> None:
    bare = ReleaseRow("l", "", "new or changed", "org/l", "", None, None, None, ())

    rows = rows_of(summary(Page(ExitCode.DONE, "", (bare,))))

    unknown = ["not looked at", "not known", "not known", "not known"]
    assert rows[1] == ["l, no release of its own", "new or changed", *unknown]
    assert rows[3:] == [["l", "org/l"]]


def test_a_commit_is_shortened_so_that_the_table_fits_the_page() -> None:
    source = f"huggingface://org/a@{'0123456789ab' + 'c' * 28}/m.safetensors"

    rows = rows_of(summary(Page(ExitCode.DONE, "", (replace(ROW, source=source),))))

    assert rows[3] == ["alpha.v2", "huggingface://org/a@0123456789ab/m.safetensors"]


@pytest.mark.parametrize("verdict", [code for code in ExitCode if code is not ExitCode.USAGE])
def test_every_verdict_has_its_sentence_and_an_empty_page_nothing_else(verdict: ExitCode) -> None:
    kinds = kinds_of(summary(Page(verdict, "")))

    assert [kind for kind in kinds if kind.endswith("_open")] == ["heading_open", "paragraph_open"]


@pytest.mark.parametrize("weight", list(Weight))
def test_every_weight_has_its_heading(weight: Weight) -> None:
    page = summary(Page(ExitCode.DONE, "", concerns=(concern(weight, "t", "f", Location(1, 1, "$"), "m"),)))

    assert page.count("\n### ") == 1


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_changes_nothing_but_itself(text: str) -> None:
    row = ReleaseRow(text, text, text, text, text, 1, 1, 1, (text,))
    found = concern(Weight.FAILURE, "Not valid", text, Location(1, 1, text), text)
    tame = summary(replace(PAGE, releases=(ROW,), concerns=(replace(found, finding=CONCERN.finding),)))

    page = summary(replace(PAGE, releases=(row,), pins=(PinLine(text, 1, PIN.text),), concerns=(found,)))

    require_tame(page)
    assert kinds_of(page) == kinds_of(tame)
    assert [len(cells) for cells in rows_of(page)] == [4, 4, 6, 6, 2, 2, 2]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_line_to_paste_stays_in_its_fence(text: str) -> None:
    page = summary(Page(ExitCode.DONE, "", pins=(PinLine("alpha", 1, json.dumps(text)), PIN)))

    assert [token.type for token in tokens_of(page)].count("fence") == 2
    require_tame(page)


def test_a_page_that_is_too_large_is_cut_between_rows_and_says_what_was_cut() -> None:
    releases = tuple(replace(ROW, release=f"{'x' * 190}-{index}") for index in range(20_000))
    pins = tuple(replace(PIN, line=index) for index in range(20_000))

    page = summary(replace(PAGE, releases=releases, pins=pins))

    assert 0.9 * MAX_BYTES < len(page.encode()) <= MAX_BYTES
    shown = len([cells for cells in rows_of(page) if len(cells) == 6]) - 1
    assert f"\n{20_000 - shown} more are not shown: a summary has at most 1 MiB." in page
    fences = [token for token in tokens_of(page) if token.type == "fence"]
    assert f"\n{20_000 - len(fences)} more are not shown" in page
    assert "moved" in page
    require_tame(page)


@pytest.mark.parametrize("limit", [3000, 10_000, 50_000])
def test_no_limit_is_passed(limit: int) -> None:
    concerns = tuple(
        concern(weight, "Not valid", "f", Location(index, 1, "$"), "é" * 900)
        for index in range(30)
        for weight in Weight
    )

    assert len(summary(replace(PAGE, concerns=concerns), limit).encode()) <= limit
