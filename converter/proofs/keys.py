"""The keys of proofs: two comparisons with the same key are the same comparison."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from converter.canonical import digest_of
from converter.graphs import Component
from converter.installed import version_of, versions_of
from converter.parity import inputs_digest
from converter.proof import Device
from converter.registry import Precision
from converter.release import FileRecord, ModelRecord
from converter.streaming import StreamedFile

PROOF_FORMAT = 1
"""Raised when this program measures something else, or in another way: other references, sessions or trials."""

_MEASURED_WITH = ("torch", "diffusers", "transformers", "numpy", "onnxruntime", "onnxruntime-gpu")


@dataclass(frozen=True)
class Where:
    """On what something is measured."""

    device: Device
    machine: str
    """Architecture of the processor: `x86_64`."""
    versions: Mapping[str, str]
    """Of the libraries that compute either side."""

    @staticmethod
    def here(device: Device, version: Callable[[str], str | None] = version_of) -> Where:
        """This machine, whose libraries are not imported for it."""
        return Where(device, platform.machine(), versions_of(_MEASURED_WITH, version))

    def as_record(self) -> dict[str, str | dict[str, str]]:
        """The same, for a digest."""
        return {"device": self.device, "machine": self.machine, "versions": dict(self.versions)}


def component_key(
    component: Component, precision: Precision, bound: Sequence[StreamedFile], values: str | None, where: Where
) -> str:
    """The key of a component that is compared with PyTorch.

    Args:
        component: what PyTorch is built from.
        precision: that the graph computes in.
        bound: its graph and data.
        values: digest of the numbers that PyTorch computes with; `None` where the data has them bit for bit.
        where: it is measured.
    """
    return digest_of(
        {
            "format": PROOF_FORMAT,
            "kind": component.kind.value,
            "config": component.config,
            "pooled_width": component.pooled_width,
            "precision": precision.value,
            "files": {file.name: file.sha256 for file in bound},
            "values": values,
            "inputs": inputs_digest(component),
            "where": where.as_record(),
        }
    )


def pipeline_key(components: Mapping[str, str], files: Sequence[FileRecord], model: ModelRecord, precision: str) -> str:
    """The key of a pipeline as a whole.

    Args:
        components: name to its key, which has what it is made of, and where.
        files: of the release: graphs, configs, tokenizers and schedulers.
        model: of which the size of its images and its pipeline matter.
        precision: of the release.
    """
    return digest_of(
        {
            "format": PROOF_FORMAT,
            "components": dict(components),
            "files": {file.path: file.sha256 for file in files},
            "pipeline": model.pipeline,
            "image_multiple": model.image_multiple,
            "precision": precision,
        }
    )
