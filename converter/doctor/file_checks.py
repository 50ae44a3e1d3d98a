"""The checks that the files of the checkout decide. Pure."""

import re

from converter.doctor.answers import Answer, Surroundings, Told
from converter.doctor.pages import Pages
from converter.doctor.verdicts import Missing, NotKnown, Ok, Verdict

PLACEHOLDER = "@your-name"
"""Whom CODEOWNERS names in the template."""
_OWNER = re.compile(r"@[A-Za-z0-9][\w./-]*|[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)
_SHOWN = 3


def checkout(around: Surroundings) -> Verdict:
    """Is it known which repository this is?"""
    if around.repository is not None:
        return Ok(str(around.repository))
    if around.files.remote is None:
        text = "no git remote `origin` and no GITHUB_REPOSITORY; run it in a clone of your repository"
    else:
        # An address can have a password in it, so it is not shown.
        text = f"the git remote `origin` is not at {around.server}; set GITHUB_REPOSITORY to OWNER/NAME"
    return Missing(text, "git remote add origin URL")


def codeowners(text: str | None, errors: Answer[tuple[str, ...]], pages: Pages | None) -> Verdict:
    """Is somebody asked about changes of workflows and code?"""
    where = pages.at("edit/main/.github/CODEOWNERS") if pages else ".github/CODEOWNERS"
    if text is None:
        return Missing("there is no .github/CODEOWNERS; take it from the template", where)
    owners = owners_in(text)
    placeholders = sorted(owner for owner in owners if _is_placeholder(owner))
    if placeholders:
        return Missing(f"it names {', '.join(placeholders)}, which is nobody; put yourself there", where)
    if not owners:
        return Missing("it names nobody; put yourself there", where)
    if isinstance(errors, Told) and errors.value:
        return Missing(f"GitHub finds it wrong: {errors.value[0]}", where)
    shown = sorted(owners)
    rest = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return Ok(f"{', '.join(shown[:_SHOWN])}{rest}")


def owners_in(text: str) -> frozenset[str]:
    """Everybody that a CODEOWNERS file names.

    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return frozenset(word for words in lines for word in words[1:] if _OWNER.fullmatch(word))


def registry(errors: tuple[str, ...]) -> Verdict:
    """Is it valid?"""
    if not errors:
        return Ok("valid")
    more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    return Missing(f"{errors[0]}{more}", "./scripts/registry validate")


def licence(*, has_licence: bool) -> Verdict:
    """May others use what is here?"""
    return Ok("there") if has_licence else Missing("there is no file LICENSE; add one", "LICENSE")


def without_repository() -> Verdict:
    """For what is only known of a repository."""
    return NotKnown("no repository is known to ask about", "GITHUB_REPOSITORY=OWNER/NAME")


def _is_placeholder(owner: str) -> bool:
    names = re.split("[@/]", owner.lower())
    return any(name.startswith("your-") or name in ("owner", "example") for name in names)
