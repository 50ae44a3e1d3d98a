"""What a plan says that a release will upload, against what the loopback Hub counts: base, variants, a re-release."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from converter.actions import AtMost, Convert, Exactly, NotKnown, Upload
from converter.comparison import plan_of
from converter.convert import convert_entry
from converter.outcomes import Released
from converter.pipeline import publish_planned
from converter.registry import Registry
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.blends import write_inversion, write_kohya_lora
from tests.support.command_line import run
from tests.support.loopback_hub import LoopbackHub, client_environment
from tests.support.loopback_store import open_store
from tests.support.registries import diffusion_entry, registry_of, write_registry
from tests.support.sd1_models import pico, write_folder
from tests.support.tiny_release import contents_of

pytestmark = pytest.mark.slow  # nine conversions


@dataclass(frozen=True)
class Zoo:
    """Tiny models as entries, each converted when it is first asked for; version 2 of one has another label."""

    entries: Mapping[str, Mapping[str, object]]
    """By the tag of its release."""
    workshop: Workshop

    @property
    def build(self) -> Path:
        return self.workshop.build

    def convert(self, *tags: str) -> None:
        for tag in tags:
            if not (self.build / tag).is_dir():
                convert_entry(diffusion_entry(**self.entries[tag]), int(tag[-1]), self.workshop)

    def registry(self, tag: str) -> Registry:
        """One entry alone."""
        return registry_of(self.entries[tag])

    def size_bytes(self, tag: str, *, large: bool) -> int:
        files = contents_of(self.build / tag)
        return sum(len(data) for path, data in files.items() if path.endswith((".onnx", ".pb")) is large)

    def bytes_of(self, tag: str, *paths: str) -> int:
        return sum(len(contents_of(self.build / tag)[path]) for path in paths)


@pytest.fixture(scope="module")
def zoo(pico_folder: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    root = tmp_path_factory.mktemp("zoo")
    lora, words = write_kohya_lora(pico(), root / "style.safetensors"), root / "goblin.safetensors"
    write_inversion({"text_encoder": 64}, words)
    other, vae = write_folder(pico(seed=1), root / "other"), write_folder(pico(seed=2), root / "vae-of")
    base: Mapping[str, object] = {"name": "base", "source": str(pico_folder), "license": "mit"}
    style = {"name": "style", "source": str(lora), "weight": 0.1}
    entries: dict[str, Mapping[str, object]] = {
        "base.v1": base,
        "base.v2": {**base, "label": "A model with another label"},
        "styled.v1": {**base, "name": "styled", "loras": [style]},
        "styled-less.v1": {**base, "name": "styled-less", "loras": [{**style, "weight": 0.05}]},
        "half.v1": {**base, "name": "half", "precision": "fp16"},
        "said.v1": {**base, "name": "said", "inversions": [{"name": "goblin", "source": str(words)}]},
        "sharp.v1": {**base, "name": "sharp", "vae": str(vae)},
        "other.v1": {**base, "name": "other", "source": str(other)},
        "other-sharp.v1": {**base, "name": "other-sharp", "source": str(other), "vae": str(vae)},
    }
    return Zoo(entries, Workshop(root=root, build=root / "build", cache=cache, access=HubAccess()))


@dataclass(frozen=True)
class Published:
    """What was said before a release, and what came of it."""

    before: Upload | None
    """Before it was converted."""
    said: Upload | None
    """Once it was."""
    outcome: Released
    received_bytes: int


def released(zoo: Zoo, hub: LoopbackHub, tag: str, tmp_path: Path) -> Published:
    """Plan without the folder, plan with it, publish, and count what the Hub receives."""
    zoo.convert(tag)
    store, registry, branch = open_store(hub), zoo.registry(tag), tag.partition(".")[0]
    before = _upload(plan_of(registry, store, [branch], build=tmp_path / "empty").actions)
    todo = plan_of(registry, store, [branch], build=zoo.build)
    received = hub.received_bytes(branch)
    (outcome,) = publish_planned(todo, zoo.build, store)
    assert isinstance(outcome, Released), outcome
    assert outcome.tag == tag
    return Published(before, _upload(todo.actions), outcome, hub.received_bytes(branch) - received)


def _upload(actions: Iterable[object]) -> Upload | None:
    (upload,) = [action.upload for action in actions if isinstance(action, Convert)]
    return upload


def require_true(published: Published) -> None:
    """What was said is what the Hub received: exactly once it was converted, at most before."""
    assert published.said == Exactly(published.received_bytes)
    assert published.outcome.sent_bytes == published.received_bytes
    if isinstance(published.before, AtMost):
        assert published.received_bytes <= published.before.size_bytes


def test_a_base_then_a_lora_variant_then_one_in_float16_then_another_label(
    zoo: Zoo, loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    base, styled, half, relabelled = (
        released(zoo, loopback_hub, tag, tmp_path) for tag in ("base.v1", "styled.v1", "half.v1", "base.v2")
    )

    for published in (base, styled, half, relabelled):
        require_true(published)
    assert base.before == half.before == NotKnown()
    assert base.received_bytes == zoo.size_bytes("base.v1", large=True) + zoo.size_bytes("base.v1", large=False)
    changed = zoo.bytes_of("styled.v1", "unet/weights.pb", "text_encoder/weights.pb")
    assert styled.received_bytes == changed + zoo.size_bytes("styled.v1", large=False)
    assert isinstance(styled.before, AtMost)
    assert styled.before.size_bytes < base.received_bytes
    assert half.received_bytes == zoo.size_bytes("half.v1", large=True) + zoo.size_bytes("half.v1", large=False)
    assert relabelled.received_bytes == zoo.bytes_of("base.v2", "manifest.json", "README.md", "SHA256SUMS")


def test_by_xet_no_more_is_received_than_was_said(zoo: Zoo, loopback_hub_xet: LoopbackHub, tmp_path: Path) -> None:
    for tag in ("base.v1", "styled.v1", "half.v1", "base.v2"):
        published = released(zoo, loopback_hub_xet, tag, tmp_path)
        assert isinstance(published.said, Exactly)
        assert 0 < published.received_bytes <= published.said.size_bytes


def test_another_weight_of_a_lora_changes_what_the_lora_reaches(
    zoo: Zoo, loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    released(zoo, loopback_hub, "styled.v1", tmp_path)

    less = released(zoo, loopback_hub, "styled-less.v1", tmp_path)

    require_true(less)
    assert isinstance(less.before, AtMost)
    reached = zoo.bytes_of("styled-less.v1", "unet/weights.pb", "text_encoder/weights.pb")
    assert less.received_bytes == reached + zoo.size_bytes("styled-less.v1", large=False)


def test_the_size_of_new_tokens_is_not_known(zoo: Zoo, loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    released(zoo, loopback_hub, "base.v1", tmp_path)

    said = released(zoo, loopback_hub, "said.v1", tmp_path)

    require_true(said)
    assert said.before == NotKnown()
    assert said.received_bytes < zoo.size_bytes("said.v1", large=True)  # its UNet is there


def test_a_vae_that_another_model_has_in_the_place_of_its_own_is_there(
    zoo: Zoo, loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    assert released(zoo, loopback_hub, "base.v1", tmp_path).before == NotKnown()
    assert released(zoo, loopback_hub, "sharp.v1", tmp_path).before == NotKnown()  # a VAE of nobody knows what size
    released(zoo, loopback_hub, "other.v1", tmp_path)

    both = released(zoo, loopback_hub, "other-sharp.v1", tmp_path)

    require_true(both)
    assert isinstance(both.before, AtMost)
    assert both.received_bytes == zoo.size_bytes("other-sharp.v1", large=False)


def test_what_is_said_holds_only_if_sources_without_a_pin_are_what_they_were(
    zoo: Zoo, loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    released(zoo, loopback_hub, "base.v1", tmp_path)

    relabelled = released(zoo, loopback_hub, "base.v2", tmp_path)

    assert isinstance(relabelled.before, AtMost)
    assert relabelled.before.if_unchanged


def test_a_folder_of_something_else_is_not_taken_for_the_release(zoo: Zoo, loopback_hub: LoopbackHub) -> None:
    zoo.convert("base.v1")
    asked = registry_of({**zoo.entries["base.v1"], "license": "openrail"})

    assert _upload(plan_of(asked, open_store(loopback_hub), build=zoo.build).actions) == NotKnown()


def test_two_new_releases_send_what_they_share_once(zoo: Zoo, loopback_hub: LoopbackHub) -> None:
    zoo.convert("base.v1", "styled.v1")
    registry = registry_of(zoo.entries["base.v1"], zoo.entries["styled.v1"])
    store = open_store(loopback_hub)
    todo = plan_of(registry, store, build=zoo.build)
    said = [action.upload for action in todo.converts]

    list(publish_planned(todo, zoo.build, store))

    small = {"base": zoo.size_bytes("base.v1", large=False), "styled": zoo.size_bytes("styled.v1", large=False)}
    received = loopback_hub.received_large_bytes + sum(small.values())
    assert sum(upload.size_bytes for upload in said if isinstance(upload, Exactly)) == received
    assert all(
        loopback_hub.received_bytes(name) - loopback_hub.received_large_bytes == size for name, size in small.items()
    )


def test_the_plan_and_the_publication_of_the_command_line_say_the_same(
    zoo: Zoo, loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    zoo.convert("base.v1")
    write_registry(tmp_path / "repository", zoo.entries["base.v1"])
    variables = client_environment(loopback_hub, tmp_path / "home")

    def ran(*arguments: object) -> str:
        hub = ("--hub", "hf:acme/zoo", "--build", zoo.build)
        done = run(*arguments, *hub, cwd=tmp_path / "repository", variables=variables)
        assert done.code == 0, done.err
        return done.out

    planned = json.loads(ran("plan", "--format", "json"))
    text = ran("plan")
    published = ran("publish", "base")

    size_bytes = loopback_hub.received_bytes("base")
    assert planned["actions"][0]["upload"] == {"known": "exactly", "bytes": size_bytes}
    assert planned["upload"] == {"bytes": size_bytes, "exact": True, "not_known": 0}
    assert "new; uploads " in text
    assert text.endswith("MB\n")
    assert "1 to convert; to upload: " in text
    assert f"({size_bytes:,} of {size_bytes:,} bytes uploaded)" in published
