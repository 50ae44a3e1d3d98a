"""Components bound at the same time, and what is allowed of memory."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from converter.budget import Budget, MemoryBudgetError
from converter.convert import convert_entry
from converter.graphs import bind
from converter.progress import Progress
from converter.streaming import StreamedFile
from converter.workshop import Workshop
from tests.support.registries import diffusion_entry
from tests.support.release_folders import graph_files

CORES = 8
MOST_MEMORY = 10**12
WAIT_S = 20


def converted(workshop: Workshop, source: Path, budget: Budget, **fields: Any) -> Path:
    entry = diffusion_entry(**{"name": "pico", "source": str(source), **fields})
    return convert_entry(entry, 1, replace(workshop, budget=budget), parity=False).folder


@pytest.mark.parametrize("memory_bytes", [None, MOST_MEMORY])
def test_bound_at_the_same_time_they_are_the_same_bytes(
    pico_release: Path, pico_checkpoint: Path, workshop: Workshop, memory_bytes: int | None
) -> None:
    made = converted(workshop, pico_checkpoint, Budget(CORES, memory_bytes))
    assert graph_files(made) == graph_files(pico_release)


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_casts_in_several_threads_are_the_same_bytes(pico_checkpoint: Path, workshop: Workshop, precision: str) -> None:
    one, many = (
        converted(workshop, pico_checkpoint, Budget(cores), name=f"pico-{cores}", precision=precision)
        for cores in (1, CORES)
    )
    assert graph_files(one) == graph_files(many)


@pytest.mark.parametrize(("cores", "together"), [(8, True), (2, False)])
def test_where_there_are_cores_two_are_bound_at_the_same_time(
    pico_folder: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, cores: int, together: bool
) -> None:
    two = threading.Barrier(2)

    def meeting(*arguments: Any, **named: Any) -> tuple[StreamedFile, StreamedFile]:
        if together:
            two.wait(WAIT_S)  # nobody comes where one is bound after the other
        assert together or threading.current_thread() is threading.main_thread()
        return bind(*arguments, **named)

    monkeypatch.setattr("converter.components.bind", meeting)
    converted(workshop, pico_folder, Budget(cores))


def test_progress_goes_from_one_component_to_the_next_all_the_same(pico_folder: Path, workshop: Workshop) -> None:
    heard: list[Progress] = []
    entry = diffusion_entry(name="pico", source=str(pico_folder))
    convert_entry(entry, 1, replace(workshop, budget=Budget(CORES)), parity=False, report=heard.append)
    tasks = list(dict.fromkeys(progress.task for progress in heard if "streaming" in progress.task))
    assert tasks == [f"{name}: streaming weights" for name in ("text_encoder", "unet", "vae_encoder", "vae_decoder")]
    for task in tasks:
        assert [progress for progress in heard if progress.task == task][-1].finished


def test_an_interrupt_leaves_no_thread_and_no_folder(pico_folder: Path, workshop: Workshop) -> None:
    def interrupt(progress: Progress) -> None:
        if "streaming" in progress.task:
            raise KeyboardInterrupt

    before = threading.active_count()
    entry = diffusion_entry(name="pico", source=str(pico_folder))
    with pytest.raises(KeyboardInterrupt):
        convert_entry(entry, 1, replace(workshop, budget=Budget(CORES)), parity=False, report=interrupt)
    assert threading.active_count() == before
    assert not list(workshop.build.iterdir())


LITTLE: Mapping[str, int] = {"converting": 50_000_000, "comparing with PyTorch": 500_000_000}


@pytest.mark.parametrize("what", LITTLE)
def test_what_does_not_fit_is_refused_before_anything_is_made(pico_folder: Path, workshop: Workshop, what: str) -> None:
    entry = diffusion_entry(name="pico", source=str(pico_folder))
    heard: list[Progress] = []
    with pytest.raises(MemoryBudgetError, match=f"pico: {what} takes up to"):
        convert_entry(entry, 1, replace(workshop, budget=Budget(2, LITTLE[what])), report=heard.append)
    assert not workshop.build.exists() or not list(workshop.build.iterdir())
    assert not [progress for progress in heard if "streaming" in progress.task]
