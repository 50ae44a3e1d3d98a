"""Write a model as one checkpoint with the original keys."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from converter.models import Model, Part, family_of_architecture
from converter.models.leftovers import V_PREDICTION, ZERO_TERMINAL_SNR
from converter.progress import Report
from converter.streaming import StreamedFile, Weights
from converter.torch_layouts.checkpoint_keys import original_tensors
from converter.torch_layouts.safetensors_writer import SafetensorsTensor, write_safetensors

_EMPTY = (0,)


def write_checkpoint(
    model: Model, parts: Mapping[Part, Weights], metadata: Mapping[str, str], path: Path, *, report: Report
) -> StreamedFile:
    """Write the checkpoint, in float32.

    Args:
        model: what it is, which decides the keys.
        parts: its weights, with what was blended into them.
        metadata: of the header.
        path: the file.
        report: called with the bytes done.

    Raises:
        LayoutError: a parameter has no original name.
        WeightsError: a value is NaN or infinite.
        NoSpaceError: the disk has no room.
    """
    family = family_of_architecture(model.architecture)
    found = original_tensors(family, {part: weights.shapes for part, weights in parts.items()})
    tensors = [
        SafetensorsTensor(tensor.key, tensor.shape, parts[part], tensor.names, tensor.transposed)
        for part, own in found.items()
        for tensor in own
    ]
    marks = [SafetensorsTensor(mark, _EMPTY, next(iter(parts.values())), ()) for mark in _markers(model)]
    return write_safetensors([*tensors, *marks], metadata, path, task="checkpoint: streaming weights", report=report)


def _markers(model: Model) -> Iterable[str]:
    """Empty tensors whose names say what no weight can, as NoobAI-XL's files have them and its programs look for.

    Programs tell for themselves whether Stable Diffusion 2 predicts v, and know no such key for it; for a noise
    schedule without signal at its end there is no other word in any family.
    """
    predicted = model.prediction
    if predicted is not None and model.architecture.startswith("sdxl") and predicted.prediction_type == "v_prediction":
        yield V_PREDICTION
    if predicted is not None and predicted.zero_terminal_snr:
        yield ZERO_TERMINAL_SNR
