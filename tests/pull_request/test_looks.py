"""Looks at sources where they are: what they are and how large, without their weights."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from converter.pull_request import Sighting, WorkshopLooks
from converter.registry import PlacedSource, parse_registry, placed_sources
from converter.sources import CivitaiAccess, HubAccess, SourceError
from converter.workshop import Workshop
from tests.support.loopback_hub import LoopbackHub
from tests.support.range_server import RangeServer
from tests.support.web_downloads import LOOPBACK

REPO = "org/pico"


@pytest.fixture
def server() -> Iterator[RangeServer]:
    with RangeServer() as server:
        yield server


@pytest.fixture
def looks(loopback_hub: LoopbackHub, server: RangeServer, tmp_path: Path) -> WorkshopLooks:
    return WorkshopLooks(
        Workshop(
            root=tmp_path,
            build=tmp_path / "build",
            cache=tmp_path / "cache",
            access=HubAccess(loopback_hub.endpoint, loopback_hub.token),
            civitai=CivitaiAccess(server.url),
            policy=replace(LOOPBACK, attempts=1),
        )
    )


def placed(entry: Mapping[str, object], section: str = "diffusion") -> tuple[PlacedSource, ...]:
    text = json.dumps({section: [entry]})
    return placed_sources(parse_registry(text, "extras.json").require_valid(), text)


def seed(hub: LoopbackHub, folder: Path) -> int:
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    hub.seed_repo(REPO, files)
    return sum(path.stat().st_size for path in files.values())


def test_a_model_is_recognised_and_measured(looks: WorkshopLooks, loopback_hub: LoopbackHub, pico_folder: Path) -> None:
    size_bytes = seed(loopback_hub, pico_folder)
    (source,) = placed({"name": "pico", "source": REPO})

    found = looks.seen(source)

    assert isinstance(found, Sighting)
    assert found.title.startswith("Stable Diffusion 1")
    assert 0 < found.download_bytes <= size_bytes
    assert found.release_bytes
    assert not list((looks.workshop.cache / "downloads").rglob("*.safetensors"))


def test_what_is_blended_in_is_measured(looks: WorkshopLooks, server: RangeServer, pico_checkpoint: Path) -> None:
    server.serve("/api/download/models/5", pico_checkpoint)
    _, lora = placed(
        {"name": "pico", "source": REPO, "loras": [{"name": "paint", "source": "civitai://5"}]},
    )

    assert looks.seen(lora) == Sighting("", pico_checkpoint.stat().st_size, None)


def test_what_is_not_there_is_an_error(looks: WorkshopLooks) -> None:
    (source,) = placed({"type": "lora", "name": "paint", "source": "civitai://6"}, "networks")

    with pytest.raises(SourceError):
        looks.seen(source)


def test_only_the_named_entries_are_validated_where_they_are(looks: WorkshopLooks) -> None:
    entries = [{"name": name, "source": f"civitai://{number}"} for number, name in enumerate(("one", "two"), 1)]
    data = json.dumps({"diffusion": entries}, indent=1).encode()

    nobody, one = looks.validated(data, "extras.json", ()), looks.validated(data, "extras.json", ("two",))

    assert nobody.errors == ()
    assert [error.path for error in one.errors] == ["$.diffusion[1].source"]
