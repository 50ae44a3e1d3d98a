"""The options that say how a release is compared: what is asked, and what makes no sense."""

import pytest
import typer

from converter.cli.proof_options import asked_proof, require_reference
from converter.parity import ParityError
from converter.proof import Proof, ReferenceKind
from tests.support.registries import control_entry, diffusion_entry

TORCH, OWN = ReferenceKind.TORCH, ReferenceKind.FP32_ONNX


def test_by_default_it_is_pytorch_on_the_cpu_and_nothing_is_shown() -> None:
    assert asked_proof(TORCH, "cpu", None) == Proof()


def test_a_contact_sheet_can_be_asked_for_on_the_cpu() -> None:
    assert asked_proof(TORCH, "cpu", sheet=True).sheet


def test_cuda_on_a_machine_without_it_is_one_clear_error() -> None:
    with pytest.raises(ParityError, match=r"^--device cuda: onnxruntime has .*, expected CUDAExecutionProvider; inst"):
        asked_proof(TORCH, "cuda", None)


def test_a_reference_for_no_comparison_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="found --reference fp32-onnx and --no-parity, expected one"):
        asked_proof(OWN, "cpu", None, parity=False)


def test_a_float32_entry_is_not_compared_with_itself() -> None:
    whole, half = (
        diffusion_entry(name="whole", source="x/y"),
        diffusion_entry(name="half", source="x/y", precision="fp16"),
    )
    require_reference(Proof(OWN), [half, control_entry(name="canny", source="x/y", precision="fp16-internal")])
    require_reference(Proof(TORCH), [whole, half])
    with pytest.raises(typer.BadParameter, match="--reference fp32-onnx: found whole in fp32, expected entries in few"):
        require_reference(Proof(OWN), [whole, half])
