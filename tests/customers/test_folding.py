"""Folding: what counts as the same text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.folding import fold
from tests.segmentation.oracle_values import folded


@pytest.mark.parametrize(
    ("typed", "comparable"),
    [
        ("Évry", "evry"),
        ("  Saint \t Étienne\n", "saint etienne"),
        ("ŒUVRE", "oeuvre"),
        ("Ægir", "aegir"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("e\u0301te\u0301", "ete"),
        ("ﬁn", "fin"),
        ("1\u202f234\u00a0€", "1 234 €"),
        ("İstanbul", "istanbul"),
        ("\u0301 \u00a0", ""),
        ("", ""),
    ],
)
def test_accents_case_and_spacing_do_not_count(typed: str, comparable: str) -> None:
    assert fold(typed) == comparable


@given(st.text())
def test_a_folded_text_folds_to_itself_as_the_contract_has_it(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert (fold(text) or None) == folded(text)
