"""Values of a custom attribute changed for many at once: choices, types, consent."""

from __future__ import annotations

from typing import Any

import pytest

from customers import attribute_values, sensitive
from customers.models import CustomAttribute, Customer
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def with_values(add_customer: AddCustomer) -> Any:
    def add(*values: Any) -> list[Customer]:
        return [add_customer(attributes={"it-is": v, "other": "kept"}) for v in values]

    return add


def _values() -> list[Any]:
    stored = Customer.objects.order_by("pk").values_list("attributes", flat=True)
    assert all(each["other"] == "kept" for each in stored)
    return [each.get("it-is") for each in stored]


def _convert(source: str, target: str, choices: list[str] | None = None) -> dict[str, int]:
    attribute = CustomAttribute(key="it-is", type=source)
    conversion = attribute_values.conversion(attribute, target, choices or [])
    conversion.apply()
    return conversion.lost


def test_a_choice_is_renamed_merged_or_taken_out_for_everyone(with_values: Any) -> None:
    with_values("Red", "Blue", "Red", 'It\'s "green"')
    assert attribute_values.numbers("it-is") == {"Red": 2, "Blue": 1, 'It\'s "green"': 1}
    assert attribute_values.rename_choice("it-is", "Red", "Blue") == 2
    assert attribute_values.rename_choice("it-is", 'It\'s "green"', "L'été \\ 10 %") == 1
    assert _values() == ["Blue", "Blue", "Blue", "L'été \\ 10 %"]
    assert attribute_values.rename_choice("it-is", "Blue", None) == 3
    assert attribute_values.forget("it-is") == 1
    assert _values() == [None] * 4


def test_texts_become_numbers_and_what_is_none_is_counted(with_values: Any) -> None:
    with_values("12,5", "7", "1 200", "tall", "tall")
    assert _convert("text", "number") == {"tall": 2}
    assert _values() == ["12.5", "7", "1200", None, None]


@pytest.mark.parametrize(
    ("source", "target", "before", "after"),
    [
        ("text", "boolean", ["oui", "Non", "1"], [True, False, True]),
        ("boolean", "text", [True, False], ["Oui", "Non"]),
        ("text", "date", ["12/05/2024", "2024-05-13"], ["2024-05-12", "2024-05-13"]),
        ("number", "text", ["12.50"], ["12.50"]),
    ],
)
def test_each_type_reads_what_the_others_stored(
    with_values: Any, source: str, target: str, before: list[Any], after: list[Any]
) -> None:
    with_values(*before)
    assert _convert(source, target) == {}
    assert _values() == after


def test_a_text_that_is_no_choice_does_not_fit(with_values: Any) -> None:
    with_values("Red", "Pink")
    assert _convert("text", "choice", ["Red"]) == {"Pink": 1}
    assert _values() == ["Red", None]


def test_too_many_rewritten_values_are_refused(
    with_values: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribute_values, "MOST_CHANGES", 1)
    with_values("1,5", "2,5")
    with pytest.raises(attribute_values.TooManyValues):
        _convert("text", "number")
    assert _values() == ["1,5", "2,5"]


def test_only_those_who_agreed_keep_what_becomes_sensitive(with_values: Any) -> None:
    attribute = CustomAttribute.objects.create(key="it-is", label="It", sensitive="health")
    yes, _no = with_values("Nuts", "Milk")
    sensitive.agree(yes, attribute, source="Form", wording="Keep it")
    assert attribute_values.forget_without_agreement("it-is") == 1
    assert _values() == ["Nuts", None]
