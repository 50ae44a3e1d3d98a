"""How much of a variant's data file the Hub's chunk store has already, once the base is published.

    .venv/bin/python -m tests.bench.shared_chunks [--work FOLDER] [--size tiny|full] [--component text_encoder]

The files are written by binding, with random weights in Stable Diffusion 1.5's shapes or tiny ones, and uploaded with
huggingface_hub; hf_xet cuts them into chunks and asks a store in a local folder which it has, as it asks the Hub. What
counts as new is what that store then has more, unpacked. A file that the Hub has as a whole is not even cut: `publish`
copies it there (the row of the re-release shows what cutting it would send).
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converter.graphs import (
    TOKEN_EMBEDDING,
    ComponentKind,
    TemplateStore,
    Weights,
    WithRows,
    bind,
    making,
)
from converter.registry import Precision
from tests.bench import figures
from tests.bench.figures import Figure, Kind, at_most
from tests.support.components import PARTS, component_of
from tests.support.loopback_hub import LoopbackHub, client_pointed_at
from tests.support.sd1_models import Sd1, pico, sd15

Array = np.ndarray[Any, Any]
REPO = "acme/zoo"
RE_RELEASE = "re-release, other label"
_RANK = 4
_SPREAD = 0.01
_VECTORS = 3
_LINEAR = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2", "to_q", "to_k", "to_v", "to_out.0")


@dataclass(frozen=True)
class MadeWeights:
    """The state dict of a component, each tensor made when it is read; those of `changed` with something added."""

    shapes: Mapping[str, tuple[int, ...]]
    make: Mapping[str, Callable[[], Array]]
    changed: Mapping[str, Callable[[Array], Array]]

    def read(self, name: str) -> Array:
        found = self.make[name]()
        return self.changed[name](found) if name in self.changed else found

    def done(self, name: str) -> None:
        """Nothing is kept."""


@dataclass(frozen=True)
class Variant:
    """One data file."""

    said: str
    weights: Weights
    precision: Precision = Precision.FP32


@dataclass(frozen=True)
class Row:
    """What came of uploading it."""

    said: str
    size_bytes: int
    new_bytes: int


def main() -> None:
    """Print the table."""
    arguments = _arguments()
    logging.disable(logging.INFO)
    arguments.work.mkdir(parents=True, exist_ok=True)
    model, kind = (pico if arguments.size == "tiny" else sd15)(), ComponentKind(arguments.component)
    print(f"{kind} of Stable Diffusion 1.5, {arguments.size}\n")
    print("| variant, uploaded after the base | bytes of the file | bytes new | new |\n|---|---|---|---|", flush=True)
    found = []
    for row in measured(model, kind, arguments.work):
        share = row.new_bytes / row.size_bytes
        print(f"| {row.said} | {row.size_bytes:,} | {row.new_bytes:,} | {share:.1%} |", flush=True)
        found.append(_figure(kind, row))
    figures.write(found, arguments.figures)


def _figure(kind: ComponentKind, row: Row) -> Figure:
    """What is announced again is never sent again; how much a changed file shares is told, not promised."""
    bound = at_most(0) if row.said == RE_RELEASE else None
    return Figure(f"{kind}: {row.said}: bytes sent", Kind.SIZE, row.new_bytes, "the file", row.size_bytes, bound=bound)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/shared-chunks"))
    parser.add_argument("--size", choices=("tiny", "full"), default="tiny")
    parser.add_argument("--component", choices=[str(kind) for kind in PARTS], default="text_encoder")
    figures.add_option(parser)
    return parser.parse_args()


def measured(model: Sd1, kind: ComponentKind, work: Path) -> Iterator[Row]:
    """Upload the base and then each variant of one component to a Hub of its own."""
    component, store = component_of(model, kind), TemplateStore(work / "templates")
    with (
        tempfile.TemporaryDirectory(dir=work) as made,
        LoopbackHub(Path(made) / "hub", xet=True) as hub,
        client_pointed_at(hub, Path(made) / "home"),
    ):
        hub.seed_repo(REPO, {})
        for variant in variants(model, kind):
            folder = Path(made) / "bound"
            template = store.get(component, making("sd1", kind, variant.precision).passes)
            if isinstance(variant.weights, WithRows):
                template = template.with_rows(TOKEN_EMBEDDING, len(variant.weights.rows))
            _, data = bind(template, variant.weights, folder)
            yield Row(variant.said, data.size_bytes, _uploaded(hub, folder / data.name, variant.said))
            (folder / data.name).unlink()


def variants(model: Sd1, kind: ComponentKind) -> Iterator[Variant]:
    """The base first. Each changes the base with numbers of its own, so that none has what another one brought."""
    base = _weights(model, kind, {})
    linear = [name for name in base.shapes if name.endswith(".weight") and any(each in name for each in _LINEAR)]
    tensors = [name for name in base.shapes if name.endswith(".weight")]
    few = [name for name in tensors if name != TOKEN_EMBEDDING][1:4]  # the embedding alone is a third of the real file
    yield Variant("the base itself", base)
    yield Variant(RE_RELEASE, base)
    if linear:
        yield Variant(f"LoRA on {len(linear[:4])} layers", _weights(model, kind, _low_rank(linear[:4], "few")))
        yield Variant(f"LoRA on {len(linear)} layers", _weights(model, kind, _low_rank(linear, "all")))
    yield Variant("fine-tune, 3 tensors changed", _weights(model, kind, _noise(few)))
    yield Variant("fine-tune, all tensors changed", _weights(model, kind, _noise(tensors)))
    if kind is ComponentKind.TEXT_ENCODER:
        width = base.shapes[TOKEN_EMBEDDING][1]
        yield Variant(f"{_VECTORS} tokens more", WithRows(base, TOKEN_EMBEDDING, _normal("rows", (_VECTORS, width))))
    yield Variant("float16", base, Precision.FP16)
    yield Variant("8 bits", base, Precision.INT8)


def _weights(model: Sd1, kind: ComponentKind, changed: Mapping[str, Callable[[Array], Array]]) -> MadeWeights:
    part, beginnings = PARTS[kind]
    shapes = {name: shape for name, shape in model.shapes(part).items() if name.startswith(beginnings)}
    makers = model.tensors(part)
    return MadeWeights(shapes, {name: makers[name] for name in shapes}, changed)


def _low_rank(names: list[str], seed: str) -> Mapping[str, Callable[[Array], Array]]:
    def change(name: str) -> Callable[[Array], Array]:
        def blended(weight: Array) -> Array:
            rows, columns = weight.shape[0], weight[0].size
            up, down = _normal(f"{seed} up {name}", (rows, _RANK)), _normal(f"{seed} down {name}", (_RANK, columns))
            return weight + (up @ down).reshape(weight.shape)

        return blended

    return {name: change(name) for name in names}


def _noise(names: list[str]) -> Mapping[str, Callable[[Array], Array]]:
    def change(name: str) -> Callable[[Array], Array]:
        return lambda weight: weight + _normal(f"noise {len(names)} {name}", weight.shape)

    return {name: change(name) for name in names}


def _normal(seed: str, shape: tuple[int, ...]) -> Array:
    digest = list(hashlib.sha256(seed.encode()).digest())
    return np.random.default_rng(digest).standard_normal(shape, dtype=np.float32) * np.float32(_SPREAD)


def _uploaded(hub: LoopbackHub, file: Path, said: str) -> int:
    """The bytes of chunks that the Hub did not have."""
    from huggingface_hub import HfApi

    before = hub.received_large_bytes
    api = HfApi(endpoint=hub.endpoint, token=hub.token)
    api.upload_file(path_or_fileobj=file, path_in_repo=f"{said}/{file.name}", repo_id=REPO)
    return hub.received_large_bytes - before


if __name__ == "__main__":
    main()
