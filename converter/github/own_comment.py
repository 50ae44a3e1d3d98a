"""One comment of ours below an issue, made once and then edited."""

from enum import StrEnum

from converter.github.issues import Issues, same_text


class Kept(StrEnum):
    """What it took."""

    WRITTEN = "written"
    EDITED = "edited"
    UNCHANGED = "unchanged"


def keep_comment(issues: Issues, number: int, marker: str, text: str) -> Kept:
    """Have exactly this text as our comment below an issue.

    Args:
        issues: of the repository.
        number: of the issue.
        marker: an HTML comment, which nobody sees; our comment begins with it.
        text: what follows, in Markdown.

    Raises:
        GitHubError: GitHub refuses it or does not answer.
    """
    body = f"{marker}\n{text}"
    # Anybody can write a marker; only what we wrote ourselves is ours to edit, and GitHub would refuse the rest.
    found = (each for each in issues.comments(number) if each.author == issues.me and each.body.startswith(marker))
    ours = next(found, None)
    if ours is None:
        issues.comment(number, body)
        return Kept.WRITTEN
    if same_text(ours.body, body):
        return Kept.UNCHANGED
    issues.edit_comment(ours, body)
    return Kept.EDITED
