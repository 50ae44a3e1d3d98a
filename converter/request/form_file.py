"""`python -m converter.request.form_file --check|--write`: the file of the form, compared or made again."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from converter.canonical import JsonValue
from converter.request.form import issue_form

FORM_PATH = Path(".github/ISSUE_TEMPLATE/request-a-model.yml")
"""From the repository's root."""
_COMMAND = "python -m converter.request.form_file --write"


def form_yaml() -> str:
    """The form as YAML.

    Texts are written as JSON has them, which YAML reads the same way: https://yaml.org/spec/1.2.2/#12-related-work
    """
    lines = [f"# Made by `{_COMMAND}` from converter/request/form.py: change it there.", *_lines(issue_form())]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Exit status: 0 up to date or written, 1 differs, 2 usage."""
    if arguments == ["--write"]:
        FORM_PATH.parent.mkdir(parents=True, exist_ok=True)
        FORM_PATH.write_text(form_yaml(), "utf-8")
        return 0
    if arguments != ["--check"]:
        sys.stderr.write("usage: python -m converter.request.form_file --check | --write\n")
        return 2
    if FORM_PATH.is_file() and FORM_PATH.read_text("utf-8") == form_yaml():
        return 0
    sys.stderr.write(f"{FORM_PATH} is not what the form says; run `{_COMMAND}` and commit the result\n")
    return 1


def _lines(value: JsonValue) -> Iterator[str]:
    """The block of a list or an object; a text, a number or an empty one is one line."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if isinstance(item, list | dict) and item:
                yield f"{key}:"
                yield from (f"  {line}" for line in _lines(item))
            else:
                yield f"{key}: {_scalar(item)}"
    elif isinstance(value, list) and value:
        for item in value:
            first, *rest = _lines(item)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield _scalar(value)


def _scalar(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
