import json

from converter.plan import Convert, Keep, Plan, Refuse, Retire, Unretire, Unyank, Withhold, Yank
from converter.plan_rendering import as_json, as_text
from converter.registry import Location, parse_registry

(ENTRY,) = parse_registry('{"diffusion": [["openjourney", "org/model"]]}', "r.json").entries
PLAN = Plan(
    1,
    (
        Convert("openjourney", 2, ENTRY, "changed: license none -> mit"),
        Keep("sd", 1),
        Refuse("inked", "`clip_skip: 2` is not built yet", Location(7, 5, "$.diffusion[2]")),
        Retire("old", 4),
    ),
)
MARKS = Plan(
    1,
    (
        Yank("broken", (1, 2), "Wrong\nVAE."),
        Unyank("mended", (3,)),
        Withhold("never", "yanked: No licence."),
        Unretire("back", 2),
    ),
)


def test_the_text_is_aligned_and_ends_with_the_sums() -> None:
    assert as_text(PLAN) == (
        "convert  openjourney.v2  changed: license none -> mit\n"
        "keep     sd.v1           unchanged\n"
        "refuse   inked           line 7: `clip_skip: 2` is not built yet\n"
        "retire   old.v4          no longer in the registry\n"
        "1 to convert, 1 to keep, 1 to refuse, 1 to retire\n"
    )


def test_marks_name_every_release_and_a_reason_keeps_to_its_line() -> None:
    assert as_text(MARKS) == (
        "yank      broken   v1, v2: Wrong\\nVAE.\n"
        "unyank    mended   v3: no longer yanked in the registry\n"
        "withhold  never    yanked: No licence.\n"
        "unretire  back.v2  in the registry again\n"
        "1 to withhold, 1 to yank, 1 to unyank, 1 to unretire\n"
    )


def test_marks_as_json_have_their_tags() -> None:
    yanked, _, withheld, back = json.loads(json.dumps(as_json(MARKS)))["actions"]
    assert (yanked["action"], yanked["versions"], yanked["tags"]) == ("yank", [1, 2], ["broken.v1", "broken.v2"])
    assert withheld == {"action": "withhold", "name": "never", "reason": "yanked: No licence."}
    assert back["tag"] == "back.v2"


def test_an_empty_plan_says_so() -> None:
    assert as_text(Plan(1, ())) == "nothing is asked for and nothing is published\n"


def test_the_json_has_every_action_in_order() -> None:
    value = json.loads(json.dumps(as_json(PLAN)))
    assert value["recipe"] == 1
    assert {verb: count for verb, count in value["summary"].items() if count} == {
        "convert": 1,
        "keep": 1,
        "refuse": 1,
        "retire": 1,
    }
    assert value["actions"][0] == {
        "action": "convert",
        "name": "openjourney",
        "reason": "changed: license none -> mit",
        "version": 2,
        "tag": "openjourney.v2",
    }
    assert value["actions"][2] == {
        "action": "refuse",
        "name": "inked",
        "reason": "`clip_skip: 2` is not built yet",
        "line": 7,
        "column": 5,
        "path": "$.diffusion[2]",
    }
