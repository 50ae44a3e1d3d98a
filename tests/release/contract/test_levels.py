"""Each graph is held to its own precision, which may be float32 where the release is float16."""

from dataclasses import replace
from pathlib import Path

from tests.support.contract_facts import facts_of, said


def test_a_graph_that_stays_in_float32_in_a_float16_release_has_float32_ports(pico_release: Path) -> None:
    facts = facts_of(pico_release)
    whole = dict.fromkeys(facts.graphs, "fp32")

    assert said(replace(facts, precision="fp16", precisions=whole)) == ""
    only_one = said(replace(facts, precision="fp16", precisions={"unet": "fp32", "text_encoder": "fp32"}))
    assert "vae_decoder/model.onnx: input 0" in only_one
    assert "unet" not in only_one


def test_a_graph_may_have_no_other_precision_than_float32_or_the_release(pico_release: Path) -> None:
    facts = replace(facts_of(pico_release), precisions={"unet": "fp16-internal"})
    assert said(facts) == "manifest.json: unet: found precision fp16-internal, expected fp32"
