"""What a UNet predicts: told by the file or the entry, never guessed where both answers are common."""

from pathlib import Path

import pytest

from converter.canonical import JsonObject
from converter.models import KeyMaps, ModelError, Prediction, Said, open_model
from converter.models.architectures import FAMILIES
from converter.models.configs import shipped
from converter.models.prediction import (
    EPSILON,
    Evidence,
    V,
    decide,
    evidence_of_file,
    evidence_of_scheduler,
    scheduler_for,
)
from tests.support.family import markers, tiny, write_original
from tests.support.fixtures_family import FamilyFiles, original_shapes
from tests.support.model_folders import copy_folder, edit_json
from tests.support.shapes_files import fresh_key_maps, place_of

SD1, SD2, SDXL = (FAMILIES[name] for name in ("sd1", "sd2", "sdxl"))
SAYS_V = Evidence(V, None, "the key v_pred")


def refused(family: str, said: Said, *evidence: Evidence) -> str:
    with pytest.raises(ModelError) as caught:
        decide(FAMILIES[family], said, list(evidence), "model")
    return str(caught.value)


@pytest.mark.parametrize(
    ("names", "metadata", "expected"),
    [
        ((), {}, []),
        (("v_pred",), {}, [(V, None)]),
        (("ztsnr",), {}, [(None, True)]),
        (("v_pred", "ztsnr"), {}, [(V, None), (None, True)]),
        ((), {"modelspec.prediction_type": "epsilon"}, [(EPSILON, None)]),
        ((), {"modelspec.prediction_type": "v"}, [(V, None)]),
        ((), {"modelspec.prediction_type": "V"}, [(V, None)]),
        ((), {"modelspec.prediction_type": "something else"}, []),
        ((), {"modelspec.architecture": "stable-diffusion-v2-768-v"}, [(V, None)]),
        ((), {"modelspec.architecture": "stable-diffusion-v2-512"}, [(EPSILON, None)]),
        ((), {"modelspec.architecture": "stable-diffusion-xl-v1-base"}, []),
        ((), {"global_step": "875000"}, [(EPSILON, None)]),
        ((), {"global_step": "110000"}, []),
    ],
    ids=str,
)
def test_a_file_says_it_in_marker_keys_or_metadata(
    names: tuple[str, ...], metadata: dict[str, str], expected: list[tuple[str | None, bool | None]]
) -> None:
    found = evidence_of_file({"model.diffusion_model.out.2.weight", *names}, metadata)

    assert [(item.prediction_type, item.zero_terminal_snr) for item in found] == expected


@pytest.mark.parametrize(
    ("scheduler", "expected"),
    [
        ({}, (EPSILON, False)),
        ({"prediction_type": V}, (V, False)),
        ({"prediction_type": V, "rescale_betas_zero_snr": True}, (V, True)),
    ],
    ids=str,
)
def test_a_scheduler_says_it_and_silence_means_epsilon(scheduler: JsonObject, expected: tuple[str, bool]) -> None:
    found = evidence_of_scheduler(scheduler)

    assert (found.prediction_type, found.zero_terminal_snr) == expected


@pytest.mark.parametrize("family", ["sd1", "sdxl", "sdxl-refiner"])
def test_without_evidence_these_predict_epsilon(family: str) -> None:
    assert decide(FAMILIES[family], Said(), [], "model") == Prediction(EPSILON, zero_terminal_snr=False)


def test_without_evidence_the_upscaler_predicts_v() -> None:
    assert decide(FAMILIES["sd-x4-upscaler"], Said(), [], "model").prediction_type == V


def test_without_evidence_stable_diffusion_2_is_refused_with_the_line_to_write() -> None:
    message = refused("sd2", Said())

    assert message.startswith("model: nothing in the file tells whether this Stable Diffusion 2.x model predicts eps")
    assert 'write `"prediction_type": "v_prediction"` or `"epsilon"` in the entry' in message


@pytest.mark.parametrize(("image_size", "expected"), [(512, EPSILON), (768, V)])
def test_the_size_of_the_images_tells_it_for_stable_diffusion_2(image_size: int, expected: str) -> None:
    assert decide(SD2, Said(image_size=image_size), [], "model").prediction_type == expected


def test_another_size_tells_nothing() -> None:
    assert "nothing in the file tells" in refused("sd2", Said(image_size=640))


def test_evidence_weighs_more_than_the_size_of_the_images() -> None:
    # Fine-tunes of 768-v are often used at 512 pixels.
    assert decide(SD2, Said(image_size=512), [SAYS_V], "model").prediction_type == V


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_entry_says_counts_where_nothing_else_speaks(family: str) -> None:
    assert decide(FAMILIES[family], Said(prediction_type="sample"), [], "model").prediction_type == "sample"


def test_an_entry_that_contradicts_the_file_is_shown_with_it() -> None:
    assert refused("sdxl", Said(prediction_type=EPSILON), SAYS_V) == (
        "model: `prediction_type` of the entry says that the UNet predicts epsilon, the key v_pred says v_prediction; "
        "correct the entry, or use another file"
    )


def test_a_file_that_contradicts_itself_is_refused_with_both_places() -> None:
    message = refused("sdxl", Said(), SAYS_V, Evidence(EPSILON, None, "the metadata modelspec.prediction_type"))

    assert "the key v_pred says that the UNet predicts v_prediction, the metadata modelspec.prediction_type" in message


def test_a_schedule_without_signal_at_its_end_is_said_by_either() -> None:
    by_file = Evidence(None, True, "the key ztsnr")

    assert decide(SDXL, Said(zero_terminal_snr=True), [], "model").zero_terminal_snr
    assert decide(SDXL, Said(), [by_file], "model").zero_terminal_snr
    assert not decide(SDXL, Said(), [], "model").zero_terminal_snr


def test_an_entry_that_contradicts_the_schedule_of_a_folder_is_shown_with_it() -> None:
    assert refused("sd1", Said(zero_terminal_snr=True), Evidence(None, False, "scheduler_config.json")) == (
        "model: `zero_terminal_snr` of the entry is true, scheduler_config.json says that the schedule keeps some "
        "signal; correct the entry, or the scheduler of the model"
    )


def test_a_scheduler_gets_what_is_predicted() -> None:
    before = shipped("sdxl", "scheduler")

    found = scheduler_for(before, Prediction(V, zero_terminal_snr=False))
    assert found == {**before, "prediction_type": V}


def test_a_schedule_without_signal_at_its_end_is_visited_to_the_end() -> None:
    found = scheduler_for(shipped("sdxl", "scheduler"), Prediction(V, zero_terminal_snr=True))

    assert found["_class_name"] == "EulerDiscreteScheduler"
    assert (found["rescale_betas_zero_snr"], found["timestep_spacing"]) == (True, "trailing")


def test_pndm_which_cannot_end_without_signal_becomes_ddim() -> None:
    found = scheduler_for(shipped("sd1", "scheduler"), Prediction(V, zero_terminal_snr=True))

    assert (found["_class_name"], found["set_alpha_to_one"], found["clip_sample"]) == ("DDIMScheduler", False, False)
    assert "skip_prk_steps" not in found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("zero", [False, True])
def test_diffusers_makes_the_scheduler_and_its_schedule_ends_as_said(family: str, zero: bool) -> None:
    import diffusers

    config = scheduler_for(shipped(family, "scheduler"), Prediction(V, zero_terminal_snr=zero))
    scheduler = getattr(diffusers, str(config["_class_name"])).from_config(dict(config))

    assert scheduler.config.prediction_type == V
    # Euler keeps a trace of signal, 2^-24, so that it can divide by it.
    assert (float(scheduler.alphas_cumprod[-1]) < 1e-6) == zero


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), Prediction(EPSILON, zero_terminal_snr=False)),
        (("v_pred",), Prediction(V, zero_terminal_snr=False)),
        (("v_pred", "ztsnr"), Prediction(V, zero_terminal_snr=True)),
    ],
    ids=str,
)
def test_marker_keys_of_a_file_are_heard_and_are_no_weights(
    tmp_path: Path, key_maps: KeyMaps, names: tuple[str, ...], expected: Prediction
) -> None:
    path = write_original(tiny("sdxl"), tmp_path / "noob.safetensors", extra=markers(*names))

    with open_model(path, key_maps) as model:
        assert model.prediction == expected
        assert model.schedulers["scheduler"]["prediction_type"] == expected.prediction_type
        assert set(names) <= set(model.leftovers)


def test_metadata_of_a_file_is_heard() -> None:
    place = place_of(original_shapes("sd2"), modelspec__architecture="stable-diffusion-v2-768-v/lora")

    model = open_model(place, fresh_key_maps())
    assert model.prediction == Prediction(V, zero_terminal_snr=False)
    assert model.schedulers["scheduler"]["_class_name"] == "DDIMScheduler"


def test_stable_diffusion_2_base_gets_its_own_scheduler_and_size() -> None:
    model = open_model(place_of(original_shapes("sd2-base")), fresh_key_maps(), Said(image_size=512))

    assert model.prediction == Prediction(EPSILON, zero_terminal_snr=False)
    assert model.schedulers["scheduler"]["_class_name"] == "PNDMScheduler"
    assert model.configs["unet"]["sample_size"] == 512 // 2  # the tiny VAE halves once


def test_a_file_of_stable_diffusion_2_that_says_nothing_is_refused_by_its_name() -> None:
    with pytest.raises(ModelError, match=r"^model\.safetensors: nothing in the file tells whether"):
        open_model(place_of(original_shapes("sd2")), fresh_key_maps())


def test_a_folder_of_stable_diffusion_2_says_it_in_its_scheduler(family_files: FamilyFiles, key_maps: KeyMaps) -> None:
    for architecture, expected in (("sd2", V), ("sd2-base", EPSILON)):
        with open_model(family_files.model(architecture, "diffusers"), key_maps) as model:
            assert model.prediction == Prediction(expected, zero_terminal_snr=False)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(prediction_type=EPSILON), "of the entry says that the UNet predicts epsilon, scheduler_config.json says"),
        (Said(zero_terminal_snr=True), "scheduler_config.json says that the schedule keeps some signal"),
    ],
    ids=str,
)
def test_a_folder_that_contradicts_its_entry_is_refused(
    family_files: FamilyFiles, key_maps: KeyMaps, said: Said, words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        open_model(family_files.model("sd2", "diffusers"), key_maps, said)


def test_a_folder_whose_schedule_ends_without_signal_keeps_it(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path
) -> None:
    folder = copy_folder(family_files.model("sdxl", "diffusers"), tmp_path / "model")
    edit_json(folder / "scheduler/scheduler_config.json", {"prediction_type": V, "rescale_betas_zero_snr": True})

    with open_model(folder, key_maps, Said(zero_terminal_snr=True, prediction_type=V)) as model:
        assert model.prediction == Prediction(V, zero_terminal_snr=True)
        assert model.schedulers["scheduler"]["timestep_spacing"] == "trailing"
