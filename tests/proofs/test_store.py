"""Kept proofs: found by their key alone, and none at all rather than a wrong one."""

import shutil
from pathlib import Path

import pytest

from converter.proofs import KeptProof, ProofStore

KEY, OTHER = "0" * 64, "1" * 64
PROOF = KeptProof("pico.v1", [{"max_abs": 1e-6}])


@pytest.fixture
def store(tmp_path: Path) -> ProofStore:
    return ProofStore(tmp_path / "proofs")


def test_what_is_kept_is_found_under_its_key(store: ProofStore) -> None:
    assert store.find(KEY) is None
    store.keep(KEY, PROOF)
    assert (store.find(KEY), store.find(OTHER)) == (PROOF, None)


def test_a_proof_that_was_renamed_proves_nothing(store: ProofStore) -> None:
    store.keep(KEY, PROOF)
    (file,) = store.folder.iterdir()
    shutil.copy(file, file.with_name(file.name.replace(KEY, OTHER)))
    assert store.find(OTHER) is None
    assert store.find(KEY) == PROOF


def test_the_first_of_two_that_measured_the_same_at_once_is_taken(store: ProofStore) -> None:
    store.keep(KEY, PROOF)
    store.keep(KEY, KeptProof("other.v1", PROOF.figures))
    found = store.find(KEY)
    assert found is not None
    assert found.figures == PROOF.figures
