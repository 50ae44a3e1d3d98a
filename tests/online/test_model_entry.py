"""An entry for a model is checked as a whole, by headers, and what is wrong stands on the source concerned."""

from pathlib import Path

import pytest

from tests.support.checked_registries import Desk
from tests.support.family import tiny, write_vae_diffusers, write_vae_original
from tests.support.header_files import kohya_shapes, write_lora
from tests.support.inversions import vectors, write_inversion

SD1 = tiny("sd1")
WIDTH = SD1.configs["text_encoder"]["hidden_size"]


def inversion(folder: Path, name: str, seed: int = 0, width: int = WIDTH) -> Path:
    (folder / name).mkdir()
    return write_inversion(folder / name, "emb-params", vectors(2, width, seed))


def test_a_sound_entry_with_all_that_it_can_have_is_valid(desk: Desk, tiny_sd1: Path, tmp_path: Path) -> None:
    lora = desk.serve(1, write_lora(tmp_path / "l.safetensors", kohya_shapes(SD1)))
    vae = desk.seed("org/vae", write_vae_diffusers(SD1, tmp_path / "vae"))
    entry = {
        "name": "whole",
        "source": desk.seed("org/tiny", tiny_sd1),
        "pipeline": "txt2img",
        "control": True,
        "vae": vae,
        "loras": [
            {"name": "plain", "source": lora},
            {"name": "said", "source": lora, "model": "sd-scripts", "block_weights": [0.5] * 17},
        ],
        "inversions": [
            {"name": "cubex", "source": desk.serve(2, inversion(tmp_path, "cubex"))},
            {"name": "conex", "source": desk.serve(3, inversion(tmp_path, "conex", seed=1)), "model": "parameters"},
        ],
    }

    assert desk.errors("diffusion", entry) == {}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"prediction_type": "v_prediction"}, "v_prediction"),
        ({"version": "v2"}, "v2"),
        ({"pipeline": "inpaint"}, "inpaint"),
    ],
)
def test_what_an_entry_says_of_its_model_must_be_so(
    said: dict[str, str], words: str, desk: Desk, tiny_sd1: Path
) -> None:
    errors = desk.errors("diffusion", {"name": "said", "source": desk.seed("org/tiny", tiny_sd1), **said})

    assert list(errors) == ["$.diffusion[0].source"]
    assert words in errors["$.diffusion[0].source"]


def test_a_lora_for_another_architecture_stands_on_its_line(desk: Desk, tiny_sd1: Path, tmp_path: Path) -> None:
    lora = desk.serve(1, write_lora(tmp_path / "l.safetensors", kohya_shapes(tiny("sdxl"))))
    entry = {
        "name": "mixed",
        "source": desk.seed("org/tiny", tiny_sd1),
        "loras": [{"name": "style", "source": lora}],
    }

    errors = desk.errors("diffusion", entry)

    assert list(errors) == ["$.diffusion[0].loras[0].source"]
    assert errors["$.diffusion[0].loras[0].source"].startswith("lora style: ")
    assert "It was made for Stable Diffusion XL, this model is Stable Diffusion 1.x" in " ".join(errors.values())


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        ({"model": "cloneofsimo"}, "its keys are those of sd-scripts, expected cloneofsimo as the entry says"),
        ({"block_weights": [1.0] * 12}, "found 12 block weights, expected 17 or 26"),
    ],
)
def test_what_an_entry_says_of_its_lora_must_be_so(
    hints: dict[str, object], words: str, desk: Desk, tiny_sd1: Path, tmp_path: Path
) -> None:
    lora = desk.serve(1, write_lora(tmp_path / "l.safetensors", kohya_shapes(SD1)))
    entry = {
        "name": "hints",
        "source": desk.seed("org/tiny", tiny_sd1),
        "loras": [{"name": "style", "source": lora, **hints}],
    }

    assert words in desk.errors("diffusion", entry)["$.diffusion[0].loras[0].source"]


def test_a_vae_for_other_latents_stands_on_its_line(desk: Desk, tiny_sd1: Path, tmp_path: Path) -> None:
    entry = {
        "name": "vae",
        "source": desk.seed("org/tiny", tiny_sd1),
        "vae": desk.seed("org/vae", write_vae_diffusers(tiny("sdxl"), tmp_path / "vae")),
    }

    errors = desk.errors("diffusion", entry)

    assert list(errors) == ["$.diffusion[0].vae"]
    assert "scaling_factor 0.13025, the model's own has 0.18215" in errors["$.diffusion[0].vae"]


def test_an_inversion_of_another_width_stands_on_its_line(desk: Desk, tiny_sd1: Path, tmp_path: Path) -> None:
    entry = {
        "name": "wide",
        "source": desk.seed("org/tiny", tiny_sd1),
        "inversions": [
            {"name": "cubex", "source": desk.serve(1, inversion(tmp_path, "cubex", width=768))},
            {"name": "conex", "source": desk.serve(2, inversion(tmp_path, "conex"))},
        ],
    }

    errors = desk.errors("diffusion", entry)

    assert list(errors) == ["$.diffusion[0].inversions[0].source"]
    assert "its vectors have 768 numbers, made for Stable Diffusion 1.x" in " ".join(errors.values())


def test_a_token_that_is_there_already_stands_on_the_line_of_the_later_inversion(
    desk: Desk, tiny_sd1: Path, tmp_path: Path
) -> None:
    first, second = (desk.serve(n, inversion(tmp_path, f"i{n}", seed=n)) for n in (1, 2))
    entry = {
        "name": "tokens",
        "source": desk.seed("org/tiny", tiny_sd1),
        "inversions": [
            {"name": "cubex", "source": first},
            {"name": "again", "source": first, "token": "cubex"},
            {"name": "other", "source": second, "token": "Cubex"},
        ],
    }

    errors = desk.errors("diffusion", entry)

    assert list(errors) == ["$.diffusion[0].inversions[2].source"]
    assert "the token 'Cubex' stands for two different vectors" in " ".join(errors.values())


def test_without_a_model_what_belongs_to_it_is_still_looked_at(desk: Desk, tmp_path: Path) -> None:
    entry = {
        "name": "gone",
        "source": "org/missing",
        "vae": desk.serve(1, write_vae_original(SD1, tmp_path / "v.safetensors")),
        "loras": [{"name": "l", "source": desk.serve(2, write_lora(tmp_path / "w.safetensors", {"w": (1,)}))}],
        "inversions": [{"name": "i", "source": "civitai://9"}],
    }

    errors = desk.errors("diffusion", entry)

    assert list(errors) == [
        "$.diffusion[0].source",
        "$.diffusion[0].loras[0].source",
        "$.diffusion[0].inversions[0].source",
    ]
    assert "this is no LoRA" in errors["$.diffusion[0].loras[0].source"]


def test_a_source_that_entries_share_is_looked_at_once(desk: Desk, tiny_sd1: Path, tmp_path: Path) -> None:
    path = write_lora(tmp_path / "l.safetensors", kohya_shapes(SD1))
    lora, model = desk.serve(1, path), desk.seed("org/tiny", tiny_sd1)
    one = [{"name": "one", "source": model, "loras": [{"name": "l", "source": lora}]}]
    many = [{"name": f"m{n}", "source": model, "loras": [{"name": "l", "source": lora}]} for n in range(4)]

    assert desk.errors("diffusion", *one) == {}
    once = len(desk.hub.log), len(desk.server.log)
    assert desk.errors("diffusion", *many) == {}

    assert len(desk.server.log) == 2 * once[1]
    assert len(desk.hub.log) <= 2 * once[0]
