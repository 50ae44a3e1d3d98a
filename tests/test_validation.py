"""Checking a registry with its sources: what is wrong stands on its line, and pins are written."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.validation import Checks, UnknownEntryError, Validation, validate_registry
from converter.workshop import Workshop
from tests.support.loopback_hub import LoopbackHub
from tests.support.original_shapes import pico_shapes, write_zeros
from tests.support.range_server import RangeServer, Reply
from tests.support.torch_files import zip_checkpoint

REPO = "org/pico"


def checked(place: Workshop, *entries: Mapping[str, object], **checks: object) -> Validation:
    data = json.dumps({"diffusion": entries}, indent=2).encode()
    return validate_registry(data, "extras.json", Checks(**checks), lambda: place)  # type: ignore[arg-type]


def errors(found: Validation) -> list[tuple[int, str]]:
    return [(finding.line, finding.message) for finding in found.errors]


def seed(hub: LoopbackHub, folder: Path) -> str:
    return hub.seed_repo(REPO, {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()})


def serve(server: RangeServer, version: int, data: bytes | Path) -> str:
    server.serve(f"/api/download/models/{version}", data)
    return f"civitai://{version}"


def test_sound_sources_are_valid_and_the_line_to_paste_has_the_commit(
    web_workshop: Workshop,
    loopback_hub: LoopbackHub,
    pico_folder: Path,
    range_server: RangeServer,
    pico_checkpoint: Path,
) -> None:
    commit = seed(loopback_hub, pico_folder)

    found = checked(
        web_workshop,
        {"name": "repo", "source": REPO},
        {"name": "web", "source": serve(range_server, 1, pico_checkpoint), "format": "safetensors"},
        online=True,
    )

    assert found.exit_code is ExitCode.DONE
    assert [finding.message.rpartition("; ")[2] for finding in found.findings] == [
        f'add "revision": "{commit}"',
        "`validate --pin` writes `sha256`",
    ]
    assert range_server.sent_bytes < pico_checkpoint.stat().st_size / 4
    assert not list((web_workshop.cache / "downloads").rglob("*.part"))


def test_what_is_wrong_with_a_source_stands_on_its_line(
    web_workshop: Workshop, loopback_hub: LoopbackHub, pico_folder: Path, range_server: RangeServer, tmp_path: Path
) -> None:
    seed(loopback_hub, pico_folder)
    hostile = zip_checkpoint(b"\x80\x02cos\nsystem\n.")
    lacking = {name: shape for name, shape in pico_shapes().items() if name.startswith("model.diffusion_model.")}
    entries = [
        {"name": "missing", "source": "org/missing"},
        {"name": "gone", "source": "civitai://9"},
        {"name": "evil", "source": serve(range_server, 2, hostile)},
        {"name": "half", "source": serve(range_server, 3, write_zeros(tmp_path / "half", lacking))},
        {"name": "page", "source": serve(range_server, 4, b"<html>")},
        {"name": "inner", "source": REPO, "vae": "huggingface://org/pico/nothing.safetensors"},
        {"name": "lora", "source": REPO, "loras": [{"name": "l", "source": "civitai://8"}]},
    ]

    found = checked(web_workshop, *entries, online=True)

    lines = [line for line, _ in errors(found)]
    assert lines == [5, 9, 13, 17, 21, 26, 34]
    said = " ".join(message for _, message in errors(found))
    for words in (
        "org/missing: missing, or private",
        "civitai://9: the server answered 404",
        "the pickle asks for 'os.system'",
        "this is a UNet alone, in the original layout",
        "found an HTML page, expected a model",
        "there is no file nothing.safetensors",
        "civitai://8: the server answered 404",
    ):
        assert words in said
    assert found.exit_code is ExitCode.FAILED


def test_a_format_and_a_digest_that_are_not_those_of_the_file_are_found(
    web_workshop: Workshop, loopback_hub: LoopbackHub, pico_checkpoint: Path
) -> None:
    loopback_hub.seed_repo("org/files", {"m.safetensors": pico_checkpoint})
    source = "huggingface://org/files/m.safetensors"

    found = checked(
        web_workshop,
        {"name": "form", "source": source, "format": "ckpt"},
        {"name": "other", "source": source, "sha256": "0" * 64},
        online=True,
    )

    (_, form), (_, digest) = errors(found)
    assert form == "`format` is ckpt, m.safetensors is a safetensors file; correct one of the two"
    assert f"has SHA-256 {hashlib.sha256(pico_checkpoint.read_bytes()).hexdigest()}, expected {'0' * 64}" in digest


def test_only_hosts_that_do_not_answer_are_exit_code_4(web_workshop: Workshop, range_server: RangeServer) -> None:
    silent = serve(range_server, 1, b"")
    range_server.faults["/api/download/models/1"] = [Reply(503)] * 9

    assert checked(web_workshop, {"name": "silent", "source": silent}, online=True).exit_code is ExitCode.UNREACHABLE
    assert (
        checked(
            web_workshop, {"name": "silent", "source": silent}, {"name": "gone", "source": "civitai://2"}, online=True
        ).exit_code
        is ExitCode.FAILED
    )


def test_names_choose_what_is_looked_at_and_must_be_known(web_workshop: Workshop, range_server: RangeServer) -> None:
    entries = [{"name": "one", "source": "civitai://1"}, {"name": "two", "source": "civitai://2"}]

    assert [line for line, _ in errors(checked(web_workshop, *entries, online=True, names=("two",)))] == [9]
    with pytest.raises(UnknownEntryError, match=r"'twp' is not in the registry; did you mean 'two'\?"):
        checked(web_workshop, *entries, names=("twp",))


def test_pins_are_found_and_written_and_a_second_run_finds_nothing_to_do(
    web_workshop: Workshop,
    loopback_hub: LoopbackHub,
    pico_folder: Path,
    range_server: RangeServer,
    pico_checkpoint: Path,
) -> None:
    commit = seed(loopback_hub, pico_folder)
    entries = [{"name": "repo", "source": REPO}, {"name": "web", "source": serve(range_server, 1, pico_checkpoint)}]

    found = checked(web_workshop, *entries, pin=True, require_pins=True)
    again = validate_registry(
        found.text.encode(), "extras.json", Checks(pin=True, require_pins=True), lambda: web_workshop
    )

    assert (found.findings, found.exit_code) == ((), ExitCode.DONE)
    hub, web = json.loads(found.text)["diffusion"]
    assert hub == {"name": "repo", "source": REPO, "revision": commit}
    assert web["sha256"] == hashlib.sha256(pico_checkpoint.read_bytes()).hexdigest()
    assert (again.pinned, again.text) == ({}, found.text)


def test_a_source_without_a_pin_is_a_warning_and_can_be_an_error(web_workshop: Workshop) -> None:
    entry = {"name": "repo", "source": REPO}

    assert checked(web_workshop, entry).exit_code is ExitCode.DONE
    assert [finding.severity.value for finding in checked(web_workshop, entry).findings] == ["warning"]
    assert checked(web_workshop, entry, require_pins=True).exit_code is ExitCode.FAILED


def test_a_pin_that_cannot_be_found_stands_on_its_line_and_the_others_are_written(
    web_workshop: Workshop, loopback_hub: LoopbackHub, pico_folder: Path
) -> None:
    commit = seed(loopback_hub, pico_folder)

    found = checked(web_workshop, {"name": "repo", "source": REPO}, {"name": "gone", "source": "org/missing"}, pin=True)

    assert json.loads(found.text)["diffusion"][0]["revision"] == commit
    ((line, message),) = errors(found)
    assert found.text.splitlines()[line - 1].strip() == '"source": "org/missing"'
    assert message.startswith("org/missing: missing, or private")


def test_a_registry_with_errors_is_looked_at_no_further(web_workshop: Workshop) -> None:
    def never() -> Workshop:
        raise AssertionError("nothing is to be looked at")

    found = validate_registry(b'{"diffusion": [{"name": "x"}]}', "f", Checks(online=True, pin=True), never)

    assert found.exit_code is ExitCode.FAILED


def test_without_a_wish_nothing_is_looked_at() -> None:
    def never() -> Workshop:
        raise AssertionError("nothing is to be looked at")

    assert validate_registry(b'{"diffusion": []}', "f", Checks(), never).exit_code is ExitCode.DONE


def test_a_path_is_refused_on_its_line_where_paths_are_not_allowed(web_workshop: Workshop, pico_folder: Path) -> None:
    entry = {"name": "local", "source": str(pico_folder)}
    strict = replace(web_workshop, policy=replace(web_workshop.policy, allow_local=False))

    assert checked(web_workshop, entry, online=True).findings == ()
    assert "paths are refused in continuous integration" in errors(checked(strict, entry, online=True))[0][1]
    assert checked(strict, entry).findings == ()
