"""The ledger as a value and as JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.hub import HubError, Ledger, LedgerUnreadable

TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)
LEDGERS = st.builds(Ledger, TEXTS, TEXTS, st.lists(st.text(max_size=8), unique=True).map(lambda n: tuple(sorted(n))))


@given(LEDGERS)
def test_a_ledger_survives_its_json(ledger: Ledger) -> None:
    assert Ledger.from_json(ledger.to_json(), "here") == ledger


@given(LEDGERS, st.lists(st.text(max_size=8), max_size=3))
def test_what_is_yanked_and_good_again_is_as_before_and_twice_is_as_once(ledger: Ledger, tags: list[str]) -> None:
    yanked = ledger.with_yanked(tags, "reason")
    assert yanked.with_yanked(tags, "reason") == yanked
    assert yanked.without_yanked(tags) == ledger.without_yanked(tags)
    assert all(yanked.yanked[tag] == "reason" for tag in tags)


@given(LEDGERS, st.text(max_size=8))
def test_what_is_retired_and_comes_back_is_as_before_and_twice_is_as_once(ledger: Ledger, name: str) -> None:
    retired = ledger.with_retired(name)
    assert name in retired.retired
    assert retired.with_retired(name) == retired
    assert retired.without_retired(name) == ledger.without_retired(name)


def test_the_first_commit_of_a_tag_is_never_changed() -> None:
    ledger = Ledger().with_seen({"a.v1": "1"}).with_seen({"a.v1": "2", "b.v1": "3"})

    assert ledger.commits == {"a.v1": "1", "b.v1": "3"}


def test_the_order_in_which_things_came_makes_no_difference_to_the_bytes() -> None:
    one = Ledger().with_seen({"b.v1": "2", "a.v1": "1"}).with_retired("y").with_retired("x")
    two = Ledger().with_retired("x").with_retired("y").with_seen({"a.v1": "1"}).with_seen({"b.v1": "2"})

    assert one.to_json() == two.to_json()


def changed(**change: object) -> bytes:
    return json.dumps({**json.loads(Ledger().to_json()), **change}).encode()


@pytest.mark.parametrize(
    ("defect", "data"),
    [
        ("not JSON", b"{"),
        ("not UTF-8", b"\xff"),
        ("a list", b"[]"),
        ("no schema", b"{}"),
        ("another schema", changed(schema="1")),
        ("a part is missing", b'{"schema": 1, "commits": {}, "yanked": {}}'),
        ("a list of reasons", changed(yanked=["pico.v1"])),
        ("true for a reason", changed(yanked={"pico.v1": True})),
        ("number for a name", changed(retired=[1])),
        ("nested without end", b'{"schema": 1, "commits": ' + b"[" * 100_000),
    ],
)
def test_a_broken_ledger_is_unreadable(defect: str, data: bytes) -> None:
    with pytest.raises(LedgerUnreadable, match=r"^hf:org/zoo.*from the history of main"):
        Ledger.from_json(data, "hf:org/zoo: ledger.json")


def test_a_ledger_of_a_later_version_is_not_taken_for_a_broken_one() -> None:
    with pytest.raises(HubError, match=r"schema 2.*use a later version") as caught:
        Ledger.from_json(b'{"schema": 2}', "here")

    assert not isinstance(caught.value, LedgerUnreadable)
