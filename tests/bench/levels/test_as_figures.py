"""What the page of levels says is said in the common form too."""

from dataclasses import replace

from tests.bench.figures import OPTIMUM, Kind
from tests.bench.levels.as_figures import as_figures
from tests.bench.levels.results import Component
from tests.bench.levels.test_page import FUSED, OURS, REPORT, THEIRS

PLAIN = replace(FUSED, level="fp32/none", components={"unet": Component({"fp32/none": OURS, "optimum": THEIRS}, None)})


def test_a_fused_level_is_beside_optimum_and_beside_the_same_precision_which_it_must_beat() -> None:
    found = {(figure.name, figure.against): figure for figure in as_figures(REPORT)}

    assert found["`fp32/fused`, unet: load", OPTIMUM].ratio == 0.75
    assert found["`fp32/fused`, unet: load", OPTIMUM].held is None
    assert found["`fp32/fused`, unet: step", "`fp32/none`"].held is True
    assert found["`fp32/fused`, unet: peak resident memory", "`fp32/none`"].ratio == 0.8


def test_the_plain_level_is_promised_to_load_and_to_step_as_fast_as_optimum() -> None:
    found = list(as_figures(replace(REPORT, results={"fp32/none": PLAIN})))

    assert [(f.name, f.held) for f in found if f.kind is Kind.TIME] == [
        ("`fp32/none`, unet: load", True),
        ("`fp32/none`, unet: step", True),
    ]
    assert found[0].name == "`fp32/none`: size"
    assert found[0].held is True


def test_without_optimum_ours_stand_alone_and_nothing_is_promised_of_them() -> None:
    alone = {"unet": Component({"fp32/none": OURS}, None)}
    found = list(as_figures(replace(REPORT, results={"fp32/none": replace(PLAIN, components=alone)})))[1:]

    assert [figure.name.split(": ")[1] for figure in found] == ["load", "step", "peak resident memory"]
    assert [(figure.against, figure.held) for figure in found] == [("", None)] * 3


def test_a_slower_load_misses_its_bound() -> None:
    slow = {"unet": Component({"fp32/none": THEIRS, "optimum": OURS}, None)}
    found = as_figures(replace(REPORT, results={"fp32/none": replace(PLAIN, components=slow)}))

    assert [figure.held for figure in found if figure.name.endswith(("load", "step"))] == [False, False]
