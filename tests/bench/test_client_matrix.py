"""The client matrix judges honestly: what is not like PyTorch, not found or not documented is a fault."""

import json
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bench.client_drivers.jobs import SIZE, Job
from tests.bench.client_matrix.cells import Cell
from tests.bench.client_matrix.clients import CLIENTS, ONNX_WEB, ROWS, cells_of
from tests.bench.client_matrix.judging import Outcome, Verdict, judged
from tests.bench.client_matrix.known import PAGE, Gap, known_gaps
from tests.bench.client_matrix.levels import BuiltLevel, built_levels
from tests.bench.client_matrix.running import Driver, Ran
from tests.bench.client_matrix.snippets import snippet
from tests.bench.client_matrix.table import line, page, records

IMAGE = np.random.default_rng(0).random((1, SIZE, SIZE, 3)).astype(np.float32)
OTHER = 1 - IMAGE
LEVEL = BuiltLevel("fp32", "none")
CELL = Cell(CLIENTS[0], "sd1", "txt2img", LEVEL, Job("ours", "", "txt2img"), Job("theirs", "", "txt2img"))
BLEND = replace(CELL, client=ONNX_WEB, task="lora", targets={"unet": 2}, plain=Job("without it", "", "txt2img"))
GAP = Gap(CLIENTS[0].title, "sd1", "any", "any", "ValueError", "it has no class")


def judge(cell: Cell, ran: Ran, *gaps: Gap, theirs: Any = IMAGE, plain: Any = OTHER) -> Outcome:
    return judged(cell, ran, {"theirs": theirs, "without it": plain}, gaps)


def test_an_image_like_that_of_pytorch_is_good() -> None:
    outcome = judge(CELL, Ran(IMAGE + np.float32(1e-6)))
    assert outcome.verdict is Verdict.GOOD
    assert outcome.difference is not None
    assert 100 < outcome.difference.psnr_db < 140


@pytest.mark.parametrize(
    "image", [IMAGE + np.float32(0.01), IMAGE[:, :32], np.full_like(IMAGE, np.nan)], ids=["far", "small", "nan"]
)
def test_an_image_that_is_far_off_smaller_or_not_finite_is_a_fault(image: Any) -> None:
    assert judge(CELL, Ran(image)).verdict is Verdict.FAULT


def test_the_limits_are_those_of_the_level() -> None:
    half = replace(CELL, level=BuiltLevel("fp16", "none"))
    assert judge(half, Ran(IMAGE + np.float32(2e-3))).verdict is Verdict.GOOD
    assert judge(half, Ran(IMAGE + np.float32(2e-2))).verdict is Verdict.FAULT


def test_a_failure_is_known_only_as_it_is_documented() -> None:
    failed = Ran(None, "ValueError: no such class")
    assert judge(CELL, failed).verdict is Verdict.FAULT
    assert judge(CELL, failed, GAP).verdict is Verdict.KNOWN
    assert judge(CELL, failed, GAP).words == "it has no class"
    assert judge(CELL, failed, replace(GAP, says="KeyError")).verdict is Verdict.FAULT
    assert judge(CELL, failed, replace(GAP, says="KeyError"), GAP).verdict is Verdict.KNOWN
    assert judge(CELL, failed, replace(GAP, level="fp*")).verdict is Verdict.KNOWN
    assert judge(CELL, failed, replace(GAP, level="int8*")).verdict is Verdict.FAULT
    assert judge(CELL, failed, replace(GAP, release="sdxl")).verdict is Verdict.FAULT


def test_a_documented_failure_that_is_gone_is_a_fault() -> None:
    assert judge(CELL, Ran(IMAGE), GAP).verdict is Verdict.FAULT


@pytest.mark.parametrize("changed", [{}, {"unet": ["a"]}, {"unet": ["a", "b"], "text_encoder": ["c"]}])
def test_a_weight_that_onnx_web_did_not_find_is_a_fault_even_with_the_right_image(changed: dict[str, Any]) -> None:
    assert judge(BLEND, Ran(IMAGE, facts={"changed": changed})).verdict is Verdict.FAULT


def test_a_blend_that_changes_nothing_proves_nothing() -> None:
    found = Ran(IMAGE, facts={"changed": {"unet": ["a", "b"]}})
    assert judge(BLEND, found).verdict is Verdict.GOOD
    assert judge(BLEND, found, plain=IMAGE).verdict is Verdict.FAULT


def test_a_page_shows_every_figure_and_every_failure_with_its_reason() -> None:
    failed = judge(replace(CELL, task="img2img"), Ran(None, "ValueError: no such class"), GAP)
    blended = judge(BLEND, Ran(IMAGE + np.float32(1e-6), facts={"changed": {"unet": ["a", "b"]}}))
    outcomes = [judge(CELL, Ran(IMAGE + np.float32(1e-6))), failed, blended]
    text = page(outcomes, {("sd1", "fp32"): "contract"}, [LEVEL], "# Client matrix")
    figure = line(outcomes[0]).split(" dB")[0].rsplit(" ", 1)[1]
    assert f"| sd1 | txt2img | {figure} dB | – | contract |" in text
    assert "| sd1 | img2img | no (1) | – | contract |" in text
    assert f"1. {CLIENTS[0].title}: `ValueError: no such class`: it has no class" in text
    assert "| sd1 | lora | fp32 | unet 2 of 2 |" in text
    assert [record["verdict"] for record in records(outcomes)] == ["ok", "known", "ok"]


def test_a_row_of_the_documented_table_is_read_as_it_stands() -> None:
    table = (
        "<!-- known gaps -->\n| client | a | b | c | d | e |\n|---|---|---|---|---|---|\n{}\n<!-- end of known gaps -->"
    )
    row = f"| {CLIENTS[0].title} | sd1 | any | any | `ValueError` | it has no class |"
    assert known_gaps(table.format(row)) == (GAP,)
    for broken in ("nothing", table.format("| sd1 | any |")):
        with pytest.raises(ValueError, match="expected"):
            known_gaps(broken)


def test_every_documented_gap_is_about_a_cell_of_the_matrix() -> None:
    cells = [
        replace(CELL, client=client, release=release, task=task, level=level)
        for client in CLIENTS
        for release, task in cells_of(client)
        for level in built_levels()
    ]
    idle = [gap for gap in known_gaps(PAGE.read_text("utf-8")) if not any(gap.covers(cell) for cell in cells)]
    assert idle == []


def test_the_documentation_shows_one_snippet_for_each_client_that_the_bench_runs_one_of() -> None:
    shown = PAGE.read_text("utf-8")
    assert "ORTStableDiffusionPipeline" in snippet(shown, "python", "from optimum")
    assert "diffusion-" in snippet(shown, "shell", "onnx-web/models")
    with pytest.raises(ValueError, match="unpack"):
        snippet(shown, "python", "no such word")


def test_every_row_has_a_client_that_runs_it() -> None:
    assert set(ROWS) == {row for client in CLIENTS for row in cells_of(client)}


def test_the_versions_in_the_titles_are_those_that_run_and_the_documentation_has_them() -> None:
    shown = PAGE.read_text("utf-8")
    assert [client.title for client in CLIENTS if client.title not in shown] == []
    ours = [client.title.split() for client in CLIENTS if not client.pins]
    assert {name: version(name) for name, _ in ours} == dict(ours)
    packages = [client for client in CLIENTS if client.pins and client != ONNX_WEB]
    assert [client.title for client in packages if client.title.replace(" ", "==") not in client.pins] == []


# Python, as a client whose process dies in the second job.
_DYING = """#!{python}
import json, os, sys
for number, job in enumerate(json.load(open(sys.argv[-1]))):
    if job["task"] == "dies":
        print("a last word", file=sys.stderr, flush=True)
        os.kill(os.getpid(), 9)
    print("noise\\nRESULT " + json.dumps({{"out": job["out"], "seconds": 1, "error": "E: one\\ntwo"}}), flush=True)
"""


def test_a_process_that_dies_costs_its_own_job_and_no_other(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(_DYING.format(python=sys.executable))
    python.chmod(0o755)
    jobs = [Job("first", "", "lives"), Job("second", "", "dies"), Job("third", "", "lives")]
    found = Driver("plain", python, tmp_path).run(jobs)
    assert {name: ran.error for name, ran in found.items()} == {
        "first": "E: one",
        "second": "the process ended with -9: a last word",
        "third": "E: one",
    }
    (asked,) = tmp_path.glob("plain-*.json")
    assert [job["out"] for job in json.loads(asked.read_text())] == ["third"]
