import json

from converter.plan import Convert, Keep, Plan, Refuse, Retire
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


def test_the_text_is_aligned_and_ends_with_the_sums() -> None:
    assert as_text(PLAN) == (
        "convert  openjourney.v2  changed: license none -> mit\n"
        "keep     sd.v1           unchanged\n"
        "refuse   inked           line 7: `clip_skip: 2` is not built yet\n"
        "retire   old.v4          no longer in the registry\n"
        "1 to convert, 1 to keep, 1 to refuse, 1 to retire\n"
    )


def test_an_empty_plan_says_so() -> None:
    assert as_text(Plan(1, ())) == "nothing is asked for and nothing is published\n"


def test_the_json_has_every_action_in_order() -> None:
    value = json.loads(json.dumps(as_json(PLAN)))
    assert value["recipe"] == 1
    assert value["summary"] == {"convert": 1, "keep": 1, "refuse": 1, "retire": 1}
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
