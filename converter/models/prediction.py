"""What a UNet predicts and on which noise schedule it was trained: evidence from the file, held against the entry.

Nothing in the weights tells it, and a wrong guess makes images of noise: evidence that contradicts itself, or none
where both are common, stops the entry.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from converter.canonical import JsonObject, JsonValue
from converter.models.architectures import Family
from converter.models.configs import shipped
from converter.models.errors import ModelError
from converter.models.leftovers import V_PREDICTION, ZERO_TERMINAL_SNR
from converter.models.said import Said

EPSILON, V, SAMPLE = "epsilon", "v_prediction", "sample"
# https://github.com/Stability-AI/ModelSpec, and kohya's sd-scripts, which write it
_MODELSPEC = {"epsilon": EPSILON, "v": V, "v_prediction": V, "sample": SAMPLE}
_SD2_SIZES = {512: EPSILON, 768: V}
_SD2_BASE_STEP = "875000"
"""The step at which Stable Diffusion 2.0-base was saved; 768-v went on from there."""
# diffusers' PNDM cannot end without signal, DDIM can.
_DDIM: JsonObject = {"_class_name": "DDIMScheduler", "clip_sample": False, "set_alpha_to_one": False}


@dataclass(frozen=True)
class Evidence:
    """What a file or a scheduler config says about prediction and noise schedule."""

    prediction_type: str | None
    zero_terminal_snr: bool | None
    where: str
    """What says so: `the key v_pred`, `scheduler_config.json`."""


@dataclass(frozen=True)
class Prediction:
    """What is known in the end."""

    prediction_type: str
    zero_terminal_snr: bool


def evidence_of_file(names: Collection[str], metadata: Mapping[str, str]) -> list[Evidence]:
    """What a checkpoint says: marker keys, ModelSpec metadata, the step of Stable Diffusion 2.0-base."""
    found = []
    if V_PREDICTION in names:
        found.append(Evidence(V, None, f"the key {V_PREDICTION}"))
    if ZERO_TERMINAL_SNR in names:
        found.append(Evidence(None, True, f"the key {ZERO_TERMINAL_SNR}"))
    written = _MODELSPEC.get(metadata.get("modelspec.prediction_type", "").lower())
    if written is not None:
        found.append(Evidence(written, None, "the metadata modelspec.prediction_type"))
    architecture = metadata.get("modelspec.architecture", "")
    if architecture.startswith("stable-diffusion-v2-"):
        spoken = V if architecture.startswith("stable-diffusion-v2-768-v") else EPSILON
        found.append(Evidence(spoken, None, "the metadata modelspec.architecture"))
    if metadata.get("global_step") == _SD2_BASE_STEP:
        found.append(Evidence(EPSILON, None, f"global_step {_SD2_BASE_STEP}"))
    return found


def evidence_of_scheduler(scheduler: JsonObject) -> Evidence:
    """What a diffusers folder says; a scheduler that says nothing means epsilon."""
    said = scheduler.get("prediction_type", EPSILON)
    return Evidence(str(said), bool(scheduler.get("rescale_betas_zero_snr", False)), "scheduler_config.json")


def decide(family: Family, said: Said, evidence: list[Evidence], where: str) -> Prediction:
    """What the UNet predicts.

    Args:
        family: of the model; where nothing else speaks, Stable Diffusion 1.x and XL predict epsilon.
        said: by the entry.
        evidence: from the model.
        where: names the model in messages.

    Raises:
        ModelError: two of them contradict each other, or nothing tells it.
    """
    spoken = [(item.prediction_type, item.where) for item in evidence if item.prediction_type]
    if said.prediction_type is not None:
        spoken.insert(0, (said.prediction_type, "`prediction_type` of the entry"))
    if family.name == "sd2" and said.image_size in _SD2_SIZES and not spoken:
        # onnx-web tells the two kinds of Stable Diffusion 2 by the size of their images.
        spoken.append((_SD2_SIZES[said.image_size], f"`image_size` {said.image_size} of the entry"))
    for value, source in spoken[1:]:
        if value != spoken[0][0]:
            raise ModelError(
                f"{where}: {spoken[0][1]} says that the UNet predicts {spoken[0][0]}, {source} says {value}; "
                "correct the entry, or use another file"
            )
    return Prediction(spoken[0][0] if spoken else _default(family, where), _zero_snr(said, evidence, where))


def scheduler_for(scheduler: JsonObject, prediction: Prediction) -> JsonObject:
    """A scheduler config with what is known about the model in it."""
    changed: dict[str, JsonValue] = {**scheduler, "prediction_type": prediction.prediction_type}
    if prediction.zero_terminal_snr:
        if scheduler["_class_name"] == "PNDMScheduler":
            changed = {**changed, **_DDIM}
            changed.pop("skip_prk_steps", None)
        # Without trailing steps sampling would never visit the last one, which is what the schedule is about.
        changed |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return changed


def _default(family: Family, where: str) -> str:
    if family.name == "sd2":
        raise ModelError(
            f"{where}: nothing in the file tells whether this {family.title} model predicts epsilon (2.0-base, 512 "
            'pixels) or v (768 pixels), and a guess could make images of noise; write `"prediction_type": '
            '"v_prediction"` or `"epsilon"` in the entry'
        )
    return str(shipped(family.name, "scheduler")["prediction_type"])


def _zero_snr(said: Said, evidence: list[Evidence], where: str) -> bool:
    spoken = [(item.zero_terminal_snr, item.where) for item in evidence if item.zero_terminal_snr is not None]
    if said.zero_terminal_snr and any(value is False for value, _ in spoken):
        source = next(source for value, source in spoken if value is False)
        raise ModelError(
            f"{where}: `zero_terminal_snr` of the entry is true, {source} says that the schedule keeps some signal; "
            "correct the entry, or the scheduler of the model"
        )
    return said.zero_terminal_snr or any(value for value, _ in spoken)
