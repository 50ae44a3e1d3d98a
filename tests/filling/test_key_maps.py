"""The key maps that ship are those that diffusers makes now."""

from pathlib import Path

from converter.filling import boxed_key_maps
from converter.graphs import ShapeStore
from converter.models.key_map import BOXED_MAPS, parameters_from_json, parameters_to_json


def test_what_ships_is_made_again_to_the_same_bytes(tmp_path: Path) -> None:
    made = {boxed.key: boxed.data for boxed in boxed_key_maps(ShapeStore(tmp_path))}

    assert {key: BOXED_MAPS.get(key) for key in BOXED_MAPS.keys} == made


def test_every_parameter_of_a_known_part_has_a_place(tmp_path: Path) -> None:
    for boxed in boxed_key_maps(ShapeStore(tmp_path)):
        assert len(parameters_from_json(boxed.data)) == boxed.said["parameters"] > 0, boxed.name


def test_a_key_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    boxed = next(iter(boxed_key_maps(ShapeStore(tmp_path))))

    assert parameters_to_json(parameters_from_json(boxed.data)) == boxed.data
