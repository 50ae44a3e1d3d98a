"""Text of strangers in Markdown: it renders as itself, and as nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.workflow import fenced, fenced_json, literal
from converter.workflow.markdown import LONGEST, header, row
from tests.support.hostile_text import HOSTILE, require_tame, tokens_of

_TEXT = st.text(st.characters(blacklist_categories=["Cs"])) | st.text(st.sampled_from("`|\\ <>[]()*_$&#@:~!\n-a"))


def shown(markdown: str) -> str:
    leaves = ("text", "code_inline", "text_special")
    return "".join(token.content for token in tokens_of(markdown) if token.type in leaves)


@given(_TEXT)
def test_any_text_renders_as_itself_on_one_line(text: str) -> None:
    words = " ".join(text.split())

    page = f"before {literal(text)} after"

    require_tame(page)
    assert [token.type for token in tokens_of(page) if token.nesting == 1] == ["paragraph_open"]
    if words.isprintable() and len(words) <= LONGEST:
        assert shown(page) == f"before {words} after".replace("  ", " " if words else "  ")


@given(st.lists(_TEXT, min_size=1, max_size=4))
def test_any_text_stays_in_its_cell(texts: list[str]) -> None:
    page = "\n".join([*header([f"c{index}" for index in range(len(texts))]), row([literal(text) for text in texts])])

    found = [token.type for token in tokens_of(page)]

    require_tame(page)
    assert (found.count("tr_open"), found.count("td_open")) == (2, len(texts))
    printed = [" ".join(text.split()) for text in texts]
    if all(text.isprintable() for text in printed):
        assert shown(page).endswith("".join(printed))


@given(_TEXT)
def test_outside_of_code_spans_there_are_only_entities_and_spaces(text: str) -> None:
    markdown = literal(text)
    outside = "".join(token.content for token in tokens_of(markdown) if token.type in ("text", "text_special"))

    assert set(outside) <= set("|\\ ")
    assert "|" not in markdown
    assert "\\" not in markdown


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_tame_and_short(text: str) -> None:
    cell = literal(text)

    require_tame(cell)
    assert len(cell) < 12 * LONGEST
    assert "\n" not in cell


def test_a_plain_word_is_a_code_span() -> None:
    assert literal("huggingface://org/repo@main") == "`huggingface://org/repo@main`"


def test_a_sentence_is_one_code_span_and_the_spaces_around_what_is_escaped_stay() -> None:
    assert literal("one two | three") == "`one two` &#124; `three`"


def test_backticks_are_in_a_span_that_begins_with_more_of_them() -> None:
    assert literal("beside `precision` 'fp32'") == "``beside `precision` 'fp32'``"
    assert literal("``") == "``` `` ```"


def test_what_does_not_print_is_shown_escaped() -> None:
    assert literal("a\u202eb\x1b") == "`a`&#92;`u202eb`&#92;`x1b`"


@given(_TEXT)
def test_any_text_stays_in_its_fence(text: str) -> None:
    page = f"before\n\n{fenced(text, 'text')}\n\nafter"

    (fence,) = [token for token in tokens_of(page) if token.type == "fence"]

    assert [token.content for token in tokens_of(page) if token.type == "text"] == ["before", "after"]
    if not set(text) & set("\r\0"):
        assert fence.content == f"{text}\n"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_json_in_a_fence_is_ascii_and_reads_back(text: str) -> None:
    (fence,) = tokens_of(fenced_json({"name": text}))

    assert (fence.type, fence.info) == ("fence", "json")
    assert fence.content.isascii()
    assert json.loads(fence.content) == {"name": text}
