"""The export: complete, harmless in a spreadsheet, on record."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.models import AuditEntry
from customers import resources, tagging
from customers.consent import record_consent
from customers.models import CustomAttribute, Customer
from customers.resources import safe_cell
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db
EXPORT = "/clients/exporter/"


@pytest.fixture
def ana(add_customer: AddCustomer) -> Customer:
    CustomAttribute.objects.create(key="size", label="Size", type="number")
    ana = add_customer(
        external_id="0042",
        first_name="=HYPERLINK(1)",
        last_name="@Morel",
        email="ana@exemple.fr",
        phone="+33612345678",
        city="Évry; “sud”",
        attributes={"size": "38.5"},
    )
    record_consent(ana, "email", "given", source="Form")
    tagging.put_on(Customer.objects.all(), tagging.tag_named("VIP"))
    return ana


def lines(client: Client, **query: str) -> list[dict[str, str]]:
    body = b"".join(client.get(EXPORT, query).streaming_content).decode()  # type: ignore[attr-defined]
    assert body.startswith("\ufeff")
    return list(csv.DictReader(StringIO(body[1:]), delimiter=";"))


def test_the_csv_says_all_and_runs_no_formula(ana: Customer, marketer: Client) -> None:
    (line,) = lines(marketer)
    assert line["customer number"] == "0042"
    assert line["first name"] == "'=HYPERLINK(1)"
    assert line["last name"] == "'@Morel"
    assert line["phone"] == "06 12 34 56 78"
    assert line["city"] == "Évry; “sud”"
    assert (line["Receive e-mails"], line["Receive SMS"]) == ("Given", "Unknown")
    assert (line["Tags"], line["Size"]) == ("VIP", "38.5")


def test_the_export_follows_the_filters(
    ana: Customer, marketer: Client, add_customer: AddCustomer
) -> None:
    add_customer(first_name="Hugo")
    assert len(lines(marketer)) == 2
    assert [line["first name"] for line in lines(marketer, q="hugo")] == ["Hugo"]


def test_the_workbook_holds_texts_as_texts(ana: Customer, marketer: Client) -> None:
    response: Any = marketer.get(EXPORT, {"format": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    header, line = ([cell.value for cell in row] for row in sheet.iter_rows())
    said = dict(zip(header, line, strict=True))
    assert said["customer number"] == "0042"
    assert said["first name"] == "'=HYPERLINK(1)"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_too_many_people_for_a_workbook_are_sent_to_csv(
    ana: Customer, marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "WORKSHEET_ROWS", 0)
    response = marketer.get(EXPORT, {"format": "xlsx"}, follow=True)
    assert "choose CSV" in response.content.decode()


def test_an_export_is_on_record(ana: Customer, marketer: Client) -> None:
    lines(marketer)
    entry = AuditEntry.objects.get(action="customers.exported")
    assert entry.facts == {"people": 1, "format": "csv"}
    assert entry.user is not None


def test_exporting_many_people_costs_few_queries(
    db: None, django_assert_max_num_queries: Any
) -> None:
    Customer.objects.bulk_create([Customer(first_name=f"P{n}") for n in range(300)])
    with django_assert_max_num_queries(10):
        assert len(list(resources.csv_lines(Customer.objects.all()))) == 301


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("  =1", "'  =1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("+33 6 12", "+33 6 12"),
        ("-12,5", "-12,5"),
        ("Ana", "Ana"),
        (38, 38),
        (None, None),
    ],
)
def test_only_what_could_run_is_disarmed(value: object, safe: object) -> None:
    assert safe_cell(value) == safe
