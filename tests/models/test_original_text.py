"""Text encoders in open_clip's names: stacked tensors cut in three, a projection the other way round, a spare layer."""

import numpy as np
import pytest

from converter.models import KeyMaps, ModelError, open_model
from tests.support.family import tiny
from tests.support.fixtures_family import FamilyFiles, original_shapes, said_of
from tests.support.shapes_files import fresh_key_maps, place_of

LAYER = "text_model.encoder.layers.1.self_attn"
PREFIX = {"sd2": "cond_stage_model.model.", "sdxl": "conditioner.embedders.1.model."}
PART = {"sd2": "text_encoder", "sdxl": "text_encoder_2"}


@pytest.mark.parametrize("architecture", PREFIX)
@pytest.mark.parametrize("leaf", ["weight", "bias"])
def test_queries_keys_and_values_are_thirds_of_one_tensor(
    family_files: FamilyFiles, key_maps: KeyMaps, architecture: str, leaf: str
) -> None:
    with open_model(family_files.model(architecture, "original"), key_maps, said_of(architecture)) as model:
        state = model.state_dicts[PART[architecture]]  # type: ignore[index]
        names = [f"{LAYER}.{letter}_proj.{leaf}" for letter in "qkv"]
        refs = [state.refs[name] for name in names]
        assert {ref.key for ref in refs} == {f"{PREFIX[architecture]}transformer.resblocks.1.attn.in_proj_{leaf}"}
        width = refs[0].shape[0]
        assert [ref.rows for ref in refs] == [(0, width), (width, 2 * width), (2 * width, 3 * width)]
        stacked = np.concatenate([state.read(name) for name in names])
        np.testing.assert_array_equal(stacked, refs[0].file.read(refs[0].key))


def test_a_third_is_a_view_of_the_file(family_files: FamilyFiles, key_maps: KeyMaps) -> None:
    with open_model(family_files.model("sdxl", "original"), key_maps) as model:
        state = model.state_dicts["text_encoder_2"]
        for name in (f"{LAYER}.k_proj.weight", "text_projection.weight"):
            found = state.read(name)
            assert (found.flags.owndata, found.flags.writeable) == (False, False)


def test_the_projection_is_stored_with_its_axes_swapped(family_files: FamilyFiles, key_maps: KeyMaps) -> None:
    with open_model(family_files.model("sdxl", "original"), key_maps) as model:
        state = model.state_dicts["text_encoder_2"]
        ref = state.refs["text_projection.weight"]
        assert (ref.key, ref.transposed) == (f"{PREFIX['sdxl']}text_projection", True)
        found = state.read("text_projection.weight")
        np.testing.assert_array_equal(found, ref.file.read(ref.key).T)
        np.testing.assert_array_equal(found, tiny("sdxl").values("text_encoder_2")["text_projection.weight"])


def test_stable_diffusion_2_leaves_the_last_layer_and_the_projection(
    family_files: FamilyFiles, key_maps: KeyMaps
) -> None:
    layers = tiny("sd2").configs["text_encoder"]["num_hidden_layers"]
    with open_model(family_files.model("sd2", "original"), key_maps, said_of("sd2")) as model:
        assert model.graph_configs["text_encoder"]["num_hidden_layers"] == layers
        last = {name for name in original_shapes("sd2") if f".resblocks.{layers}." in name}
        assert len(last) == 12
        assert last <= set(model.leftovers)
        assert "cond_stage_model.model.text_projection" in model.leftovers


def test_stable_diffusion_xl_uses_every_layer(family_files: FamilyFiles, key_maps: KeyMaps) -> None:
    with open_model(family_files.model("sdxl", "original"), key_maps) as model:
        assert not any(".resblocks." in name for name in model.leftovers)


def test_a_projection_that_is_not_square_tells_its_width() -> None:
    shapes = original_shapes("sdxl")
    shapes["conditioner.embedders.1.model.text_projection"] = (128, 128 + 6)
    shapes["model.diffusion_model.label_emb.0.0.weight"] = (256, 128 + 6 + 6 * 32)

    model = open_model(place_of(shapes), fresh_key_maps())

    assert model.graph_configs["text_encoder_2"]["projection_dim"] == 134
    assert model.state_dicts["text_encoder_2"].shapes["text_projection.weight"] == (134, 128)


@pytest.mark.parametrize(
    ("key", "shape", "words"),
    [
        ("transformer.resblocks.0.attn.in_proj_weight", (383, 128), "has 383 rows, expected queries, keys and values"),
        ("transformer.resblocks.0.attn.in_proj_bias", (385,), "has 385 rows, expected queries, keys and values of one"),
        ("transformer.resblocks.0.attn.in_proj_weight", (384,), "has shape (384,), expected 2 axes"),
        ("token_embedding.weight", (49408, 100), "the text encoder is 100 wide, expected a multiple of 64"),
        ("text_projection", (128,), "text_projection has shape (128,), expected 2 axes"),
        ("positional_embedding", (77,), "positional_embedding has shape (77,), expected 2 axes"),
    ],
)
def test_a_tensor_of_another_shape_is_named(key: str, shape: tuple[int, ...], words: str) -> None:
    shapes = {**original_shapes("sdxl"), PREFIX["sdxl"] + key: shape}

    with pytest.raises(ModelError) as caught:
        open_model(place_of(shapes), fresh_key_maps())
    assert words in str(caught.value)


@pytest.mark.parametrize("added", [127, 128, 321])
def test_sizes_that_are_no_equal_embeddings_are_refused(added: int) -> None:
    shapes = {**original_shapes("sdxl"), "model.diffusion_model.label_emb.0.0.weight": (256, added)}

    with pytest.raises(ModelError) as caught:
        open_model(place_of(shapes), fresh_key_maps())
    assert f"label_emb.0.0.weight takes {added} numbers, expected 128 of the pooled text and 6 equal" in str(
        caught.value
    )
