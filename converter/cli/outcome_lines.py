"""What a run does with each entry, printed as it comes. Apart from `output`: a look at the registry has no outcomes."""

from collections.abc import Iterable, Mapping

from converter.actions import Keep
from converter.canonical import JsonObject
from converter.cli.output import note, say, say_json
from converter.outcomes import Failed, Gathered, Made, Marked, Outcome, Released
from converter.plan import Plan
from converter.registry import printable
from converter.release import Manifest, ratio_text, readable_size


def note_kept(todo: Plan) -> None:
    """Say of each name that a plan keeps that it needs nothing."""
    for action in todo.actions:
        if isinstance(action, Keep):
            note(f"{action.name}.v{action.version}: published already, as it is")


def follow(outcomes: Iterable[Outcome], *, as_json: bool) -> list[Outcome]:
    """Print each outcome as it comes, or all as one JSON object at the end."""
    seen = []
    for outcome in outcomes:
        seen.append(outcome)
        if not as_json:
            (note if isinstance(outcome, Failed) else say)(_line(outcome))
    if as_json:
        say_json({"outcomes": [{**_object(outcome), **_pipeline_object(outcome)} for outcome in seen]})
    return seen


def _line(outcome: Outcome) -> str:
    match outcome:
        case Failed(name=name, error=error):
            # What a folder's name begins is said once.
            return f"failed     {error}" if error.startswith(f"{name}:") else f"failed     {name}: {error}"
        case Gathered(tag=tag, size_bytes=size, seconds=seconds):
            return f"fetched    {tag}: {readable_size(size)}, took {seconds:.1f} s"
        case Made(tag=tag, folder=folder, size_bytes=size, reused=reused, seconds=seconds, manifest=manifest):
            what = "was there" if reused else f"took {seconds:.1f} s"
            before = _before(outcome.compared_before)
            return f"converted  {tag}: {folder}, {readable_size(size)}{_pipeline(manifest)}{before}, {what}"
        case Marked(mark=mark, tags=tags, reason=reason):
            return f"{mark:<9}  {', '.join(tags)}: {printable(reason)}"
        case Released(tag=tag, already=True):
            return f"published  {tag}: was there already, with the same content"
        case Released(tag=tag, commit=commit, size_bytes=size, seconds=seconds, manifest=manifest, sent_bytes=sent):
            what = f"{readable_size(size)}{_sent(sent, size)}{_pipeline(manifest)}, took {seconds:.1f} s"
            return f"published  {tag}: commit {commit[:12]}, {what}"


def _sent(sent_bytes: int | None, size_bytes: int) -> str:
    """What of a release was uploaded, if that was counted."""
    if sent_bytes is None:
        return ""
    rest = "" if sent_bytes >= size_bytes else ", the rest is on the hub already"
    return f" ({sent_bytes:,} of {size_bytes:,} bytes uploaded{rest})"


def _before(compared: Mapping[str, str]) -> str:
    """What of a conversion was the same as in another, and compared for that."""
    if not compared:
        return ""
    return f", compared before: {', '.join(compared)} (for {', '.join(dict.fromkeys(compared.values()))})"


def _pipeline(manifest: Manifest | None) -> str:
    """How near the pipeline as a whole is to what it was compared with, if it was."""
    if manifest is None or manifest.pipeline is None:
        return ""
    found = manifest.pipeline
    return f", pipeline {ratio_text(found.latents_psnr_db)}, image {ratio_text(found.image_psnr_db)}"


def _object(outcome: Outcome) -> JsonObject:
    match outcome:
        case Failed(name=name, error=error, exit_code=code):
            return {"outcome": "failed", "name": name, "error": error, "exit_code": int(code)}
        case Gathered(name=name, tag=tag, size_bytes=size, seconds=seconds):
            return {"outcome": "fetched", "name": name, "tag": tag, "seconds": round(seconds, 3), "size_bytes": size}
        case Made(name=name, tag=tag, folder=folder, size_bytes=size, reused=reused, seconds=seconds):
            common: JsonObject = {"outcome": "converted", "name": name, "tag": tag, "seconds": round(seconds, 3)}
            known: JsonObject = {"compared_before": outcome.compared_before} if outcome.compared_before else {}
            return {**common, "folder": str(folder), "size_bytes": size, "reused": reused, **known}
        case Marked(name=name, mark=mark, tags=tags, reason=reason):
            return {"outcome": mark, "name": name, "tags": tags, "reason": reason}
        case Released(name=name, tag=tag, commit=commit, already=already, size_bytes=size, seconds=seconds):
            common = {"outcome": "published", "name": name, "tag": tag, "seconds": round(seconds, 3)}
            uploaded: JsonObject = {} if outcome.sent_bytes is None else {"uploaded_bytes": outcome.sent_bytes}
            return {**common, "commit": commit, "already": already, "size_bytes": size, **uploaded}


def _pipeline_object(outcome: Outcome) -> JsonObject:
    found = outcome.manifest.pipeline if isinstance(outcome, Made | Released) and outcome.manifest else None
    if found is None:
        return {}
    return {"pipeline": {"latents_psnr_db": found.latents_psnr_db, "image_psnr_db": found.image_psnr_db}}
