"""Which sources can change, and the line that stops it."""

import json

import pytest

from converter.registry import (
    CommitPin,
    DigestPin,
    PlacedSource,
    Severity,
    load_registry,
    loose_sources,
    pin_findings,
    pin_line,
    placed_sources,
)

COMMIT, DIGEST = "0123456789abcdef0123456789abcdef01234567", "ab" * 32


def placed(*entries: object, section: str = "diffusion") -> tuple[PlacedSource, ...]:
    text = json.dumps({section: entries}, indent=2)
    return placed_sources(load_registry(text.encode(), "extras.json").require_valid())


def one(**fields: object) -> PlacedSource:
    (found,) = placed({"name": "one", **fields})
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "models/a.safetensors"},
        {"source": "org/repo", "revision": COMMIT},
        {"source": f"huggingface://org/repo@{COMMIT}"},
        {"source": f"huggingface://org/repo@{COMMIT}/a.ckpt"},
        {"source": "huggingface://org/repo/a.ckpt", "sha256": DIGEST},
        {"source": "https://example.com/a.ckpt", "sha256": DIGEST.upper()},
        {"source": "https://example.com/a.ckpt", "hash": DIGEST},
        {"source": "civitai://12", "sha256": DIGEST},
    ],
)
def test_a_commit_a_digest_and_a_path_are_pins(fields: dict[str, object]) -> None:
    assert one(**fields).pinned


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "org/repo"},
        {"source": "org/repo", "revision": "main"},
        {"source": "huggingface://org/repo@v1.5"},
        {"source": f"huggingface://org/repo@{COMMIT[:7]}"},
        {"source": "huggingface://org/repo/a.ckpt"},
        {"source": "https://example.com/a.ckpt"},
        {"source": "https://example.com/a.ckpt", "hash": "cc6cb27103"},
        {"source": "civitai://12"},
    ],
)
def test_a_branch_a_tag_and_an_address_can_change(fields: dict[str, object]) -> None:
    assert not one(**fields).pinned


@pytest.mark.parametrize(
    ("fields", "pin", "line"),
    [
        ({"source": "org/repo"}, CommitPin(COMMIT), f'"revision": "{COMMIT}"'),
        ({"source": "org/repo", "revision": "main"}, CommitPin(COMMIT), f'"revision": "{COMMIT}"'),
        (
            {"source": "huggingface://org/repo@main"},
            CommitPin(COMMIT),
            f'"source": "huggingface://org/repo@{COMMIT}"',
        ),
        (
            {"source": "https://huggingface.co/org/repo/resolve/main/a/b.ckpt?download=true"},
            CommitPin(COMMIT),
            f'"source": "huggingface://org/repo@{COMMIT}/a/b.ckpt"',
        ),
        ({"source": "huggingface://org/repo/a.ckpt"}, CommitPin(COMMIT), f'"revision": "{COMMIT}"'),
        ({"source": "civitai://12"}, DigestPin(DIGEST), f'"sha256": "{DIGEST}"'),
    ],
)
def test_the_line_to_paste_has_the_pin_where_it_belongs(
    fields: dict[str, object], pin: CommitPin | DigestPin, line: str
) -> None:
    assert pin_line(one(**fields), pin) == line


def test_sources_inside_an_entry_count_and_stand_on_their_own_lines() -> None:
    found = placed(
        {
            "name": "one",
            "source": "org/repo",
            "vae": "org/vae",
            "loras": [{"name": "l", "source": "https://example.com/l.safetensors"}],
            "inversions": [{"name": "i", "source": "civitai://3"}],
        }
    )

    assert [(each.location.line, each.source.display(), each.entry.name) for each in found] == [
        (5, "huggingface://org/repo", "one"),
        (6, "huggingface://org/vae", "one"),
        (10, "https://example.com/l.safetensors", "one"),
        (16, "civitai://3", "one"),
    ]


@pytest.mark.parametrize(
    ("section", "extra"), [("networks", {"type": "lora"}), ("sources", {}), ("upscaling", {"scale": 4})]
)
def test_the_other_sections_count(section: str, extra: dict[str, object]) -> None:
    (found,) = placed({"name": "one", "source": "org/repo", **extra}, section=section)

    assert found.source.display() == "huggingface://org/repo"


def test_the_pin_of_a_vae_is_in_its_source() -> None:
    _, vae = placed({"name": "one", "source": f"huggingface://a/b@{COMMIT}", "vae": "org/vae", "revision": COMMIT})

    assert (vae.pinned, vae.obstacle) == (False, None)
    assert pin_line(vae, CommitPin(COMMIT)) == f'"vae": "huggingface://org/vae@{COMMIT}"'


def test_the_digest_of_an_entry_is_not_that_of_its_vae() -> None:
    _, vae = placed(
        {"name": "one", "source": "civitai://1", "sha256": DIGEST, "vae": "https://example.com/v.safetensors"}
    )

    assert not vae.pinned
    assert vae.obstacle is not None


def test_a_finding_says_what_can_change_and_what_to_do() -> None:
    found = placed({"name": "one", "source": "org/repo"}, {"name": "two", "source": "civitai://1?type=Model"})

    offline = pin_findings(found, {}, "extras.json", Severity.WARNING)
    online = pin_findings(found, {found[0]: CommitPin(COMMIT)}, "extras.json", Severity.ERROR)

    assert [str(finding) for finding in offline] == [
        "extras.json:5:17: warning: $.diffusion[0].source: org/repo is not pinned: it can be other weights tomorrow; "
        "`validate --pin` writes `revision`",
        "extras.json:9:17: warning: $.diffusion[1].source: civitai://1 is not pinned: its host can give other weights "
        "tomorrow; `validate --pin` writes `sha256`",
    ]
    assert str(online[0]).endswith(f'tomorrow; add "revision": "{COMMIT}"')
    assert {finding.severity for finding in online} == {Severity.ERROR}


def test_the_old_form_has_no_place_for_a_pin() -> None:
    (found,) = placed(["one", "org/repo"])

    assert found.obstacle == "the old form has no place for it; write an object first"
    assert "write an object first" in str(pin_findings((found,), {}, "f", Severity.WARNING)[0])


def test_loose_sources_are_those_that_are_not_pinned() -> None:
    loras = [
        {"name": "l", "source": "huggingface://org/lora/a.pt"},
        {"name": "m", "source": "org/lora", "revision": COMMIT},
    ]
    document = {
        "diffusion": [
            {"name": "fixed", "source": "org/repo", "revision": COMMIT},
            {"name": "moving", "source": "org/repo"},
            {"name": "blended", "source": "org/repo", "revision": COMMIT, "loras": loras},
            {"name": "other-vae", "source": "org/repo", "revision": COMMIT, "vae": "org/vae"},
            {"name": "local", "source": "models/a.safetensors", "vae": "org/vae"},
            ["old-form", "org/repo"],
        ],
        "strings": {"en": {"a": "b"}},
    }
    registry = load_registry(json.dumps(document).encode(), "extras.json").require_valid()

    loose = loose_sources(registry)

    assert loose == tuple(found for found in placed_sources(registry) if not found.pinned)
    assert len(loose) == 5
