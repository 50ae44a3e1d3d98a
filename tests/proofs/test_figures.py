"""Measurements as JSON: read again they are what they were, to the last bit."""

import json
from math import inf, nextafter

from hypothesis import given
from hypothesis import strategies as st

from converter.canonical import readable_json
from converter.parity import Difference, Measurement, PipelineMeasurement
from converter.proofs import from_figures, pipeline_from_figures, pipeline_to_figures, to_figures

differences = st.builds(
    Difference, st.floats(0, 1e9), st.one_of(st.just(inf), st.floats(-500, 500, allow_subnormal=False))
)
shapes = st.dictionaries(st.text(max_size=5), st.lists(st.integers(0, 2**40), max_size=4).map(tuple), max_size=3)
words = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)


@given(st.lists(st.builds(Measurement, shapes, differences), max_size=3).map(tuple))
def test_a_component_s_figures_are_read_as_they_were_written(measured: tuple[Measurement, ...]) -> None:
    read = from_figures(json.loads(readable_json(to_figures(measured))))
    assert read == measured
    assert [list(each.shapes) for each in read] == [list(each.shapes) for each in measured]


@given(st.builds(PipelineMeasurement, words, differences, differences))
def test_a_pipeline_s_figures_are_read_as_they_were_written(measured: PipelineMeasurement) -> None:
    assert pipeline_from_figures(json.loads(readable_json(pipeline_to_figures(measured)))) == measured


def test_the_last_bit_counts() -> None:
    near = Measurement({}, Difference(nextafter(1e-6, 1), 120.0))
    assert from_figures(json.loads(readable_json(to_figures([near])))) == (near,)
