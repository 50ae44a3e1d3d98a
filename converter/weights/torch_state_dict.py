"""The tensors in what a trainer saved: a state dict, or one among its settings."""

from collections.abc import Mapping

from converter.listing import first_ten
from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.torch_tensor import StoredTensor

# What PyTorch Lightning saves beside `state_dict`.
# Source: https://github.com/Lightning-AI/pytorch-lightning/blob/2.0.0/src/lightning/pytorch/trainer/connectors/checkpoint_connector.py
#         (`dump_checkpoint`), Apache-2.0; the last two lines: its versions 0.x and 1.x
_LEFTOVERS = {
    "epoch", "global_step", "pytorch-lightning_version", "callbacks", "optimizer_states", "lr_schedulers", "loops",
    "hparams_name", "hyper_parameters", "datamodule_hyper_parameters", "datamodule_hparams_name",
    "datamodule_hparams_type", "hparams_type", "MixedPrecision", "MixedPrecisionPlugin",
    "NativeMixedPrecisionPlugin", "native_amp_scaling_state", "amp_scaling_state", "hparams",
    "checkpoint_callback_best", "checkpoint_callback_best_model_score", "checkpoint_callback_best_model_path",
}  # fmt: skip
_COUNTERS = ("epoch", "global_step")


def state_dict(saved: object) -> Mapping[str, StoredTensor]:
    """The tensors by name, sorted by name; those of a list, as early LoRA trainers saved, by place: `0`, `1`, ...

    Raises:
        WeightsError: it is no state dict, or there is something beside it that nobody knows.
    """
    if isinstance(saved, list) and all(isinstance(value, StoredTensor) for value in saved):
        saved = {str(place): value for place, value in enumerate(saved)}
    if not isinstance(saved, dict):
        found = "tensor" if isinstance(saved, StoredTensor) else type(saved).__name__
        raise WeightsError(f"found a {found}, expected a dict of tensors; save the model's state_dict()")
    tensors: dict[str, StoredTensor] = {}
    unknown: list[object] = []
    for name, value in _inner(saved).items():
        if isinstance(name, str) and isinstance(value, StoredTensor):
            tensors[name] = value
        elif name not in _LEFTOVERS:
            unknown.append(name)
    _require_known(unknown, "among the tensors")
    if not tensors:
        raise WeightsError("found no tensors, expected a state dict; use the file that has the model's weights")
    return dict(sorted(tensors.items()))


def counters(saved: object) -> Mapping[str, str]:
    """What Lightning counted beside the state dict, as text."""
    beside = saved if isinstance(saved, dict) else {}
    return {name: str(beside[name]) for name in _COUNTERS if type(beside.get(name)) is int}


def _inner(saved: dict[object, object]) -> dict[object, object]:
    inner = saved.get("state_dict")
    if not isinstance(inner, dict):
        return saved
    _require_known([name for name in saved if name != "state_dict" and name not in _LEFTOVERS], "beside state_dict")
    return inner


def _require_known(unknown: list[object], where: str) -> None:
    if unknown:
        names = first_ten([clipped(name if isinstance(name, str) else type(name).__name__) for name in unknown])
        raise WeightsError(
            f"found {names} {where}, expected tensors and the known leftovers of training; "
            "save the model's state_dict() alone, or use a .safetensors version"
        )
