"""The cells of the matrix: which job a client does for each, and which job of PyTorch its image is compared with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench.client_drivers.jobs import Job
from tests.bench.client_matrix.blends import (
    PROMPT,
    TOKEN,
    VECTORS,
    attention,
    kohya_name,
    merged,
    original_name,
    targets,
    write_goblin,
    write_lora,
)
from tests.bench.client_matrix.clients import BLENDS, ONNX_WEB, Client, cells_of
from tests.bench.client_matrix.levels import BuiltLevel
from tests.bench.client_matrix.releases import model_of, torch_folder

_TASKS = {"txt2img": "", "img2img": "Img2Img", "inpaint": "Inpaint"}


@dataclass(frozen=True)
class Cell:
    """One run of a client on a release, and what it is compared with."""

    client: Client
    release: str
    task: str
    """What the row says: a task, or what is blended in."""
    level: BuiltLevel
    job: Job
    reference: Job
    targets: Mapping[str, int] = field(default_factory=dict)
    """Graph to how many of its weights the blending must change."""
    plain: Job | None = None
    """PyTorch without what is blended in: the image must not be like that."""


def plain_cells(work: Path, client: Client, levels: tuple[BuiltLevel, ...]) -> Iterator[Cell]:
    """The cells of a client in which nothing is blended in."""
    for level in levels:
        for release, task in cells_of(client):
            line = _line(release)
            job = Job(
                out=_image(work, client.key, release, task, level.name),
                folder=_folder(work, release, level),
                task=task,
                kind=client.kinds[task].format(line) if client.kinds else "",
                draws=client.draws,
                options=_options(work, release),
            )
            yield Cell(client, release, task, level, job, _reference(work, release, task, client.draws))


def blend_cells(work: Path, levels: tuple[BuiltLevel, ...]) -> Iterator[Cell]:
    """onnx-web's own blending into the text encoders and the UNet of a release, at the levels that promise it."""
    for release, blend in BLENDS:
        made = _inversion(work, release) if blend == "inversion" else _lora(work, release, blend)
        for level in (level for level in levels if level.blends):
            out = _image(work, ONNX_WEB.key, release, blend, level.name)
            job = replace(made.job, out=out, folder=_folder(work, release, level), options=_options(work, release))
            plain = _reference(work, release, "txt2img", "mean")
            if blend == "inversion":
                plain = replace(plain, out=_image(work, "torch", release, "same words"), prompt=PROMPT)
            yield Cell(ONNX_WEB, release, blend, level, job, made.reference, made.targets, plain)


@dataclass(frozen=True)
class _Made:
    job: Job
    reference: Job
    targets: Mapping[str, int]


def _lora(work: Path, release: str, blend: str) -> _Made:
    model, original = model_of(release), "original" in blend
    layers = attention(model) if original else targets(model)
    name = f"{release}-original" if original else release
    write_lora(
        model, layers, work / "models" / "lora" / f"{name}.safetensors", original_name if original else kohya_name
    )
    folder = torch_folder(merged(model, layers), work / "torch" / f"{name}-lora")
    counts: dict[str, int] = {}
    for part, _ in layers:
        counts[part] = counts.get(part, 0) + 1
    reference = replace(
        _reference(work, release, "txt2img", "mean"), folder=str(folder), out=_image(work, "torch", name, "lora")
    )
    return _Made(Job("", "", "txt2img", loras=(name,)), reference, counts)


def _inversion(work: Path, release: str) -> _Made:
    file = write_goblin(model_of(release), work / "models" / "inversion")
    reference = replace(
        _reference(work, release, "txt2img", "mean"),
        out=_image(work, "torch", release, "inversion"),
        prompt=PROMPT,
        inversions=(str(file),),
    )
    # A token for each vector, and two that stand for their sum.
    return _Made(Job("", "", "txt2img", prompt=PROMPT, inversions=(TOKEN,)), reference, {"text_encoder": VECTORS + 2})


def _reference(work: Path, release: str, task: str, draws: str) -> Job:
    kind = f"diffusers.StableDiffusion{_line(release)}{_TASKS[task]}Pipeline"
    out = _image(work, "torch", release, task, draws)
    return Job(out, str(work / "torch" / release), task, kind, draws)


def _options(work: Path, release: str) -> dict[str, str]:
    return {"models": str(work / "models"), "scheduler": str(model_of(release).schedulers["scheduler"]["_class_name"])}


def _folder(work: Path, release: str, level: BuiltLevel) -> str:
    return str(work / "models" / f"diffusion-{release}-{level.name}")


def _image(work: Path, *words: str) -> str:
    return str(work / "images" / f"{' '.join(words).replace(' ', '-').replace(',', '')}.npy")


def _line(release: str) -> str:
    return "XL" if release.startswith("sdxl") else ""
