"""The form as data: every field is a key of an entry, and GitHub would take the form."""

from converter.registry import ControlEntry, DiffusionEntry
from converter.registry.fields import specs_of
from converter.request import FIELDS, FieldKind, issue_form


def test_every_field_is_a_key_of_an_entry_or_about_the_request() -> None:
    keys = {field.key for field in FIELDS} - {"kind", "consent"}

    assert keys <= set(specs_of(DiffusionEntry))
    assert {field.key for field in FIELDS if field.diffusion_only} == keys - set(specs_of(ControlEntry))


def test_labels_and_ids_are_there_once() -> None:
    assert len({field.label for field in FIELDS}) == len({field.key for field in FIELDS}) == len(FIELDS)


def test_the_form_has_an_element_for_each_field_with_what_github_wants() -> None:
    form = issue_form()

    elements = form["body"]
    assert isinstance(elements, list)
    assert [element["id"] for element in elements] == [field.key for field in FIELDS]
    for element, field in zip(elements, FIELDS, strict=True):
        assert element["type"] == field.kind
        assert element["attributes"]["label"] == field.label
        assert ("options" in element["attributes"]) == (field.kind in (FieldKind.DROPDOWN, FieldKind.CHECKBOXES))
        assert element.get("validations", {}).get("required", True) == (field.required or field.key == "consent")
