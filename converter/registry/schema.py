"""`python -m converter.registry.schema --check|--write`: the checked-in schema, compared or made again."""

import sys
from pathlib import Path

from converter.registry.document import schema_json

SCHEMA_PATH = Path("registry/extras.schema.json")
"""From the repository's root."""


def main(arguments: list[str]) -> int:
    """Exit status: 0 up to date or written, 1 differs, 2 usage."""
    if arguments == ["--write"]:
        SCHEMA_PATH.parent.mkdir(parents=True, exist_ok=True)
        SCHEMA_PATH.write_bytes(schema_json())
        return 0
    if arguments != ["--check"]:
        sys.stderr.write("usage: python -m converter.registry.schema --check | --write\n")
        return 2
    if SCHEMA_PATH.is_file() and SCHEMA_PATH.read_bytes() == schema_json():
        return 0
    sys.stderr.write(
        f"{SCHEMA_PATH} is not what the entry types say; "
        "run `python -m converter.registry.schema --write` and commit the result\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
