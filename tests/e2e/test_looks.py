"""`inspect` of files on the web, through the real command line and TLS: 4 GB are described in a moment."""

import json
from pathlib import Path

import pytest

from tests.support.fixtures_web import SecureWeb
from tests.support.original_shapes import sd15_shapes, write_zeros
from tests.support.range_server import Reply
from tests.support.sparse_files import command_pickle, sparse_checkpoint

_MOST_BYTES = 5_000_000


@pytest.mark.parametrize("form", ["safetensors", "torch"])
def test_four_gigabytes_are_described_and_five_megabytes_are_not_transferred(
    secure_web: SecureWeb, cache: Path, tmp_path: Path, form: str
) -> None:
    write = write_zeros if form == "safetensors" else sparse_checkpoint
    file = write(tmp_path / "m", sd15_shapes())
    secure_web.server.serve("/model", file)

    ran = secure_web.run("inspect", f"{secure_web.url}/model", "--cache", cache, "--json", cwd=tmp_path)

    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    assert (found["architecture"], found["form"], found["prediction_type"]) == ("sd1", form, "epsilon")
    assert found["parameters"] * 4 == found["needs"]["release_bytes"] == 4_264_941_228
    assert found["needs"]["download_bytes"] == file.stat().st_size
    assert found["needs"]["disk_bytes"] == 4_264_941_228 + file.stat().st_size
    assert found["transferred_bytes"] == secure_web.server.sent_bytes < _MOST_BYTES


def test_what_is_printed_has_the_costs_and_what_a_trainer_wrote_on_one_line_each(
    secure_web: SecureWeb, cache: Path, tmp_path: Path
) -> None:
    metadata = {"ss_output_name": "a\x1b[2Jb\nc", "ss_epoch": "3", "modelspec.title": "t" * 5000, "format": "pt"}
    secure_web.server.serve("/m.safetensors", write_zeros(tmp_path / "m", sd15_shapes(), metadata))

    ran = secure_web.run("inspect", f"{secure_web.url}/m.safetensors", "--cache", cache, cwd=tmp_path)

    assert ran.code == 0
    rows = [(line[:13].rstrip(), line[14:]) for line in ran.out.splitlines()]
    assert dict(rows)["made by"] == "kohya's sd-scripts"
    assert [value for title, value in rows if title == "training"] == [
        f"modelspec.title: {'t' * 80}…",
        "ss_epoch: 3",
        r"ss_output_name: a\x1b[2Jb\nc",
    ]
    assert dict(rows)["metadata"] == "1 other items"
    assert [value for title, value in rows if title == "stored as"][1].startswith("unet: 686 tensors F32")
    assert dict(rows)["download"].startswith("4.2")
    assert dict(rows)["disk"].endswith("the release and the download")


def test_a_checkpoint_that_would_run_a_command_is_exit_code_1_and_runs_nothing(
    secure_web: SecureWeb, cache: Path, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    hostile = sparse_checkpoint(tmp_path / "m", sd15_shapes(), command_pickle(f"touch {touched}"))
    secure_web.server.serve("/m.ckpt", hostile)

    ran = secure_web.run("inspect", f"{secure_web.url}/m.ckpt", "--cache", cache, cwd=tmp_path)

    assert (ran.code, ran.out) == (1, "")
    assert "the pickle asks for 'os.system'" in ran.err
    assert "nothing was executed" in ran.err
    assert not touched.exists()
    assert secure_web.server.sent_bytes < _MOST_BYTES


def test_a_server_without_ranges_is_exit_code_1_and_said(secure_web: SecureWeb, tmp_path: Path) -> None:
    secure_web.server.serve("/m.ckpt", write_zeros(tmp_path / "m", {"w": (1_000_000,)}))
    secure_web.server.files["/m.ckpt"].ranges = False

    ran = secure_web.run("inspect", f"{secure_web.url}/m.ckpt", cwd=tmp_path)

    assert (ran.code, ran.out) == (1, "")
    assert "the server does not support ranges: it answered 200 with the whole file" in ran.err


def test_a_host_that_is_out_of_order_is_exit_code_4(secure_web: SecureWeb, tmp_path: Path) -> None:
    secure_web.server.serve("/m", b"", Reply(503, headers={"Retry-After": "9999"}))

    ran = secure_web.run("inspect", f"{secure_web.url}/m", cwd=tmp_path)

    assert (ran.code, ran.out) == (4, "")
    assert "asks to wait 9,999 s" in ran.err
