"""What conversions took becomes figures: medians, ratios within a round, the worst of a component."""

import pytest

from tests.bench.conversion import Traced, _parity_figures, against, median_ratio, middle, most_memory
from tests.bench.figures import Kind, ratio_at_most
from tests.bench.measure import Taken


def taken(*seconds: float) -> list[Taken]:
    return [Taken(each, int(each * 10), "") for each in seconds]


OURS, THEIRS = taken(4.0, 10.0, 5.0), taken(8.0, 10.0, 20.0)


def test_a_ratio_is_the_median_of_the_ratios_within_a_round_and_not_that_of_the_medians() -> None:
    figure = against("convert", OURS, "`cp`", THEIRS, ratio_at_most(0.4))

    assert (figure.ours, figure.reference) == (5.0, 10.0)
    assert figure.ratio == median_ratio(OURS, THEIRS) == 0.5
    assert figure.held is False
    assert figure.how == "medians of 3, ratio within a round"


def test_rounds_that_have_no_partner_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        against("convert", OURS, "`cp`", THEIRS[:2])


def test_one_run_stands_for_all_that_of_the_median_time_and_memory_is_the_most() -> None:
    assert middle(OURS).seconds == 5.0
    assert middle(taken(1.0, 2.0)).seconds == 1.0
    assert most_memory(OURS) == 100


def test_a_component_is_as_near_to_pytorch_as_its_worst_shape() -> None:
    far, near = _parity_figures(
        "unet",
        [{"max_abs": 1e-6, "psnr_db": 120.0}, {"max_abs": 2e-3, "psnr_db": 99.0}, {"max_abs": 0.0, "psnr_db": None}],
    )

    assert (far.ours, far.held, near.ours, near.held) == (2e-3, False, 99.0, False)


def test_equal_outputs_have_no_ratio() -> None:
    (far,) = _parity_figures("unet", [{"max_abs": 0.0, "psnr_db": None}])

    assert (far.kind, far.ours, far.held) == (Kind.ERROR, 0.0, True)


def test_tracing_is_promised_where_a_limit_is_given_and_a_part_is_found_by_its_name() -> None:
    traced = Traced(60.0, 5_000, {"imports": 3.0, "text_encoder (5 nodes)": 1.0, "unet (2075 nodes)": 30.0})

    assert [figure.held for figure in traced.figures(most_s=50.0)] == [False, None]
    assert [figure.held for figure in traced.figures()] == [None, None]
    assert traced.part_s("unet") == 30.0
