"""Patterns printed as dots."""

import numpy as np
import pytest
import scipy.sparse

import chainorder as co
from chainorder.structure.dots import picture


def test_a_small_pattern_prints_a_dot_for_every_entry():
    lines = str(co.Sparse(np.array([[1, 0, 0], [0, 2, 3]]))).splitlines()
    assert lines == ["sparse(3 entries)", "● · ·", "· ● ●"]


def test_without_a_shape_the_picture_ends_with_the_last_entry():
    lines = str(co.Sparse.from_coordinates([0, 1], [2, 0])).splitlines()
    assert lines == ["sparse(2 entries)", "· · ●", "● · ·"]


def dots_of(text):
    """The mask that lines of Braille characters show."""
    rows = []
    for line in text.splitlines():
        codes = [ord(character) - 0x2800 for character in line]
        for bits in ((0, 3), (1, 4), (2, 5), (6, 7)):
            rows.append([code >> bit & 1 for code in codes for bit in bits])
    return np.array(rows, dtype=bool)


def test_a_larger_pattern_prints_eight_entries_a_character():
    entries = scipy.sparse.random_array((50, 61), density=0.1, rng=0)
    mask = dots_of("\n".join(str(co.Sparse(entries)).splitlines()[1:]))
    assert np.array_equal(mask[:50, :61], entries.toarray() != 0)
    assert not mask[50:].any()
    assert not mask[:, 61:].any()


def test_a_pattern_of_any_size_fits_a_terminal():
    n = 10**9
    at = np.arange(0, n, n // 500)
    lines = picture(at, at, (n, n)).splitlines()
    assert len(lines) <= 16
    assert max(map(len, lines)) <= 48
    assert dots_of("\n".join(lines)).diagonal().all()


def test_messages_name_a_sparse_structure_in_one_line():
    structure = co.Sparse(np.eye(3))
    chain = co.Chain([3, 3, 3], [co.Elemental(structure=structure)] * 2)
    with pytest.raises(co.ChainOrderError, match="outside its structure, sparse") as caught:
        co.execute(co.plan(chain), [np.ones((3, 3)), np.eye(3)])
    assert "\n" not in str(caught.value)


def test_nothing_is_drawn_of_an_empty_pattern():
    assert str(co.Sparse(np.zeros((3, 3)))) == "sparse(0 entries)"
