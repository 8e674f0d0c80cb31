"""No text of ours is a formula to the spreadsheet that opens it."""

from __future__ import annotations

import pytest

from customers.formulas import inert


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_could_start_a_formula_is_marked_as_text(start: str) -> None:
    assert inert(f"{start}HYPERLINK()") == f"'{start}HYPERLINK()"


@pytest.mark.parametrize("text", ["", "Zoé", "1 = 1", "'=1"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text
