"""`doctor`: what is still to be set before the first release?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from converter.canonical import JsonObject
from converter.cli.github_access import github_access, github_server, named_repository
from converter.cli.options import REGISTRY, JsonOption, Place, RegistryOption, hub_access
from converter.cli.output import say, say_json

if TYPE_CHECKING:
    from converter.doctor import Check

_HUB_PAGES = "https://huggingface.co"
_ATTEMPTS = 2
"""Who waits for a dozen answers would rather hear soon that there are none."""

Hub = Annotated[
    str | None,
    typer.Option(
        "--hub",
        envvar="ONNX_REGISTRY_HUB",
        metavar="HUB",
        help="Where releases will go: [bold]hf:ORG/REPOSITORY[/].",
        show_default="the repository's variable ONNX_REGISTRY_HUB, if GitHub tells it",
    ),
]


def doctor(registry: RegistryOption = REGISTRY, hub: Hub = None, as_json: JsonOption = False) -> None:
    """Say which settings are missing before the first release, and where to click.

    Each line is a setting: `ok`, `missing`, or `not known` with the reason, and the page where it is set. The
    repository is the git remote `origin`, or GITHUB_REPOSITORY. Nothing is changed, and no token is needed; with
    GITHUB_TOKEN of an administrator (Administration, Actions and Variables: read) more of it is known, and with
    HF_TOKEN whether that may publish.

    Exit code 1 if something is missing, else 4 if GitHub or the hub does not answer; what is not known is no failure.

    Example: onnx-registry doctor --hub hf:org/zoo
    """
    from converter.doctor import Asking, ask, examine, exit_code_of_examination

    place, access = Place(registry), hub_access()
    asking = Asking(
        place.root,
        registry,
        hub or None,
        named_repository(),
        github_server(),
        github_access(attempts=_ATTEMPTS),
        access,
        (access.endpoint or _HUB_PAGES).rstrip("/"),
    )
    checks = list(examine(ask(asking)))
    code = exit_code_of_examination(checks)
    if as_json:
        say_json({"checks": [_object(check) for check in checks], "exit_code": int(code)})
    else:
        _print(checks)
    raise typer.Exit(code)


def _print(checks: list[Check]) -> None:
    from converter.registry import printable

    rows = [_object(check) for check in checks]
    width = max(len(str(row["check"])) for row in rows)
    for row in rows:
        where = f" -> {row['where']}" if row["where"] else ""
        say(printable(f"{row['verdict']:<9}  {row['check']:<{width}}  {row['text']}{where}"))
    verdicts = [row["verdict"] for row in rows]
    say(", ".join(f"{verdicts.count(word)} {word}" for word in dict.fromkeys(("ok", "missing", *verdicts))))


def _object(check: Check) -> JsonObject:
    from converter.doctor import Missing, NoAnswer, NotKnown, Ok

    match check.verdict:
        case Ok(text):
            word, where = "ok", None
        case Missing(text, where):
            word = "missing"
        case NotKnown(text, where):
            word = "not known"
        case NoAnswer(text):
            word, where = "no answer", None
    return {"check": check.title, "verdict": word, "text": text, "where": where}
