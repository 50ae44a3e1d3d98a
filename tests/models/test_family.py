"""Every architecture in both layouts: recognised, with each number where it belongs, and claimed by no other."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache

import numpy as np
import pytest

from converter.models import KeyMaps, Model, ModelError, open_model
from converter.models.configs import graph_config
from converter.models.signatures import recognise
from tests.support.family import ARCHITECTURES, FamilyModel, full, original_tensors, tiny
from tests.support.fixtures_family import BOTH, LAYOUTS, FamilyFiles, name_of, original_shapes, said_of
from tests.support.shapes_files import fresh_key_maps, place_of

TITLES = {
    "sd1": "Stable Diffusion 1.x",
    "sd1-inpaint": "Stable Diffusion 1.x inpainting",
    "sd1-pix2pix": "Stable Diffusion 1.x instruct-pix2pix",
    "sd1-lcm": "Stable Diffusion 1.x with guidance distilled (LCM)",
    "sd2-base": "Stable Diffusion 2.x",
    "sd2": "Stable Diffusion 2.x",
    "sd2-inpaint": "Stable Diffusion 2.x inpainting",
    "sd-x4-upscaler": "Stable Diffusion x4 upscaler",
    "sdxl": "Stable Diffusion XL",
    "sdxl-inpaint": "Stable Diffusion XL inpainting",
    "sdxl-pix2pix": "Stable Diffusion XL instruct-pix2pix",
    "sdxl-lcm": "Stable Diffusion XL with guidance distilled (LCM)",
    "sdxl-refiner": "Stable Diffusion XL refiner",
}


Opened = Callable[[str, str], Model]


@pytest.fixture(scope="module")
def opened(family_files: FamilyFiles, key_maps: KeyMaps) -> Iterator[Opened]:
    """Opens an architecture in a layout, once for all tests below."""
    with ExitStack() as stack:

        @cache
        def model(architecture: str, layout: str) -> Model:
            path = family_files.model(architecture, layout)
            return stack.enter_context(open_model(path, key_maps, said_of(architecture)))

        yield model


def graphs_of(model: FamilyModel) -> tuple[str, ...]:
    texts = tuple(part for part in model.configs if part.startswith("text_encoder"))
    return (*texts, "unet", "vae_encoder", "vae_decoder")


@pytest.mark.parametrize(("architecture", "layout"), BOTH)
def test_it_is_recognised(opened: Opened, architecture: str, layout: str) -> None:
    model, wanted = opened(architecture, layout), tiny(architecture)

    assert (model.architecture, model.title) == (name_of(architecture), TITLES[architecture])
    assert (model.layout, model.graphs) == (layout, graphs_of(wanted))
    assert model.pipeline is not None
    assert model.pipeline.class_name == wanted.pipeline


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_parameter_has_its_seeded_numbers_in_both_layouts(opened: Opened, architecture: str) -> None:
    wanted, models = tiny(architecture), [opened(architecture, layout) for layout in LAYOUTS]

    assert all(model.state_dicts.keys() == wanted.configs.keys() for model in models)
    for part in wanted.configs:
        values = wanted.values(part)
        for state in (model.state_dicts[part] for model in models):  # type: ignore[index]
            assert state.shapes == {name: array.shape for name, array in values.items()}
            for name, array in values.items():
                np.testing.assert_array_equal(state.read(name), array, err_msg=f"{part} {name}")


@pytest.mark.parametrize(("architecture", "layout"), BOTH)
def test_the_graphs_share_out_every_parameter(opened: Opened, architecture: str, layout: str) -> None:
    model = opened(architecture, layout)

    shared = [name for graph in model.graphs for name in model.graph(graph).weights.shapes]
    assert sorted(shared) == sorted(name for state in model.state_dicts.values() for name in state.shapes)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_shapes_tell_the_configs_that_the_folder_has(opened: Opened, architecture: str) -> None:
    folder, file = (opened(architecture, layout) for layout in LAYOUTS)

    assert {part: _in_float32(config) for part, config in file.graph_configs.items()} == {
        part: _in_float32(config) for part, config in folder.graph_configs.items()
    }
    assert file.configs["vae"]["scaling_factor"] == folder.configs["vae"]["scaling_factor"]
    assert file.configs["unet"]["time_cond_proj_dim"] == folder.configs["unet"]["time_cond_proj_dim"]
    assert file.image_multiple == folder.image_multiple


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_file_of_full_size_tells_the_configs_too(architecture: str) -> None:
    wanted = full(architecture)
    shapes = {key: tensor.shape for key, tensor in original_tensors(wanted).items()}

    model = open_model(place_of(shapes), fresh_key_maps(), said_of(architecture))

    assert model.architecture == name_of(architecture)
    for part, config in model.graph_configs.items():
        assert _in_float32(config) == _in_float32(graph_config(part, dict(wanted.configs[part]), part))
    if not architecture.endswith("lcm"):  # nothing tells for which size a distilled model was made
        assert model.configs["unet"]["sample_size"] == wanted.configs["unet"]["sample_size"]


def _in_float32(config: Mapping[str, object]) -> Mapping[str, object]:
    """Without the field that says where attention needs more than half precision."""
    return {name: value for name, value in config.items() if name != "upcast_attention"}


# What a model was trained with; which sampler makes images with it is a choice.
TRAINED = ("beta_start", "beta_end", "beta_schedule", "num_train_timesteps", "prediction_type")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_the_file_does_not_carry_is_what_the_folder_has(opened: Opened, architecture: str) -> None:
    folder, file = (opened(architecture, layout) for layout in LAYOUTS)

    assert file.tokenizers == folder.tokenizers
    assert file.prediction == folder.prediction
    assert file.schedulers.keys() == folder.schedulers.keys()
    for name, scheduler in folder.schedulers.items():
        assert {field: file.schedulers[name][field] for field in TRAINED} == {f: scheduler[f] for f in TRAINED}
    assert file.pipeline is not None
    assert folder.pipeline is not None
    switched_on = ({name for name, on in model.pipeline.flags.items() if on} for model in (file, folder))
    assert next(switched_on) == next(switched_on)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_left_over_is_what_no_part_takes(opened: Opened, architecture: str) -> None:
    folder, file = (opened(architecture, layout) for layout in LAYOUTS)

    used = {ref.key for state in file.state_dicts.values() for ref in state.refs.values()}
    assert set(file.leftovers) == original_tensors(tiny(architecture)).keys() - used
    assert not any(name.startswith("model.diffusion_model.") for name in file.leftovers)
    assert folder.leftovers == ()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_keys_of_one_architecture_match_one_signature(architecture: str) -> None:
    family = next(name for name in ("sdxl-refiner", "sdxl", "sd-x4-upscaler", "sd2", "sd1") if name in architecture)

    # It would be refused if two matched.
    assert recognise(original_shapes(architecture), "x").name == family


@pytest.mark.parametrize("architecture", ["sd1", "sd2", "sd-x4-upscaler", "sdxl", "sdxl-refiner"])
@pytest.mark.parametrize(
    ("part", "words"), [("unet", "a UNet alone, in diffusers' layout"), ("vae", "a VAE alone"), ("text", "unknown")]
)
def test_a_part_of_a_folder_alone_is_no_model(
    family_files: FamilyFiles, key_maps: KeyMaps, architecture: str, part: str, words: str
) -> None:
    folder = family_files.model(architecture, "diffusers")
    name = next(place.name for place in sorted(folder.iterdir()) if place.name.startswith(part))
    (path,) = (folder / name).glob("*.safetensors")

    with pytest.raises(ModelError, match=words):
        open_model(path, key_maps)


@pytest.mark.parametrize(("one", "other"), [("sd1", "sd2"), ("sd1", "sdxl"), ("sdxl", "sd2"), ("sd1", "sdxl-refiner")])
def test_two_models_in_one_file_are_refused_with_both_titles(one: str, other: str) -> None:
    with pytest.raises(ModelError) as caught:
        recognise({**original_shapes(one), **original_shapes(other)}, "some.safetensors")

    message = str(caught.value)
    assert "its keys match " in message
    assert TITLES[one] in message
    assert TITLES[other] in message
