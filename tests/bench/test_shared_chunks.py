"""The bench of shared chunks, tiny: a variant sends little more than what it changes."""

from pathlib import Path

import pytest

from converter.graphs import ComponentKind
from tests.bench.shared_chunks import measured
from tests.support.sd1_models import pico

pytestmark = pytest.mark.slow
_LARGEST_CHUNK_BYTES = 128 << 10


def test_a_variant_sends_what_it_changes_and_the_chunks_around_that(tmp_path: Path) -> None:
    rows = {row.said: row for row in measured(pico(), ComponentKind.TEXT_ENCODER, tmp_path)}

    base = rows["the base itself"]
    assert base.new_bytes == base.size_bytes
    assert rows["re-release, other label"].new_bytes == 0
    for said, stretches in (("LoRA on 4 layers", 4), ("3 tokens more", 1), ("fine-tune, 3 tensors changed", 3)):
        width = 64
        changed = stretches * 4 * max(width * width, 2 * width * width)  # no layer of pico has more numbers
        changed += 4 * 77 * width if "fine-tune" in said else 0  # but for the embedding of positions
        assert 0 < rows[said].new_bytes <= changed + stretches * 2 * _LARGEST_CHUNK_BYTES
    assert rows["float16"].new_bytes > 0.9 * rows["float16"].size_bytes
