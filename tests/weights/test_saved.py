"""What was saved in another form than a state dict, read as data: dicts and lists with tensors in them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from converter.weights import SavedTensor, TorchFile, WeightsError, open_saved
from tests.support.safetensors_files import write_tensors
from tests.support.torch_files import save, stub_class

FORMS = pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])


def refusal(saved: Any, folder: Path) -> str:
    path = save(saved, folder / "m.pt")
    with pytest.raises(WeightsError) as caught:
        open_saved(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@FORMS
def test_dicts_lists_and_values_come_back_with_their_tensors_named_by_the_way_to_them(
    tmp_path: Path, legacy: bool
) -> None:
    saved = {"a": {"*": torch.ones(2, 3), "n": 3, "none": None}, "b": [torch.zeros(4), "text", 0.5], "c": True}

    with open_saved(save(saved, tmp_path / "m.pt", legacy=legacy)) as file:
        assert file.value == {
            "a": {"*": SavedTensor("a/*", (2, 3)), "n": 3, "none": None},
            "b": (SavedTensor("b/0", (4,)), "text", 0.5),
            "c": True,
        }
        assert file.file.names == ("a/*", "b/0")
        np.testing.assert_array_equal(file.read(SavedTensor("a/*", (2, 3))), np.ones((2, 3), np.float32))


@FORMS
def test_a_tensor_alone_is_the_whole_value(tmp_path: Path, legacy: bool) -> None:
    with open_saved(save(torch.arange(3.0), tmp_path / "m.pt", legacy=legacy)) as file:
        assert isinstance(file.value, SavedTensor)
        assert file.read(file.value).tolist() == [0, 1, 2]


# In the older form torch saves the source code of a module's class beside it; Textual Inversion is younger than that.
def test_a_parameter_dict_is_the_dict_of_its_parameters(tmp_path: Path) -> None:
    module = torch.nn.ParameterDict({"*": torch.nn.Parameter(torch.full((2, 3), 0.5))})

    with open_saved(save({"p": module}, tmp_path / "m.pt")) as file:
        assert file.value == {"p": {"*": SavedTensor("p/*", (2, 3))}}
        assert file.read(SavedTensor("p/*", (2, 3))).tolist() == [[0.5] * 3] * 2


def test_a_parameter_dict_of_torch_1_11_is_read_as_that_of_today(tmp_path: Path) -> None:
    module = torch.nn.ParameterDict({"*": torch.nn.Parameter(torch.ones(2, 3))})
    for name in set(vars(module)) - {"training", "_parameters", "_buffers", "_backward_hooks", "_modules"}:
        del module.__dict__[name]  # the older one had neither `_keys` nor most of the hooks

    with open_saved(save({"p": module}, tmp_path / "m.pt")) as file:
        assert file.value == {"p": {"*": SavedTensor("p/*", (2, 3))}}


def test_a_safetensors_file_is_a_flat_dict(tmp_path: Path) -> None:
    with open_saved(write_tensors(tmp_path / "m", {"w": np.ones((2, 3), np.float32)})) as file:
        assert file.value == {"w": SavedTensor("w", (2, 3))}


def test_a_checkpoint_may_still_not_hold_a_parameter_dict(tmp_path: Path) -> None:
    path = save({"p": torch.nn.ParameterDict({"w": torch.nn.Parameter(torch.ones(1))})}, tmp_path / "m.ckpt")

    with pytest.raises(WeightsError, match=r"asks for 'torch\.nn\.modules\.container\.ParameterDict'"):
        TorchFile.open(path)


def test_another_module_is_refused(tmp_path: Path) -> None:
    assert "the pickle asks for 'torch.nn.modules.linear.Linear'" in refusal(torch.nn.Linear(2, 2), tmp_path)


def test_a_parameter_dict_with_a_buffer_is_refused(tmp_path: Path) -> None:
    module = torch.nn.ParameterDict({"w": torch.nn.Parameter(torch.ones(1))})
    module.register_buffer("hidden", torch.ones(1))

    assert "a ParameterDict that holds more than parameters" in refusal(module, tmp_path)


def test_a_setting_that_is_no_data_is_refused_by_where_it_is(tmp_path: Path) -> None:
    with stub_class("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint") as callback:
        assert "'a/b' is a Inert, expected tensors" in refusal({"a": {"b": callback()}}, tmp_path)


def test_a_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert "a key of 'a' is a int, expected a text" in refusal({"a": {1: torch.ones(1)}}, tmp_path)


def test_two_tensors_at_one_place_are_refused(tmp_path: Path) -> None:
    saved = {"a/b": torch.ones(1), "a": {"b": torch.ones(1)}}

    assert "two tensors are at 'a/b'" in refusal(saved, tmp_path)


def test_a_list_within_itself_ends(tmp_path: Path) -> None:
    endless: list[Any] = [torch.ones(1)]
    endless.append(endless)

    assert "more than 8 levels" in refusal(endless, tmp_path)


def test_lists_that_are_named_again_and_again_end(tmp_path: Path) -> None:
    lists: list[Any] = [0] * 100
    for _ in range(4):
        lists = [lists] * 100

    assert "more than 100,000 values" in refusal(lists, tmp_path)
