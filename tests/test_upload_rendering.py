import json

from converter.actions import AtMost, Convert, Exactly, Keep, NotKnown, Upload
from converter.plan import Plan
from converter.plan_rendering import as_json, as_text
from tests.support.registries import registry_of

(ENTRY,) = registry_of({"name": "base", "source": "org/model"}).entries


def plan_with(*uploads: Upload | None) -> Plan:
    converts = (Convert("base", number, ENTRY, "new", upload) for number, upload in enumerate(uploads, start=1))
    return Plan(1, (*converts, Keep("kept", 1)))


def test_each_conversion_says_what_it_uploads_and_the_last_line_their_sum() -> None:
    assert as_text(plan_with(Exactly(1_720_000_000), AtMost(500, if_unchanged=True))) == (
        "convert  base.v1  new; uploads 1.72 GB\n"
        "convert  base.v2  new; uploads at most 500 B if its sources are what they were\n"
        "keep     kept.v1  unchanged\n"
        "2 to convert, 1 to keep; to upload: at most 1.72 GB\n"
    )


def test_what_is_not_known_is_no_number() -> None:
    lines = as_text(plan_with(NotKnown(), NotKnown(), AtMost(500, if_unchanged=False))).splitlines()

    assert lines[0] == "convert  base.v1  new; upload not known before it is converted"
    assert lines[2] == "convert  base.v3  new; uploads at most 500 B"
    ending = "to upload: at most 500 B, and what 2 of them take, not known before the conversion"
    assert lines[-1] == f"3 to convert, 1 to keep; {ending}"
    alone = as_text(plan_with(NotKnown())).splitlines()[-1]
    assert alone == "1 to convert, 1 to keep; to upload: what 1 of them takes, not known before the conversion"


def test_a_sum_of_exact_figures_is_exact() -> None:
    assert as_text(plan_with(Exactly(300), Exactly(200))).endswith("; to upload: 500 B\n")


def test_where_nobody_looked_nothing_is_said() -> None:
    assert "upload" not in as_text(plan_with(None))
    assert "upload" not in json.dumps(as_json(plan_with(None)))


def test_the_json_has_bytes_and_how_far_they_are_known() -> None:
    value = json.loads(json.dumps(as_json(plan_with(Exactly(300), AtMost(200, if_unchanged=True), NotKnown()))))

    assert [action.get("upload") for action in value["actions"]] == [
        {"known": "exactly", "bytes": 300},
        {"known": "at most", "bytes": 200, "if_sources_are_unchanged": True},
        {"known": "no"},
        None,
    ]
    assert value["upload"] == {"bytes": 500, "exact": False, "not_known": 1}
    assert as_json(plan_with(Exactly(300)))["upload"] == {"bytes": 300, "exact": True, "not_known": 0}
