"""A Textual Inversion of which only the repository is named, such as those of `sd-concepts-library`."""

from converter.registry import HubFileSource, HubSource, Source
from converter.sources.errors import SourceError
from converter.sources.huggingface_repository import HubAccess, repository

CONCEPT_NAMES = ("learned_embeds.safetensors", "learned_embeds.bin")
"""What diffusers writes, the better form first: https://huggingface.co/docs/diffusers/training/text_inversion"""


def concept_source(source: Source, access: HubAccess) -> Source:
    """The one file that a Textual Inversion's source means: a repository's learned embeddings, all else as it is.

    Raises:
        SourceError: the repository is missing, gated, or has none.
        SourceUnreachable: the Hub does not answer.
    """
    if not isinstance(source, HubSource):
        return source
    files = repository(source, access).files
    found = next((name for name in CONCEPT_NAMES if name in files), None)
    if found is None:
        others = sorted(name for name in files if name.endswith((".pt", ".bin", ".safetensors")))[:3]
        also = f" (it has {', '.join(others)}: name one, huggingface://{source.repo}/{others[0]})" if others else ""
        raise SourceError(
            f"{source.repo}: there is no {' or '.join(CONCEPT_NAMES)}, expected a Textual Inversion{also}"
        )
    return HubFileSource(source.repo, source.revision, found)
