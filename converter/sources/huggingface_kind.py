"""What a repository of the Hugging Face Hub is, when it is named and nothing is said about it."""

from converter.registry import HubSource, Source
from converter.sources.huggingface_concept import CONCEPT_NAMES, concept_source
from converter.sources.huggingface_repository import HubAccess, repository
from converter.sources.repository_files import SourceKind


def told_apart(source: Source, access: HubAccess) -> tuple[Source, SourceKind]:
    """A source, and what it is to be looked at as, told from the names of its files.

    A repository with `config.json` at its root is one model: a VAE or a ControlNet, which are laid out alike, so that
    its config has to be read for more. Of a Textual Inversion's repository the source is its one file. A repository
    that is none of these is left for `look` to refuse.

    Raises:
        SourceError: the repository is missing, gated or renamed.
        SourceUnreachable: the Hub does not answer.
    """
    if not isinstance(source, HubSource):
        return source, SourceKind.PIPELINE
    files = repository(source, access).files
    if "model_index.json" not in files and "config.json" in files:
        return source, SourceKind.VAE
    if "model_index.json" not in files and any(name in files for name in CONCEPT_NAMES):
        return concept_source(source, access), SourceKind.PIPELINE
    return source, SourceKind.PIPELINE
