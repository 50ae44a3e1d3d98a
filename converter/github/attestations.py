"""Attestations that a repository's workflows made, as GitHub keeps them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from converter.canonical import JsonObject
from converter.github.client import GitHub
from converter.github.errors import GitHubError, GitHubMissing
from converter.github.reading import object_at, object_in, objects_at, text_at
from converter.github.snappy import SnappyError, decompressed

MOST_BUNDLE_BYTES = 4 << 20
"""A bundle of provenance is some 10 kB; each further subject adds 100 bytes."""
_READ = "Attestations: read"


@dataclass(frozen=True)
class StoredAttestation:
    """An attestation as it is listed."""

    bundle: JsonObject
    """Empty where it is to be had at `url`."""
    url: str


class Attestations:
    """The attestations of a repository; those of a public one are told to everybody."""

    def __init__(self, github: GitHub) -> None:
        """Nothing is asked yet."""
        self._github = github

    def of(self, sha256: str) -> Iterator[StoredAttestation]:
        """Those of which a subject has this digest.

        https://docs.github.com/en/rest/repos/attestations#list-attestations

        Raises:
            GitHubMissing: there is no such repository, or it is hidden from who asks.
            GitHubError: GitHub refuses or does not answer.
        """
        # `gh` asks for 30 as well: https://github.com/cli/cli/blob/36b1cf5b165d/pkg/cmd/attestation/api/client.go#L23
        pages = self._github.pages(f"~/attestations/sha256:{sha256}", {"per_page": "30"}, "listing attestations", _READ)
        try:
            for page in pages:
                for each in objects_at(object_in(page, "attestations"), "attestations"):
                    yield StoredAttestation(object_at(each, "bundle"), text_at(each, "bundle_url"))
        except GitHubMissing:
            # No attestation and no repository are the same answer; the second one is an error.
            self._github.get("~", "looking at it", _READ)

    def bundle(self, stored: StoredAttestation) -> JsonObject:
        """Its Sigstore bundle.

        GitHub has listed bundles themselves, and since July 2026 lists addresses, where they are packed with Snappy:
        https://github.com/aaif-goose/goose/issues/10556

        Raises:
            GitHubUnreachable: its host does not answer.
            GitHubError: it is not to be had, too large, or no JSON object.
        """
        if stored.bundle:
            return stored.bundle
        what = "reading a bundle"
        if not stored.url:
            raise GitHubError(f"GitHub: {what}: found neither the bundle nor its address, expected one; report it")
        packed = self._github.blob(stored.url, what, MOST_BUNDLE_BYTES)
        try:
            value = json.loads(decompressed(packed, MOST_BUNDLE_BYTES))
        except SnappyError as error:
            raise GitHubError(f"GitHub: {what}: found {error}; expected a Snappy block: do not trust it") from error
        except (ValueError, RecursionError) as error:
            raise GitHubError(
                f"GitHub: {what}: found what is no JSON ({type(error).__name__}), expected a Sigstore bundle: "
                "do not trust it"
            ) from error
        return object_in(value, "bundle")
