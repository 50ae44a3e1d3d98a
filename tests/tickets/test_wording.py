"""What issues about faults say: harmless whatever a fault has in it."""

import pytest

from converter.audit import FaultKind, PublishedFault
from converter.github.issues import LONGEST_BODY
from converter.release import ProblemKind
from converter.tickets import mark_of, read_mark
from converter.tickets.wording import body_of, title_of
from tests.support.hostile_text import HOSTILE, kinds_of, require_tame

FAULT = PublishedFault("pico.v1", ProblemKind.MISSING, "unet/weights.pb", "missing, but listed")


def test_a_title_says_which_release_what_and_where() -> None:
    assert title_of(FAULT) == "pico.v1: missing: unet/weights.pb"
    assert title_of(PublishedFault("pico.v1", FaultKind.MOVED, "", "m")) == "pico.v1: moved"


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_title_is_one_short_line_that_mentions_nobody(hostile: str) -> None:
    title = title_of(PublishedFault(hostile, FaultKind.LINK, hostile, hostile))
    assert title.isprintable()
    assert title.isascii()
    assert 0 < len(title) <= 120
    assert not set(title) & set("@#`<>[]|*~$\\!&")


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_renders_as_a_tame_one_does(hostile: str) -> None:
    fault = PublishedFault(hostile, FaultKind.LINK, hostile, hostile)
    body = body_of([fault], "hf:org/zoo")
    assert read_mark(body) == mark_of(fault)
    assert len(body) <= LONGEST_BODY
    visible = body.split("\n", 1)[1]
    require_tame(visible)
    tame = PublishedFault("a.v1", FaultKind.LINK, "x", "x")
    assert kinds_of(visible) == kinds_of(body_of([tame], "hf:org/zoo").split("\n", 1)[1])
