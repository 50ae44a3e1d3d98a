import pytest

from converter.registry.names import file_name_complaint, inner_path_complaint, release_name_complaint


@pytest.mark.parametrize("name", ["openjourney", "diffusion-unstable-ink-dream-v6", "0a", "z" * 64])
def test_names_of_the_design_are_accepted(name: str) -> None:
    assert release_name_complaint(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sd-1.5", "which has a dot, where consumers cut names; write 'sd-1-5'"),
        ("my model", "which has a space; write 'my-model'"),
        ("../evil", "which has a path separator; write 'evil'"),
        ("a\\b", "which has a path separator; write 'a-b'"),
        ("OpenJourney", "expected 2 to 64 lower-case letters, digits and hyphens"),
        ("-a", "do not begin with a hyphen"),
        ("a", "use lower-case letters"),
        ("a" * 65, "which has 65 characters"),
        ("漢字", "use lower-case letters"),
        ("аlpha", "which has U+0430 (CYRILLIC SMALL LETTER A), only a to z are letters here"),
        ("name\n", "which has a space; write 'name'"),
        ("main", "which the hub keeps for itself"),
        ("refs", "which the hub keeps for itself"),
        ("com1", "which the hub keeps for itself"),
        ("0123456789" * 4, "which reads as a commit"),
    ],
)
def test_other_names_are_refused_with_the_reason_and_a_better_one(name: str, words: str) -> None:
    complaint = release_name_complaint(name)
    assert complaint is not None
    assert words in complaint
    assert complaint.isprintable()


@pytest.mark.parametrize("name", ["arcane_v2", "Detail Tweaker", "v1.5-lora", "漢字", "jack.safetensors"])
def test_names_of_blended_weights_may_be_what_people_use(name: str) -> None:
    assert file_name_complaint(name) is None


@pytest.mark.parametrize("name", ["../evil", "a/b", "a\\b", "..", "a..b", ".hidden", " a", "a ", "a" * 201])
def test_names_of_blended_weights_never_lead_out_of_their_folder(name: str) -> None:
    assert file_name_complaint(name) is not None


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../b", "a//b", "C:x", "a\\b", "./a"])
def test_folders_stay_inside_the_models_folder(path: str) -> None:
    assert inner_path_complaint(path) is not None
    assert inner_path_complaint("control/canny") is None
