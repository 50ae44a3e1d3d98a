"""Two pipelines compared: the figures, the limits of each precision, and what a failure says."""

import numpy as np
import pytest

from converter.parity import (
    LIMITS,
    PIPELINE_LIMITS,
    Difference,
    Drawn,
    ParityError,
    PipelineMeasurement,
    compare_pipelines,
    require_pipeline_within,
)

SETTINGS = {"steps": "3"}


def drawn(latents: float, image: float) -> Drawn:
    """Two arrays of ones, each with an error of that size in every place."""
    return Drawn(np.full((1, 4, 8, 8), 1 + latents, np.float32), np.full((1, 3, 16, 16), 1 + image, np.float32))


def measured(latents_db: float, image_db: float) -> PipelineMeasurement:
    return PipelineMeasurement(SETTINGS, Difference(0.1, latents_db), Difference(0.1, image_db))


def test_every_precision_that_components_are_measured_at_has_limits_of_the_pipeline() -> None:
    assert PIPELINE_LIMITS.keys() == LIMITS.keys()


def test_a_pipeline_may_differ_more_than_its_components() -> None:
    assert all(PIPELINE_LIMITS[name].latents_db < LIMITS[name].psnr_db for name in LIMITS)


def test_latents_and_image_are_compared_each_by_itself() -> None:
    found = compare_pipelines(SETTINGS, drawn(1e-3, 1e-2), drawn(0, 0))
    assert (found.latents.psnr_db, found.image.psnr_db) == pytest.approx((60, 40), abs=0.1)


def test_equal_pipelines_are_said_to_be_equal() -> None:
    found = compare_pipelines(SETTINGS, drawn(0, 0), drawn(0, 0))
    assert str(found) == "latents equal, image equal"
    require_pipeline_within(found, "fp32", "PyTorch")


@pytest.mark.parametrize(("latents_db", "image_db"), [(79.9, 120.0), (120.0, 69.9), (float("nan"), 120.0)])
def test_one_of_the_two_beyond_its_limit_is_enough(latents_db: float, image_db: float) -> None:
    with pytest.raises(ParityError):
        require_pipeline_within(measured(latents_db, image_db), "fp32", "PyTorch")


def test_the_limits_themselves_pass() -> None:
    require_pipeline_within(measured(80, 70), "fp32", "PyTorch")
    require_pipeline_within(measured(35, 35), "fp16", "PyTorch")


def test_a_failure_says_by_how_much_what_was_allowed_and_what_to_do() -> None:
    with pytest.raises(ParityError) as error:
        require_pipeline_within(measured(21.25, 90), "fp16", "PyTorch")
    assert str(error.value) == (
        "pipeline: after 3 steps it differs from PyTorch: latents 21.2 dB, image 90.0 dB; expected at least 35 dB of "
        "the latents and 35 dB of the image, at fp16, though each component alone keeps its limits. Choose a "
        "`precision` with more bits, or report it; nothing was published"
    )


def test_numbers_that_are_none_are_an_error_of_their_own() -> None:
    with pytest.raises(ParityError, match="latents of the pipeline of onnxruntime is NaN or infinite"):
        compare_pipelines(SETTINGS, drawn(np.inf, 0), drawn(0, 0))
