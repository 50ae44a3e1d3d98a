"""The job summary of a run: the figures of each entry, that strangers' text stays text, and that it fits."""

from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from converter.comparison import plan_of
from converter.errors import ExitCode
from converter.outcomes import Failed, Gathered, Made, Marked, Outcome, Released
from converter.plan import Plan
from converter.release import FolderView, Manifest, verify
from converter.workflow import failure_lines, plan_annotations, plan_summary, run_summary
from tests.support.hostile_text import HOSTILE, require_tame, tokens_of
from tests.support.registries import registry_of
from tests.workflow.test_summary import rows_of

_ROOM = 1 << 20


@pytest.fixture(scope="session")
def manifest(pico_release: Path) -> Manifest:
    return verify(FolderView(pico_release)).manifest


def _no_link(_: str) -> None:
    return None


def test_a_release_is_a_row_with_its_link_figures_and_commit(manifest: Manifest) -> None:
    released = Released("pico", "pico.v1", "c" * 40, already=False, size_bytes=10**9, seconds=61.25, manifest=manifest)
    page = run_summary("Publish", [released], lambda tag: f"https://hub.example/zoo/tree/{tag}", _ROOM)

    worst = max(parity.max_abs for component in manifest.components for parity in component.parity)
    header, row = rows_of(page)
    assert dict(zip(header, row, strict=True)) == {
        "release": "pico.v1",
        "architecture": "Stable Diffusion 1.x",
        "size": "1.00 GB",
        "max-abs": f"{worst:.2g}",
        "PSNR": row[4],
        "commit": "c" * 12,
        "took": "61.2 s",
    }
    assert row[4].endswith(" dB")
    links = [token.attrs["href"] for token in tokens_of(page) if token.type == "link_open"]
    assert links == ["https://hub.example/zoo/tree/pico.v1"]


def test_a_conversion_has_the_parity_of_each_component_and_the_time_of_each_stage(manifest: Manifest) -> None:
    stages = {"unet: streaming weights": 12.34, "unet: comparing with PyTorch": 0.5, "starting": 0.01}
    made = Made("pico", "pico.v1", PurePath("x"), 5, reused=False, seconds=13.0, manifest=manifest, stages=stages)
    rows = rows_of(run_summary("Convert", [made], _no_link, _ROOM))

    assert [row[0] for row in rows if row[0] in manifest.graphs] == list(manifest.graphs)
    assert ["unet: streaming weights", "12.3"] in rows
    assert not any(row[0] == "starting" for row in rows)


def test_one_stage_alone_is_not_said_twice() -> None:
    gathered = Gathered("a", "a.v1", 5, 1.0, {"downloading": 1.0})
    assert "time by stage" not in run_summary("Fetch", [gathered], _no_link, _ROOM)


def test_failures_come_first_with_their_reasons() -> None:
    outcomes: list[Outcome] = [
        Gathered("a", "a.v1", 5, 1.0),
        Failed("b", "b: the file is truncated", ExitCode.FAILED),
        Marked("c", "yanked", ("c.v1", "c.v2"), "the licence was withdrawn"),
    ]
    page = run_summary("Fetch", outcomes, _no_link, _ROOM)

    assert "1 of 3 failed." in page
    assert rows_of(page) == [
        ["entry", "why"],
        ["b", "b: the file is truncated"],
        ["fetched for", "size", "took"],
        ["a.v1", "5 B", "1.0 s"],
        ["marked", "releases", "why"],
        ["yanked", "c.v1, c.v2", "the licence was withdrawn"],
    ]


def test_a_run_without_work_says_so() -> None:
    assert "There was nothing to do." in run_summary("Publish", [], _no_link, _ROOM)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_wrote_stays_text(text: str) -> None:
    outcomes: list[Outcome] = [
        Failed("x", text, ExitCode.FAILED),
        Marked("x", "yanked", ("x.v1",), text),
        Made("x", "x.v1", PurePath("x"), 1, reused=False, seconds=1.0, stages={text: 1.0}),
    ]
    require_tame(run_summary("Convert", outcomes, _no_link, _ROOM))
    (line,) = failure_lines(outcomes)
    assert line.startswith("::error title=x::")
    assert "\n" not in line
    assert "\r" not in line
    assert line.isprintable()


def test_a_page_is_never_larger_than_it_may_be() -> None:
    failed = [Failed(f"n{number}", "e" * 500, ExitCode.FAILED) for number in range(500)]
    page = run_summary("Fetch", failed, _no_link, 10_000)
    assert len(page.encode()) <= 10_000
    assert "more are not shown" in page


def test_ten_failures_are_annotated_because_github_shows_no_more() -> None:
    assert len(failure_lines([Failed(f"n{number}", "e", ExitCode.FAILED) for number in range(30)])) == 10


def test_a_plan_is_a_table_and_its_refusals_stand_at_their_lines(folder_plan: Plan) -> None:
    assert rows_of(plan_summary(folder_plan, _ROOM)) == [
        ["action", "what", "why"],
        ["convert", "alpha.v1", "new"],
        ["refuse", "beta", "line 7: `opset: 14` is not built yet; this version builds 18"],
    ]
    (line,) = plan_annotations(folder_plan, "registry/extras.json")
    assert line.startswith("::error file=registry/extras.json,line=7,col=5,title=Cannot be converted::")


@pytest.fixture
def folder_plan(tmp_path: Path) -> Plan:
    from converter.hub import open_hub, parse_hub

    registry = registry_of(
        {"name": "alpha", "source": "./a.safetensors"},
        {"name": "beta", "source": "./b.safetensors", "opset": 14},
    )
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    return replace(plan_of(registry, store))
