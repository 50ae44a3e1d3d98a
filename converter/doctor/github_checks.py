"""The checks that GitHub's answers decide. Pure."""

from collections.abc import Mapping
from typing import TypeVar, assert_never

from converter.doctor.answers import Absent, Answer, Silent, Surroundings, Told, Untold
from converter.doctor.pages import Pages
from converter.doctor.verdicts import Missing, NoAnswer, NotKnown, Ok, Verdict
from converter.github import AnyBranch, Environment, NamedBranches, ProtectedBranches, RepositoryFacts, Runner
from converter.request import REQUEST_LABEL

HUB_VARIABLE = "ONNX_REGISTRY_HUB"
ENVIRONMENT = "release"
BRANCH = "main"
REQUIRED_CHECK = "gate"
RUNNER_LABEL = "gpu"
WORKFLOWS = tuple(
    f".github/workflows/{name}.yml" for name in ("ci", "release", "request", "validate", "verify-published")
)
_EVERYBODY = "all_external_contributors"
_Value = TypeVar("_Value")


def repository(facts: Answer[RepositoryFacts], pages: Pages) -> Verdict:
    """Is it a repository of one's own, made from the template?"""
    if not isinstance(facts, Told):
        hidden = f"GitHub shows no repository {pages.repository} to who asks: a private one needs GITHUB_TOKEN"
        return untold(facts, pages.home, Missing(hidden, f"{pages.server}/new"))
    found = facts.value
    if found.full_name.lower() != str(pages.repository).lower():
        return Missing(
            f"it is called {found.full_name} now", f"git remote set-url origin {pages.server}/{found.full_name}"
        )
    if found.is_template:
        return Missing("this is the template itself; make your own by `Use this template`", pages.at("generate"))
    if found.is_fork:
        text = "it is a fork, whose workflows do nothing by themselves; use `Use this template` of the original"
        return Missing(text, pages.home)
    if found.default_branch != BRANCH:
        text = f"its default branch is {found.default_branch}, expected {BRANCH}, from which releases are made"
        return Missing(text, pages.at("settings/branches"))
    return Ok(f"{found.full_name}, neither a fork nor a template")


def environment(found: Answer[Environment], pages: Pages) -> Verdict:
    """May only `main` release?"""
    new, listed = pages.at("settings/environments/new"), pages.at("settings/environments")
    if not isinstance(found, Told):
        text = f"there is none; make `{ENVIRONMENT}` with the deployment branch rule `{BRANCH}`"
        return untold(found, listed, Missing(text, new))
    count = found.value.reviewers
    asked = (
        f"{count} required reviewer{'' if count == 1 else 's'}" if count else "no required reviewers: nobody is asked"
    )
    match found.value.deployers:
        case AnyBranch():
            return Missing(f"any branch may deploy to it; add the deployment branch rule `{BRANCH}`", listed)
        case ProtectedBranches():
            return Ok(f"protected branches only; {asked}")
        case NamedBranches(patterns) if patterns == (BRANCH,):
            return Ok(f"{BRANCH} only; {asked}")
        case NamedBranches(patterns):
            named = ", ".join(patterns) or "none"
            return Missing(f"found the deployment branch rules {named}, expected {BRANCH} alone", listed)
    assert_never(found.value.deployers)


def required_check(checks: Answer[frozenset[str]], pages: Pages) -> Verdict:
    """Is nothing merged that was not reviewed?"""
    where = pages.at("settings/rules/new?target=branch")
    if not isinstance(checks, Told):
        return untold(checks, pages.at("settings/rules"), Missing(f"there is no branch {BRANCH}", pages.at("branches")))
    if REQUIRED_CHECK in checks.value:
        return Ok(f"`{REQUIRED_CHECK}` must be green before anything is merged into {BRANCH}")
    others = f" (found: {', '.join(sorted(checks.value))})" if checks.value else ""
    text = (
        f"{BRANCH} takes merges without the check `{REQUIRED_CHECK}`{others}; require status check `{REQUIRED_CHECK}`"
    )
    return Missing(text, where)


def fork_approval(policy: Answer[str], pages: Pages) -> Verdict:
    """Does a person look before a stranger's pull request runs anything?"""
    where = pages.at("settings/actions")
    if not isinstance(policy, Told):
        return untold(policy, where, NotKnown("GitHub does not say who needs an approval", where))
    if policy.value == _EVERYBODY:
        return Ok("every pull request from outside waits for an approval")
    text = f"found {policy.value}, expected `Require approval for all external contributors`"
    return Missing(text, where)


def runner(runners: Answer[tuple[Runner, ...]], facts: Answer[RepositoryFacts], pages: Pages) -> Verdict:
    """Is there a machine that converts?"""
    new, listed = pages.at("settings/actions/runners/new"), pages.at("settings/actions/runners")
    if not isinstance(runners, Told):
        return untold(runners, listed, NotKnown("GitHub does not list the runners", listed))
    fitting = [each for each in runners.value if RUNNER_LABEL in each.labels]
    online = sum(each.is_online for each in fitting)
    if online:
        return Ok(f"{online} of {len(fitting)} with the label `{RUNNER_LABEL}` online")
    if fitting:
        return Missing(f"none of {len(fitting)} with the label `{RUNNER_LABEL}` is online; start one", listed)
    text = f"none of the repository's own has the label `{RUNNER_LABEL}`"
    if isinstance(facts, Told) and facts.value.is_organisation:
        return NotKnown(f"{text}; whether the organisation has one is told to its owners only", listed)
    return Missing(f"{text}; run `scripts/setup-runner` on the machine", new)


def workflows(states: Answer[Mapping[str, str]], here: frozenset[str], pages: Pages) -> Verdict:
    """Are the workflows there, and do they run?"""
    lost = sorted(set(WORKFLOWS) - here)
    if lost:
        return Missing(f"not in this checkout: {', '.join(lost)}; take them from the template", pages.at("actions"))
    if not isinstance(states, Told):
        return untold(states, pages.at("actions"), NotKnown("GitHub does not list them", pages.at("actions")))
    unseen = sorted(set(WORKFLOWS) - set(states.value))
    if unseen:
        return Missing(
            f"GitHub does not know {', '.join(unseen)}; push {BRANCH}, and enable Actions", pages.at("actions")
        )
    stopped = {path: state for path in WORKFLOWS if (state := states.value[path]) != "active"}
    if stopped:
        said = ", ".join(f"{path.rpartition('/')[2]} is {state}" for path, state in stopped.items())
        return Missing(f"{said}; enable it", pages.at(f"actions/workflows/{next(iter(stopped)).rpartition('/')[2]}"))
    return Ok(f"{len(WORKFLOWS)}, all active")


def request_label(has_label: Answer[bool], pages: Pages) -> Verdict:
    """Can the form label an issue? GitHub leaves a label off that the repository does not have."""
    where = pages.at("labels")
    if not isinstance(has_label, Told):
        return untold(has_label, where, NotKnown("GitHub does not list the labels", where))
    if has_label.value:
        return Ok("there, so that requests by the form are answered")
    return Missing(f"there is none; make `{REQUEST_LABEL}`, or requests by the form are not answered", where)


def variable(found: Answer[str | None], around: Surroundings, pages: Pages) -> Verdict:
    """Is it said where releases go? Whether it is an address is another check."""
    where = pages.at("settings/variables/actions")
    if not isinstance(found, Told):
        if isinstance(found, Silent):
            return NoAnswer(found.why)
        ask = f"`gh variable get {HUB_VARIABLE}` says it, or GITHUB_TOKEN with `Variables: read`"
        return NotKnown(f"GitHub tells only who may see variables; {ask}", where)
    if not found.value:
        return Missing("it is not set; set it to hf:ORGANISATION/REPOSITORY", f"{where}/new")
    if around.hub is not None and around.hub != found.value:
        return Missing(f"found {found.value} there and {around.hub} here, expected the same; correct one", where)
    return Ok(found.value)


def untold(answer: Absent | Untold | Silent, where: str, if_absent: Verdict) -> Verdict:
    """The verdict on an answer that is none."""
    match answer:
        case Absent():
            return if_absent
        case Untold(why):
            return NotKnown(why, where)
        case Silent(why):
            return NoAnswer(why)
    assert_never(answer)
