"""No text of ours is a formula to the spreadsheet that opens it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.formulas import FORMULA_SIGNS, could_run, inert, plain


@pytest.mark.parametrize("before", ["", " ", "\u00a0", '"', "'", "\u200b", "\ufeff", " «\u2060"])
@pytest.mark.parametrize("start", [*FORMULA_SIGNS, "﹦", "⁺", "−", "\u2028"])
def test_a_text_that_could_start_a_formula_is_marked_as_text(before: str, start: str) -> None:
    assert inert(f"{before}{start}HYPERLINK()") == f"'{before}{start}HYPERLINK()"


@pytest.mark.parametrize("text", ["", "Zoé", "1 = 1", "Évry-=", "«bonjour»", "06 12", "😀=1", "é-"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@given(st.text(st.sampled_from("'\"=+-@\t ＝a1é\u200b"), max_size=8) | st.text(max_size=20))
def test_the_mark_comes_off_again_whatever_the_text(text: str) -> None:
    assert plain(inert(text)) == text
    assert not could_run(inert(text)) or inert(text).startswith("'")
