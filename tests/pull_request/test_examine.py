"""The review of a pull request as a whole."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.hub import Store, open_hub, parse_hub, publish
from converter.progress import silent
from converter.pull_request import (
    NoLooks,
    NoText,
    Proposal,
    Reviewed,
    Sighting,
    Text,
    annotations_of,
    examine,
    page_of,
    unread_review,
)
from converter.review import DOWNLOAD_LIMIT_BYTES, LOOKS_LIMIT, Weight
from converter.sources import SourceError, SourceUnreachable
from converter.workflow import Level
from tests.support.known_looks import KnownLooks
from tests.support.tiny_release import tiny_release

FILE = "registry/extras.json"
MIT = {"license": "mit"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
ALPHA = {"name": "alpha", "source": "org/alpha", "revision": COMMIT, **MIT}
GAMMA = {"name": "gamma", "source": "org/gamma", "revision": COMMIT, **MIT}
MODEL = Sighting("Stable Diffusion 1.x", 4 * 10**9, 5 * 10**9, 9 * 10**9)
EMPTY = ", planned as if nothing were published (`file:hub` is empty)"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)


def text(*entries: Mapping[str, object], **sections: object) -> bytes:
    return json.dumps({"diffusion": entries, **sections}, indent=1).encode()


def proposal(base: bytes | None, head: bytes, *changed: str) -> Proposal:
    before = NoText("there is none") if base is None else Text(base, len(base))
    return Proposal(before, Text(head, len(head)), FILE, changed)


def said(found: Reviewed) -> list[tuple[str, str, int]]:
    return [(each.weight.value, each.title, each.finding.line) for each in found.concerns]


def test_a_good_new_entry_passes_and_is_planned(store: Store) -> None:
    found = examine(proposal(text(ALPHA), text(ALPHA, GAMMA), FILE), store, NoLooks())

    assert (found.exit_code, found.concerns) == (ExitCode.DONE, ())
    assert found.plan is not None
    assert [action.name for action in found.plan.converts] == ["alpha", "gamma"]
    assert [entry.name for entry in found.touched] == ["gamma"]
    assert page_of(found).sums == f"After the merge: 2 to convert{EMPTY}."


@pytest.mark.parametrize("base", [None, b"", b"{", b"\xff", b'{"diffusion": 1}', b" " * (17 << 20), b"[1]"])
def test_a_base_that_is_missing_or_no_registry_makes_everything_new(base: bytes | None, store: Store) -> None:
    found = examine(proposal(base, text(ALPHA, GAMMA)), store, NoLooks())

    assert [entry.name for entry in found.touched] == ["alpha", "gamma"]
    assert found.exit_code is ExitCode.DONE


def test_only_sources_of_new_and_changed_entries_are_looked_at(store: Store) -> None:
    looks = KnownLooks({"huggingface://org/gamma@" + COMMIT: MODEL})

    examine(proposal(text(ALPHA), text(ALPHA, GAMMA)), store, looks)

    assert (looks.names, looks.asked) == (["gamma"], ["huggingface://org/gamma@" + COMMIT])


def test_nothing_is_looked_at_if_nothing_changed(store: Store) -> None:
    looks = KnownLooks({})

    found = examine(proposal(text(ALPHA), text(ALPHA)), store, looks)

    assert (looks.names, looks.asked, found.exit_code) == ([], [], ExitCode.DONE)


def test_the_page_says_what_is_released_as_what(store: Store) -> None:
    lora = {"name": "paint", "source": "civitai://5", "sha256": "ab" * 32, **MIT}
    entry = {**GAMMA, "vae": "org/vae", "loras": [lora]}
    looks = KnownLooks(
        {
            "huggingface://org/gamma@" + COMMIT: MODEL,
            "huggingface://org/vae": Sighting("", 3),
            "civitai://5": Sighting("LoRA of rank 8", 7),
        }
    )

    page = page_of(examine(proposal(None, text(entry)), store, looks))

    (row,) = page.releases
    assert (row.entry, row.release, row.reason) == ("gamma", "gamma.v1", "new")
    assert (row.architecture, row.release_bytes, row.disk_bytes) == (MODEL.title, 5 * 10**9, 9 * 10**9)
    assert row.download_bytes == MODEL.download_bytes + 10
    assert row.blended == ("VAE: huggingface://org/vae", "lora paint: civitai://5 (LoRA of rank 8)")
    assert page.sums == (
        f"After the merge: 1 to convert{EMPTY}; the new and changed sources are 4.00 GB to download, and with their "
        "releases take 9.00 GB of disk."
    )


def test_an_entry_that_is_no_release_is_on_the_page_and_refused(store: Store) -> None:
    lora = {"type": "lora", "name": "paint", "source": "civitai://5", "sha256": "ab" * 32, **MIT}

    found = examine(proposal(text(), text(networks=[lora])), store, NoLooks())

    assert [(row.entry, row.release) for row in page_of(found).releases] == [("paint", "")]
    assert said(found) == [("failure", "Cannot be converted", 4)]


def test_what_was_refused_before_is_a_notice(store: Store) -> None:
    old = {**ALPHA, "opset": 14}

    found = examine(proposal(text(old), text(old, GAMMA)), store, NoLooks())

    assert said(found) == [("notice", "Cannot be converted", 3)]
    assert found.exit_code is ExitCode.DONE


def test_warnings_of_other_entries_are_not_repeated(store: Store) -> None:
    loose = {"name": "alpha", "source": "org/alpha", **MIT}
    new = {"name": "gamma", "source": "org/gamma", **MIT}

    found = examine(proposal(text(loose), text(loose, new)), store, NoLooks())

    assert said(found) == [("advice", "Advice", 10)]


def test_a_registry_with_errors_is_not_planned_but_its_rules_are_told(store: Store) -> None:
    broken = {"name": "../x", "source": "org/alpha", **MIT}

    found = examine(
        proposal(text(ALPHA), text(broken, {**GAMMA, "license": "other"}), FILE, ".github/workflows/a.yml"),
        store,
        NoLooks(),
    )

    assert said(found) == [
        ("failure", "Not valid", 4),
        ("person", "More than the registry is changed", 1),
        ("person", "Licence not on the list", 8),
    ]
    assert (found.exit_code, found.plan) == (ExitCode.FAILED, None)


def test_an_entry_with_an_error_is_not_taken_for_removed(store: Store) -> None:
    found = examine(proposal(text(ALPHA), text({**ALPHA, "precision": "fp8"})), store, NoLooks())

    assert said(found) == [("failure", "Not valid", 8)]


def test_a_source_that_cannot_be_recognised_is_advice_and_a_host_that_does_not_answer_is_tried_again(
    store: Store,
) -> None:
    looks = KnownLooks(
        {
            "huggingface://org/alpha@" + COMMIT: SourceError("odd\n::error::x"),
            "huggingface://org/gamma@" + COMMIT: SourceUnreachable("gone"),
        }
    )

    found = examine(proposal(None, text(ALPHA, GAMMA)), store, looks)

    assert said(found) == [("unreachable", "No answer", 11), ("advice", "Not recognised", 5)]
    assert found.concerns[1].finding.message == "odd\\n::error::x"
    assert found.exit_code is ExitCode.UNREACHABLE
    assert [each.level for each in annotations_of(found)] == [Level.ERROR, Level.WARNING]


def test_much_to_download_asks_for_a_person(store: Store) -> None:
    looks = KnownLooks({"huggingface://org/alpha@" + COMMIT: Sighting("", DOWNLOAD_LIMIT_BYTES + 1)})

    found = examine(proposal(None, text(ALPHA)), store, looks)

    assert said(found) == [("person", "Much to download", 1)]


def test_of_many_entries_only_the_first_are_looked_at_and_a_person_is_asked(store: Store) -> None:
    entries = [{**ALPHA, "name": f"{index * 1111:05}-{'ab' * (index % 9)}-x"} for index in range(LOOKS_LIMIT + 1)]
    looks = KnownLooks({"huggingface://org/alpha@" + COMMIT: MODEL})

    found = examine(proposal(None, text(*entries)), store, looks)

    assert len(looks.asked) == LOOKS_LIMIT
    assert {"Many entries", "Many new entries"} <= {each.title for each in found.concerns}
    assert found.exit_code is ExitCode.PERSON


def test_a_registry_that_is_too_large_is_one_error(store: Store) -> None:
    proposed = Proposal(NoText("there is none"), Text(b"{", 300_000_000), FILE, (FILE, "README.md"))

    found = examine(proposed, store, NoLooks())

    assert said(found) == [
        ("failure", "Registry too large", 1),
        ("person", "More than the registry is changed", 1),
    ]
    assert found.concerns[0].weight is Weight.FAILURE
    assert "300,000,000 bytes" in found.concerns[0].finding.message


def test_a_registry_that_is_missing_is_one_error_and_the_paths_are_judged_all_the_same(store: Store) -> None:
    proposed = Proposal(Text(text(ALPHA), 9), NoText("there is none, put it back"), FILE, (FILE, "README.md"))

    found = examine(proposed, store, NoLooks())

    assert said(found) == [("failure", "No registry", 1), ("person", "More than the registry is changed", 1)]
    assert (found.exit_code, found.plan, page_of(found).sums) == (ExitCode.FAILED, None, "")
    assert found.concerns[0].finding.message == "there is none, put it back"


def test_what_cannot_be_read_at_all_has_a_review_of_one_error() -> None:
    assert said(unread_review(FILE, "Not readable", "odd")) == [("failure", "Not readable", 1)]


def test_an_entry_that_takes_more_disk_than_it_may_fails_on_its_line(store: Store) -> None:
    looks = KnownLooks({"huggingface://org/alpha@" + COMMIT: MODEL})

    found = examine(proposal(None, text({**ALPHA, "limits": {"disk_gb": 8}})), store, looks)

    assert said(found) == [("failure", "Not enough disk allowed", 3)]


def test_a_hub_with_a_release_is_not_called_empty(tmp_path: Path) -> None:
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    publish(store, tiny_release(tmp_path / "release"), report=silent)

    found = examine(proposal(None, text(GAMMA)), store, NoLooks())

    assert found.empty_hub is None
    assert "planned as if" not in page_of(found).sums


def test_a_hub_that_does_not_answer_is_exit_code_4(tmp_path: Path) -> None:
    store = open_hub(parse_hub("hf:org/zoo"), endpoint="http://127.0.0.1:9", token=None, root=tmp_path)

    found = examine(proposal(None, text(ALPHA)), store, NoLooks())

    assert said(found) == [("unreachable", "No answer", 1)]
    assert (found.exit_code, found.plan, page_of(found).sums) == (ExitCode.UNREACHABLE, None, "")
