"""Faults of published releases: each is found, named by a key that stays, and nothing sound is blamed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from converter.audit import (
    Audited,
    FaultKind,
    NoAnswer,
    PublishedFault,
    Sound,
    audit_links,
    audit_releases,
    exit_code_of_audit,
)
from converter.errors import ExitCode
from converter.hub import HubUnreachable, ReleaseNotFound, Store, publish, refresh_index, yank
from converter.hub.folder_store import FolderStore
from converter.progress import silent
from converter.registry import PlacedSource, load_registry, placed_sources
from converter.release import ProblemKind
from converter.sources import SourceError, SourceUnreachable
from tests.support.loopback_hub import Answer, LoopbackHub, On
from tests.support.loopback_store import LARGE, REPO, open_store, publish_now
from tests.support.release_folders import flipped, reissued
from tests.support.tiny_release import tiny_release


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder hub with three releases, one of them yanked."""
    for name, version in (("pico", 1), ("pico", 2), ("nano", 1)):
        publish(store_of(tmp_path / "hub"), tiny_release(tmp_path / f"{name}{version}", name, version), report=silent)
    yank(store_of(tmp_path / "hub"), "nano", "Wrong VAE.")
    return tmp_path / "hub"


@pytest.fixture
def hub(loopback_hub: LoopbackHub, tmp_path: Path) -> LoopbackHub:
    for version in (1, 2):
        publish_now(open_store(loopback_hub), tiny_release(tmp_path / f"v{version}", version=version, extra=LARGE))
    return loopback_hub


def store_of(root: Path) -> Store:
    return FolderStore(root, name="file:hub")


def keys(found: list[Audited]) -> list[str]:
    return [each.key for each in found if isinstance(each, PublishedFault)]


def audited(root: Path, *names: str) -> list[Audited]:
    return list(audit_releases(store_of(root), names))


def test_what_is_as_it_was_published_is_sound_yanked_or_not(root: Path) -> None:
    found = audited(root)
    assert [each.release for each in found if isinstance(each, Sound)] == ["nano.v1", "pico.v1", "pico.v2"]
    assert len(found) == 3
    assert exit_code_of_audit(found) is ExitCode.DONE


def test_names_and_tags_choose_and_an_unknown_one_is_said(root: Path) -> None:
    assert [each.release for each in audited(root, "nano", "pico.v2")] == ["nano.v1", "pico.v2"]
    with pytest.raises(ReleaseNotFound, match="did you mean pico"):
        audited(root, "pica")


def lose_a_file(release: Path) -> None:
    (release / "unet/weights.pb").unlink()


def flip_a_bit(release: Path) -> None:
    flipped(release / "unet/weights.pb")


def add_a_file(release: Path) -> None:
    (release / "notes.txt").write_text("x")


def truncate(release: Path) -> None:
    (release / "unet/weights.pb").write_bytes(b"\0")


def change_the_card(release: Path) -> None:
    (release / "README.md").write_text("# another")


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lose_a_file, ["pico.v1:missing:unet/weights.pb"]),
        (flip_a_bit, ["pico.v1:digest:unet/weights.pb"]),
        (add_a_file, ["pico.v1:unlisted:notes.txt"]),
        (truncate, ["pico.v1:size:unet/weights.pb", "pico.v1:digest:unet/weights.pb"]),
        (change_the_card, ["pico.v1:digest:README.md"]),
    ],
)
def test_a_damaged_file_is_a_fault_of_its_kind_and_the_same_one_again(
    root: Path, damage: Callable[[Path], None], expected: list[str]
) -> None:
    damage(root / "pico.v1")

    found = audited(root)

    assert keys(found) == keys(audited(root)) == expected
    assert [each.release for each in found if isinstance(each, Sound)] == ["nano.v1", "pico.v2"]
    assert exit_code_of_audit(found) is ExitCode.FAILED


def test_a_tag_that_was_moved_stays_a_fault_even_after_the_index_was_written_anew(root: Path) -> None:
    reissued(root / "pico.v1", {"notes.txt": b"x"})
    assert keys(audited(root)) == ["pico.v1:moved:", "pico.v1:index:index.json"]

    refresh_index(store_of(root))

    assert keys(audited(root)) == ["pico.v1:moved:"]


def test_a_tag_that_is_gone_stays_a_fault(root: Path, tmp_path: Path) -> None:
    (root / "pico.v1").rename(tmp_path / "elsewhere")
    refresh_index(store_of(root))

    (fault,) = [each for each in audited(root) if isinstance(each, PublishedFault)]
    assert (fault.key, fault.kind) == ("pico.v1:gone:", FaultKind.GONE)
    assert keys(audited(root, "pico.v1")) == ["pico.v1:gone:"]


def test_an_index_that_says_something_else_is_a_fault_with_the_fields(root: Path) -> None:
    raw = json.loads((root / "main/index.json").read_bytes())
    raw["releases"][1].update(license="apache-2.0", size_bytes=1)
    (root / "main/index.json").write_text(json.dumps(raw))

    (fault,) = [each for each in audited(root) if isinstance(each, PublishedFault)]
    assert fault.key == "pico.v1:index:index.json"
    assert "(license, size_bytes)" in fault.message


def test_a_missing_index_is_a_fault_of_each_release(root: Path) -> None:
    (root / "main/index.json").unlink()
    assert keys(audited(root)) == [f"{tag}:index:index.json" for tag in ("nano.v1", "pico.v1", "pico.v2")]


def test_a_manifest_that_is_none_is_a_fault_and_the_others_are_looked_at(root: Path) -> None:
    (root / "pico.v1/manifest.json").write_text("{")
    found = audited(root)
    assert keys(found)[0] == "pico.v1:unreadable:"
    assert [each.release for each in found if isinstance(each, Sound)] == ["nano.v1", "pico.v2"]


def test_on_the_hub_only_small_files_are_read(hub: LoopbackHub) -> None:
    hub.log.clear()

    found = list(audit_releases(open_store(hub)))

    assert [type(each) for each in found] == [Sound, Sound]
    assert hub.log.sent_bytes < 100_000
    assert not hub.log.select("", r"weights\.pb")
    assert {request.method for request in hub.log} == {"GET"}


def test_on_the_hub_a_moved_tag_and_a_changed_file_are_found(hub: LoopbackHub) -> None:
    hub.seed_repo(REPO, {"vae/weights.pb": b"\x02" * 1_500_000}, revision="pico")
    hub.repo(REPO).tags["pico.v1"] = hub.repo(REPO).branches["pico"]

    found = list(audit_releases(open_store(hub), ["pico.v1"]))

    # The commit is on top of pico.v2, so the manifest there is that one's.
    assert keys(found) == ["pico.v1:moved:", "pico.v1:unreadable:", "pico.v1:digest:vae/weights.pb"]
    hub.repo(REPO).tags["pico.v2"] = hub.repo(REPO).branches["pico"]
    assert keys(list(audit_releases(open_store(hub), ["pico.v2"]))) == [
        "pico.v2:moved:",
        "pico.v2:index:index.json",
        "pico.v2:digest:vae/weights.pb",
    ]


def test_a_hub_that_does_not_answer_about_one_release_is_no_fault(hub: LoopbackHub) -> None:
    hub.faults.arm(Answer(503), On("GET", f"/tree/{hub.repo(REPO).tags['pico.v1']}", times=100))

    found = list(audit_releases(open_store(hub)))

    assert [type(each) for each in found] == [NoAnswer, Sound]
    assert exit_code_of_audit(found) is ExitCode.UNREACHABLE
    assert exit_code_of_audit([*found, PublishedFault("x.v1", ProblemKind.SIZE, "a", "")]) is ExitCode.FAILED


def test_a_hub_that_does_not_answer_at_all_is_unreachable(hub: LoopbackHub) -> None:
    hub.faults.arm(Answer(503), On("GET", "/refs", times=100))
    with pytest.raises(HubUnreachable):
        list(audit_releases(open_store(hub)))


def placed() -> tuple[PlacedSource, ...]:
    web = "https://example.com/a.safetensors"
    entries = [
        {"name": "loose", "source": web},
        {"name": "pinned", "source": "https://example.com/b.safetensors", "sha256": "a" * 64},
        {"name": "withdrawn", "source": "https://example.com/c.safetensors", "yanked": "Bad."},
        {"name": "on-hub", "source": "org/model", "vae": "org/vae", "loras": [{"name": "x", "source": web}] * 2},
        {"name": "mine", "source": "models/a.safetensors"},
    ]
    text = json.dumps({"diffusion": entries})
    return placed_sources(load_registry(text.encode(), "r.json").require_valid())


def test_every_source_that_is_not_pinned_is_looked_at_once() -> None:
    seen: list[str] = []
    found = list(audit_links(placed(), lambda each: seen.append(f"{each.entry.name} {each.source.display()}")))
    assert found == []
    assert seen == [
        "loose https://example.com/a.safetensors",
        "on-hub huggingface://org/model",
        "on-hub huggingface://org/vae",
        "on-hub https://example.com/a.safetensors",
    ]


def test_a_link_that_is_dead_is_a_fault_and_a_host_that_is_silent_is_none() -> None:
    def look(each: PlacedSource) -> None:
        if each.entry.name == "loose":
            raise SourceError("404")
        raise SourceUnreachable("no answer")

    found = list(audit_links(placed(), look))

    assert keys(found) == ["loose:link:https://example.com/a.safetensors"]
    assert [each.release for each in found if isinstance(each, NoAnswer)] == ["on-hub"] * 3


def test_a_link_s_key_does_not_show_a_query_but_tells_queries_apart() -> None:
    entries = [{"name": f"n{i}", "source": f"https://example.com/a?part=quite-{i}"} for i in (1, 2)]
    text = json.dumps({"diffusion": entries})

    def dead(each: PlacedSource) -> None:
        raise SourceError("404")

    sources = placed_sources(load_registry(text.encode(), "r.json").require_valid())
    one, two = keys(list(audit_links(sources, dead)))
    assert "quite" not in one + two
    assert one.rpartition("=")[2] != two.rpartition("=")[2]
