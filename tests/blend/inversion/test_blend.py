"""What the manifest, the card and `inspect` say of an entry's inversion."""

from pathlib import Path

import numpy as np

from converter.blend.inversion import blend_inversion
from converter.canonical import canonical_json
from converter.weights import open_saved
from tests.support.inversions import PICO, PICO_XL, entry, vectors, write_inversion, write_sdxl


def test_the_record_says_how_many_vectors_of_which_width_stand_behind_which_tokens(tmp_path: Path) -> None:
    with open_saved(write_inversion(tmp_path, "concept", vectors(2))) as saved:
        found = blend_inversion(entry("cubex", weight=0.5), saved, PICO)

    assert found.record.to_json() == {
        "name": "cubex",
        "kind": "concept",
        "vectors": 2,
        "widths": {"text_encoder": 64},
        "tokens": ["cubex", "cubex-0", "cubex-1", "cubex-all", "<cube>"],
        "weight": 0.5,
    }
    assert canonical_json(found.record.to_json())
    assert found.record.tokens == found.tokens.tokens


def test_an_sdxl_record_has_both_widths(tmp_path: Path) -> None:
    with open_saved(write_sdxl(tmp_path, 3)) as saved:
        found = blend_inversion(entry(), saved, PICO_XL)

    assert found.record.widths == {"text_encoder": 64, "text_encoder_2": 96}


WORD = "goblin"


def test_the_entrys_token_is_taken_before_its_name_and_its_weight_counts(tmp_path: Path) -> None:
    with open_saved(write_inversion(tmp_path, "web-ui", vectors(1))) as saved:
        found = blend_inversion(entry("cubex", token=WORD, weight=2.0), saved, PICO)

    assert found.tokens.tokens == (WORD, f"{WORD}-0", f"{WORD}-all")
    np.testing.assert_array_equal(found.tokens.vector(WORD), 2 * vectors(1)[0])
