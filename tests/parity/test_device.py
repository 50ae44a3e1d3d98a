"""The guard before a comparison on a GPU; this machine need not have one."""

import pytest

from converter.parity import ParityError, require_device
from converter.parity.device import PROVIDERS, device_complaint, provider_name, require_provider

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


def test_the_cpu_needs_nothing() -> None:
    require_device("cpu", torch=True)


def test_onnxruntime_without_cuda_is_said_to_be_that() -> None:
    said = device_complaint(["AzureExecutionProvider", CPU], cuda_in_torch=True)
    assert said is not None
    assert said.startswith(f"onnxruntime has AzureExecutionProvider, {CPU} here, expected {CUDA}; install onnxruntime-")


def test_pytorch_without_cuda_is_said_to_be_that() -> None:
    said = device_complaint([CUDA, CPU], cuda_in_torch=False)
    assert said is not None
    assert said.startswith("PyTorch finds no GPU here")


def test_both_with_cuda_are_let_through() -> None:
    assert device_complaint([CUDA, CPU], cuda_in_torch=True) is None


def test_a_session_that_went_on_without_cuda_is_refused() -> None:
    require_provider([CUDA, CPU], "cuda")
    with pytest.raises(ParityError, match=f"--device cuda: onnxruntime went on with {CPU}, expected {CUDA}: its lib"):
        require_provider([CPU], "cuda")


def test_float32_is_multiplied_as_float32_on_a_gpu() -> None:
    assert PROVIDERS["cuda"] == (CUDA, {"use_tf32": "0"})
    assert (provider_name("cpu"), provider_name("cuda")) == (CPU, CUDA)
