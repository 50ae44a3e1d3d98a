"""Torch checkpoints as torch writes them: every tensor with the value that torch loads, mapped and not copied."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from converter.weights import SafetensorsFile, TorchFile, WeightsError, open_weights
from tests.support.safetensors_files import write_tensors
from tests.support.torch_files import save, stub_class

FORMS = pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
    torch.complex64: "C64",
}
NEW_DTYPES = {  # which torch cannot load from the older form, though it saves them
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.uint16: "U16",
}


def require_as_torch_loads(path: Path) -> None:
    """Compare every tensor with `torch.load`, bit by bit."""
    expected = torch.load(path, weights_only=False)
    with TorchFile.open(path) as file:
        assert file.names == tuple(sorted(expected))
        for name in file.names:
            read, tensor = file.read(name), expected[name].detach()
            assert read.shape == file.info(name).shape == tuple(tensor.shape)
            bits = tensor.contiguous().reshape(-1).view(torch.uint8).numpy() if tensor.numel() else np.empty(0, "u1")
            assert read.tobytes() == bits.tobytes(), name


@FORMS
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype_comes_back_as_torch_loads_it(tmp_path: Path, dtype: torch.dtype, legacy: bool) -> None:
    path = save({"w": torch.arange(6).reshape(2, 3).to(dtype)}, tmp_path / "m.ckpt", legacy=legacy)

    require_as_torch_loads(path)
    with TorchFile.open(path) as file:
        assert file.info("w").dtype == DTYPES[dtype]


@pytest.mark.parametrize("dtype", NEW_DTYPES, ids=str)
def test_dtypes_without_a_storage_class_come_back_as_torch_loads_them(tmp_path: Path, dtype: torch.dtype) -> None:
    path = save({"w": torch.arange(6).to(dtype), "part": torch.arange(6).to(dtype)[2:4]}, tmp_path / "m.ckpt")

    require_as_torch_loads(path)
    with TorchFile.open(path) as file:
        assert file.info("w").dtype == NEW_DTYPES[dtype]


@FORMS
def test_dtypes_may_be_mixed(tmp_path: Path, legacy: bool) -> None:
    tensors = {str(dtype): torch.ones(3, 5).to(dtype) for dtype in (torch.float32, torch.float16, torch.bfloat16)}

    require_as_torch_loads(save(tensors, tmp_path / "m.ckpt", legacy=legacy))


@FORMS
def test_views_of_one_storage_are_read_from_it(tmp_path: Path, legacy: bool) -> None:
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    tensors = {"base": base, "rows": base[1:3], "flat": base.view(-1)[5:], "number": base[2, 3]}

    require_as_torch_loads(save(tensors, tmp_path / "m.pt", legacy=legacy))


@FORMS
def test_a_tensor_that_is_not_contiguous_is_a_view_with_strides(tmp_path: Path, legacy: bool) -> None:
    base = torch.arange(24, dtype=torch.float16).reshape(4, 6)
    tensors = {"turned": base.T, "columns": base[:, 1::2], "permuted": base.reshape(2, 3, 4).permute(2, 0, 1)}
    path = save(tensors, tmp_path / "m.pt", legacy=legacy)

    require_as_torch_loads(path)
    with TorchFile.open(path) as file:
        assert file.info("turned").strides == (1, 6)
        assert file.info("columns").size_bytes == 2 * (3 * 6 + 2 * 2 + 1)
        assert not file.read("turned").flags.owndata


@FORMS
def test_tensors_without_elements_are_read(tmp_path: Path, legacy: bool) -> None:
    tensors = {"none": torch.zeros(0, 4), "part": torch.ones(4, 4)[4:], "number": torch.tensor(7)}

    require_as_torch_loads(save(tensors, tmp_path / "m.pt", legacy=legacy))


@FORMS
def test_the_state_dict_of_a_module_is_read(tmp_path: Path, legacy: bool) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    state = module.state_dict()
    assert isinstance(state, OrderedDict)

    require_as_torch_loads(save(state, tmp_path / "pytorch_model.bin", legacy=legacy))


@FORMS
def test_parameters_are_their_tensors(tmp_path: Path, legacy: bool) -> None:
    require_as_torch_loads(save({"w": torch.nn.Parameter(torch.ones(2, 3))}, tmp_path / "m.pth", legacy=legacy))


@FORMS
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_of_pickle_is_read(tmp_path: Path, protocol: int, legacy: bool) -> None:
    path = tmp_path / "m.ckpt"
    value = {"w": torch.arange(5), "v": torch.nn.Parameter(torch.ones(2))}
    torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)

    require_as_torch_loads(path)


@FORMS
def test_what_a_trainer_left_beside_the_weights_is_left_out(tmp_path: Path, legacy: bool) -> None:
    weights = {"w": torch.ones(2, 2)}
    with stub_class("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint") as callback:
        instance = callback()
        instance.best = Path("/home/somebody/best.ckpt")
        saved = {
            "epoch": 3,
            "global_step": 470000,
            "pytorch-lightning_version": "1.4.2",
            "state_dict": weights,
            "callbacks": {callback: {"monitor": "val/loss", "best_model_score": torch.tensor(0.5), "kept": instance}},
            "optimizer_states": [
                {"state": {0: {"exp_avg": torch.ones(2, 2)}}, "param_groups": [{"lr": np.float64(1)}]}
            ],
            "lr_schedulers": [{"base_lrs": [1e-4], "step": np.array([1, 2])}],
        }
        path = save(saved, tmp_path / "last.ckpt", legacy=legacy)

    with TorchFile.open(path) as file:
        assert file.names == ("w",)
        assert file.read("w").tolist() == [[1, 1], [1, 1]]


@FORMS
def test_the_tensors_of_a_list_are_named_by_their_place(tmp_path: Path, legacy: bool) -> None:
    path = save([torch.full((2,), float(place)) for place in range(11)], tmp_path / "lora.pt", legacy=legacy)

    with TorchFile.open(path) as file:
        assert sorted(file.names, key=int) == [str(place) for place in range(11)]
        assert file.read("10").tolist() == [10, 10]


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        ([1, 2], "found a list, expected a dict of tensors"),
        ([torch.ones(1), "note"], "found a list, expected a dict of tensors"),
        ([[torch.ones(1)]], "found a list, expected a dict of tensors"),
        ([], "found no tensors, expected a state dict"),
        (torch.ones(2), "found a tensor, expected a dict of tensors"),
        ({}, "found no tensors, expected a state dict"),
        ({"epoch": 1}, "found no tensors, expected a state dict"),
        ({"w": torch.ones(1), "note": "hello"}, "found 'note' among the tensors"),
        ({"w": torch.ones(1), 3: torch.ones(1)}, "found 'int' among the tensors"),
        ({"state_dict": {"w": torch.ones(1)}, "recipe": 1}, "found 'recipe' beside state_dict"),
        ({"state_dict": {"w": {"inner": torch.ones(1)}}}, "found 'w' among the tensors"),
        ({f"k{i}": 1 for i in range(12)}, "'k9' and 2 more among the tensors"),
    ],
)
def test_what_is_no_state_dict_is_refused_by_what_was_found(tmp_path: Path, saved: Any, words: str) -> None:
    path = save(saved, tmp_path / "m.ckpt")

    with pytest.raises(WeightsError) as caught:
        TorchFile.open(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


@FORMS
def test_a_tensor_is_a_mapped_view_that_cannot_be_written(tmp_path: Path, legacy: bool) -> None:
    path = save({"w": torch.ones(64), "t": torch.ones(4, 6).T}, tmp_path / "m.ckpt", legacy=legacy)

    with TorchFile.open(path) as file:
        for name in file.names:
            assert not file.read(name).flags.owndata
            assert not file.read(name).flags.writeable
            file.done(name)
            assert file.read(name).sum() == file.info(name).elements


@FORMS
@pytest.mark.parametrize("name", ["model.safetensors", "model.ckpt", "model"])
def test_a_file_is_opened_by_what_it_holds_and_not_by_its_name(tmp_path: Path, name: str, legacy: bool) -> None:
    with open_weights(save({"w": torch.ones(2)}, tmp_path / name, legacy=legacy)) as file:
        assert isinstance(file, TorchFile)


def test_a_safetensors_file_whose_length_looks_like_a_pickle_is_none(tmp_path: Path) -> None:
    path = next(
        path
        for size in range(640)
        if (path := write_tensors(tmp_path / "m.ckpt", {"w": np.ones(1)}, {"x": "y" * size})).read_bytes()[:2]
        == b"\x80\x02"
    )

    with open_weights(path) as file:
        assert isinstance(file, SafetensorsFile)


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_what_lightning_counted_is_metadata(tmp_path: Path, legacy: bool) -> None:
    import torch

    saved = {"state_dict": {"w": torch.ones(2)}, "global_step": 875000, "epoch": 3, "callbacks": {"a": 1}}
    with open_weights(save(saved, tmp_path / "base.ckpt", legacy=legacy)) as file:
        assert file.metadata == {"epoch": "3", "global_step": "875000"}


def test_a_state_dict_alone_has_no_metadata(tmp_path: Path) -> None:
    import torch

    with open_weights(save({"w": torch.ones(2)}, tmp_path / "w.pt")) as file:
        assert file.metadata == {}
