"""Looks at sources where they are: what they are and how large, without their weights, each once."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.hub import open_hub, parse_hub
from converter.pull_request import (
    NoText,
    Proposal,
    Reviewed,
    Sighting,
    Sightings,
    Text,
    WorkshopLooks,
    examine,
    page_of,
)
from converter.registry import placed_sources
from converter.sources import SourceError
from converter.workshop import Workshop
from tests.support.family import (
    full,
    tiny,
    tiny_controlnet,
    write_controlnet_diffusers,
    write_diffusers,
    write_original,
    write_vae_diffusers,
)
from tests.support.fixtures_tiny import tiny_sd1
from tests.support.header_files import kohya_shapes, write_lora
from tests.support.inversions import vectors, write_inversion
from tests.support.loopback_hub import LoopbackHub
from tests.support.range_server import RangeServer

__all__ = ["tiny_sd1"]

SD1 = tiny("sd1")
WIDTH = SD1.configs["text_encoder"]["hidden_size"]
FILE = "registry/extras.json"


@dataclass(frozen=True)
class Sources:
    """Puts files where a registry can name them, and counts who asks for them."""

    hub: LoopbackHub
    server: RangeServer

    def seed(self, repo: str, folder: Path) -> str:
        self.hub.seed_repo(repo, {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()})
        return repo

    def serve(self, number: int, data: bytes | Path) -> str:
        self.server.serve(f"/api/download/models/{number}", data)
        return f"civitai://{number}"

    def requests(self) -> Counter[tuple[str, str]]:
        """Method and path of every request, with the stretch that was asked for."""
        web = [("GET", f"{asked.path} {asked.headers.get('Range')}") for asked in self.server.log]
        return Counter([*((each.method, each.path) for each in self.hub.log), *web])


@pytest.fixture
def sources(loopback_hub: LoopbackHub, range_server: RangeServer) -> Sources:
    return Sources(loopback_hub, range_server)


@pytest.fixture
def looks(web_workshop: Workshop) -> WorkshopLooks:
    return WorkshopLooks(web_workshop)


def text(entry: Mapping[str, object], section: str = "diffusion") -> bytes:
    return json.dumps({section: [{"license": "mit", **entry}]}, indent=1).encode()


def reviewed(looks: WorkshopLooks, data: bytes) -> Reviewed:
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=looks.workshop.root)
    return examine(Proposal(NoText("there is none"), Text(data, len(data)), FILE), store, looks)


def titles(found: Reviewed) -> dict[str, str]:
    """Path of a source to what it is."""
    return {placed.location.path: sighting.title for placed, sighting in found.sightings.items()}


def whole_entry(sources: Sources, model: Path, root: Path) -> dict[str, object]:
    """An entry with everything that it can have, each from another place."""
    (root / "concept").mkdir()
    inversion = write_inversion(root / "concept", "concept", vectors(2, WIDTH))
    inversion.rename(root / "concept" / "learned_embeds.bin")
    return {
        "name": "whole",
        "source": sources.seed("org/model", model),
        "vae": sources.seed("org/vae", write_vae_diffusers(SD1, root / "vae")),
        "loras": [
            {
                "name": "paint",
                "source": sources.serve(5, write_lora(root / "l.safetensors", kohya_shapes(SD1))),
                "license": "mit",
            }
        ],
        "inversions": [{"name": "cubex", "source": sources.seed("org/cubex", root / "concept"), "license": "mit"}],
    }


def test_everything_that_an_entry_names_is_described(
    looks: WorkshopLooks, sources: Sources, tiny_sd1: Path, tmp_path: Path
) -> None:
    found = reviewed(looks, text(whole_entry(sources, tiny_sd1, tmp_path)))

    layers = len(kohya_shapes(SD1)) // 3
    assert found.exit_code is ExitCode.DONE
    assert titles(found) == {
        "$.diffusion[0].source": "Stable Diffusion 1.x",
        "$.diffusion[0].vae": "VAE for Stable Diffusion 1.x",
        "$.diffusion[0].loras[0].source": f"LoRA for Stable Diffusion 1.x, sd-scripts, LoRA on {layers} layers, rank 4",
        "$.diffusion[0].inversions[0].source": (
            f"Textual Inversion for Stable Diffusion 1.x, 2 vectors of {WIDTH}, tokens cubex, cubex-0, cubex-1, "
            "cubex-all, <cube>"
        ),
    }


def test_disk_is_the_release_and_all_downloads_of_the_entry(
    looks: WorkshopLooks, sources: Sources, tiny_sd1: Path, tmp_path: Path
) -> None:
    (row,) = page_of(reviewed(looks, text(whole_entry(sources, tiny_sd1, tmp_path)))).releases

    assert row.release_bytes is not None
    assert row.download_bytes is not None
    assert row.disk_bytes == row.release_bytes + row.download_bytes
    assert row.download_bytes > (tmp_path / "l.safetensors").stat().st_size


def test_a_unet_for_controlnets_counts_in_the_release(looks: WorkshopLooks, sources: Sources, tiny_sd1: Path) -> None:
    source = sources.seed("org/model", tiny_sd1)
    plain, control = (
        page_of(reviewed(looks, text({"name": "model", "source": source, **more}))).releases[0].release_bytes
        for more in ({}, {"control": True})
    )

    unet_bytes = sum(tensor.size_bytes for tensor in SD1.tensors("unet").values())
    assert plain is not None
    assert control == plain + unet_bytes


def test_each_source_is_looked_at_once_by_the_whole_review(
    looks: WorkshopLooks, sources: Sources, tiny_sd1: Path, tmp_path: Path
) -> None:
    data = text(whole_entry(sources, tiny_sd1, tmp_path))

    looks.validated(data, FILE, ("whole",))
    checked = sources.requests()
    found = reviewed(looks, data)

    assert found.exit_code is ExitCode.DONE
    assert len(found.sightings) == 4
    assert sources.requests() == checked
    repeated = {path: count for (method, path), count in checked.items() if count > 1 and method == "GET"}
    # The repository of an inversion is listed to find its file, to look at that, and to fetch it.
    assert repeated == {"/api/models/org/cubex?blobs=true": 3}


@pytest.mark.parametrize("fresh", ["lora", "control", "inversion"])
def test_an_entry_of_networks_is_looked_at_once_and_described(
    fresh: str, looks: WorkshopLooks, sources: Sources, tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    makers = {
        "lora": lambda: sources.serve(1, write_lora(tmp_path / "l.safetensors", kohya_shapes(full("sdxl"), rank=8))),
        "control": lambda: sources.seed(
            "org/control", write_controlnet_diffusers(tiny_controlnet("sd1"), tmp_path / "files")
        ),
        "inversion": lambda: sources.serve(2, write_inversion(tmp_path / "files", "web-ui", vectors(1, 768))),
    }
    layers = len(kohya_shapes(full("sdxl"))) // 3
    expected = {
        "lora": f"LoRA for Stable Diffusion XL, sd-scripts, LoRA on {layers} layers, rank 8",
        "control": "ControlNet for Stable Diffusion 1.x",
        "inversion": "Textual Inversion for Stable Diffusion 1.x, 1 vector of 768, tokens cat, cat-0, cat-all",
    }

    found = reviewed(looks, text({"type": fresh, "name": "cat", "source": makers[fresh]()}, "networks"))

    assert list(titles(found).values()) == [expected[fresh]]
    assert [count for (method, _), count in sources.requests().items() if method == "GET" and count > 1] == []
    (row,) = page_of(found).releases
    assert (row.disk_bytes is not None) is (fresh == "control")


def test_an_original_file_that_needs_its_entry_to_say_what_it_predicts_is_described(
    looks: WorkshopLooks, sources: Sources, tmp_path: Path
) -> None:
    source = sources.serve(1, write_original(tiny("sd2"), tmp_path / "m.safetensors"))

    found = reviewed(looks, text({"name": "two", "source": source, "prediction_type": "v_prediction"}))

    assert [each.title for each in found.concerns] == ["Advice"]
    assert list(titles(found).values()) == ["Stable Diffusion 2.x"]


def test_the_rest_of_an_entry_is_described_beside_what_is_wrong(
    looks: WorkshopLooks, sources: Sources, tiny_sd1: Path, tmp_path: Path
) -> None:
    entry = whole_entry(sources, tiny_sd1, tmp_path)
    entry["vae"] = "org/none"

    found = reviewed(looks, text(entry))

    assert [each.finding.path for each in found.concerns if each.weight.value == "failure"] == ["$.diffusion[0].vae"]
    assert sorted(titles(found)) == [
        "$.diffusion[0].inversions[0].source",
        "$.diffusion[0].loras[0].source",
        "$.diffusion[0].source",
    ]


def test_what_is_for_a_model_that_is_not_there_is_described_by_itself(
    looks: WorkshopLooks, sources: Sources, tmp_path: Path
) -> None:
    lora = sources.serve(5, write_lora(tmp_path / "l.safetensors", kohya_shapes(full("sd1"))))
    entry = {"name": "gone", "source": "org/none", "loras": [{"name": "l", "source": lora, "license": "mit"}]}

    found = reviewed(looks, text(entry))

    assert [title.partition(",")[0] for title in titles(found).values()] == ["LoRA for Stable Diffusion 1.x"]


def test_an_upscaler_is_measured_and_nobody_says_what_it_is(looks: WorkshopLooks, sources: Sources) -> None:
    found = reviewed(looks, text({"name": "up", "source": sources.serve(1, b"anything"), "scale": 4}, "upscaling"))

    assert list(found.sightings.values()) == [Sighting("", 8)]


def test_weights_are_not_downloaded(looks: WorkshopLooks, sources: Sources, tmp_path: Path) -> None:
    model = write_diffusers(SD1, tmp_path / "model")

    reviewed(looks, text({"name": "model", "source": sources.seed("org/model", model)}))

    assert not list((looks.workshop.cache / "downloads").rglob("*.safetensors"))


def test_only_the_named_entries_are_validated_where_they_are(looks: WorkshopLooks) -> None:
    entries = [{"name": name, "source": f"civitai://{number}"} for number, name in enumerate(("one", "two"), 1)]
    data = json.dumps({"diffusion": entries}, indent=1).encode()

    nobody, one = looks.validated(data, "extras.json", ()), looks.validated(data, "extras.json", ("two",))

    assert nobody.errors == ()
    assert [error.path for error in one.errors] == ["$.diffusion[1].source"]


def test_what_is_not_there_is_an_error_that_is_kept(looks: WorkshopLooks) -> None:
    data = text({"type": "lora", "name": "paint", "source": "civitai://6"}, "networks")
    found = looks.validated(data, FILE, ())
    seen: Sightings = looks.seen(placed_sources(found.registry))

    (error,) = seen.values()
    assert isinstance(error, SourceError)
    assert "civitai://6: the server answered 404" in str(error)
