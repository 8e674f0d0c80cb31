"""Exports: what is in the files, that they are harmless, and that each leaves a line behind."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from accounts.models import AuditEntry, User
from customers import tagging
from customers.consent import record_consent
from customers.exports import csv_file, download, tables, xlsx_file
from customers.exports.resources import PeopleResource
from customers.formulas import could_run
from customers.models import CustomAttribute, Customer, Order, OrderLine, Product
from segmentation.models import Membership, Segment
from tests.customers.conftest import AddCustomer

pytestmark = pytest.mark.django_db
EXPORT = "/clients/exporter/"
EVIL = ["=HYPERLINK(1)", "+33", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1",
        "＠A1", "  =1", '"=1', "\u200b=1", "'=1"]  # fmt: skip


@pytest.fixture
def ana(add_customer: AddCustomer) -> Customer:
    CustomAttribute.objects.create(key="size", label="Size", type="number")
    CustomAttribute.objects.create(key="card", label="Card", type="date")
    person = add_customer(
        external_id="0042",
        first_name="=HYPERLINK(1)",
        last_name="@Morel",
        email="ana@exemple.fr",
        phone="+33612345678",
        birth_date=dt.date(1980, 3, 12),
        city="Évry; “sud”",
        interests=["Thé", "Vélo"],
        gender="female",
        attributes={"size": "-38.5", "card": "2024-02-29"},
        signed_up_at=dt.datetime(2024, 7, 1, 8, 30, 5, tzinfo=dt.UTC),
    )
    tagging.put_on(Customer.objects.all(), tagging.tag_named("VIP"))
    record_consent(person, "email", "given", source="Form")
    return person


def body(client: Client, file_format: str, columns: list[str] | None = None, **query: str) -> bytes:
    table = tables.known(query.get("table", "people"))
    assert table is not None
    posted = {"file_format": file_format, "columns": columns or list(table.resource().fields)}
    response: Any = client.post(EXPORT, posted, query_params=query)
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def lines(client: Client, **query: Any) -> list[dict[str, str]]:
    text = body(client, "csv", **query).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:], newline=""), delimiter=";"))


def test_a_line_holds_everything_and_no_formula(ana: Customer, marketer: Client) -> None:
    (line,) = lines(marketer)
    assert line["Customer number"] == "0042"
    assert line["First name"] == "'=HYPERLINK(1)"
    assert line["Last name"] == "'@Morel"
    assert line["Phone"] == "06 12 34 56 78"
    assert line["City"] == "Évry; “sud”"
    assert line["Date of birth"] == "12/03/1980"
    assert line["Signed up on"] == "01/07/2024 10:30:05"
    assert (line["Receive e-mails"], line["Receive SMS"]) == ("Given", "Unknown")
    assert (line["Tags"], line["Size"], line["Card"]) == ("VIP", "-38,5", "29/02/2024")


def test_for_other_programs_numbers_and_dates_are_plain(ana: Customer, marketer: Client) -> None:
    text = body(marketer, "csv_plain", ["birth_date", "attr:size"]).decode("utf-8-sig")
    assert text.split() == ["Date", "of", "birth,Size", "1980-03-12,-38.5"]


def test_only_the_chosen_columns_leave(ana: Customer, marketer: Client) -> None:
    text = body(marketer, "csv", ["city", "first_name"]).decode("utf-8-sig")
    assert text.splitlines()[0] == "First name;City"


def test_an_export_without_a_column_or_a_format_says_so(ana: Customer, marketer: Client) -> None:
    response = marketer.post(EXPORT, {"file_format": "pdf"})
    assert response.status_code == 422
    assert b"Keep at least one column." in response.content
    assert not AuditEntry.objects.filter(action="data.exported").exists()


def test_the_export_follows_the_filters(
    ana: Customer, marketer: Client, add_customer: AddCustomer
) -> None:
    add_customer(first_name="Hugo")
    assert len(lines(marketer)) == 2
    assert [line["First name"] for line in lines(marketer, q="hugo")] == ["Hugo"]
    assert "Only what the list was narrowed to" in marketer.get(EXPORT, {"q": "hugo"}).text


@pytest.mark.parametrize("file_format", ["csv", "csv_plain", "xlsx"])
def test_no_cell_starts_a_formula(db: None, marketer: Client, file_format: str) -> None:
    CustomAttribute.objects.create(key="evil", label="=1")
    people = [
        Customer(first_name=f"a{text}", city=text, attributes={"evil": text}) for text in EVIL
    ]
    Customer.objects.bulk_create([*people, Customer(phone="+32470123456")])
    rows = read(body(marketer, file_format, ["city", "phone", "attr:evil"]), file_format)
    assert rows[0] == ["Phone", "City", "'=1"]
    for text, (_phone, city, evil) in zip(EVIL, rows[1:], strict=False):
        # The one character that a worksheet's XML reads as another line break.
        assert (
            city.replace("\r", "\n") == evil.replace("\r", "\n") == f"'{text}".replace("\r", "\n")
        )
    assert rows[-1][0] == "0032 470 12 34 56"
    assert not [cell for row in rows for cell in row if cell and could_run(cell) and cell[0] != "'"]


def read(content: bytes, file_format: str) -> list[list[Any]]:
    if file_format == "xlsx":
        cells = list(load_workbook(BytesIO(content)).active.iter_rows())
        assert all(cell.data_type != "f" for row in cells for cell in row)
        return [[cell.value for cell in row] for row in cells]
    text = StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=";" if file_format == "csv" else ","))


def test_the_workbook_types_its_cells(ana: Customer, marketer: Client) -> None:
    sheet = load_workbook(BytesIO(body(marketer, "xlsx"))).active
    header, line = ([cell.value for cell in row] for row in sheet.iter_rows())
    said = dict(zip(header, line, strict=True))
    assert said["Customer number"] == "0042"
    assert said["Phone"] == "06 12 34 56 78"
    assert said["Date of birth"] == dt.datetime(1980, 3, 12)  # noqa: DTZ001
    assert said["Signed up on"] == dt.datetime(2024, 7, 1, 10, 30, 5)  # noqa: DTZ001
    assert said["Size"] == -38.5
    assert CalamineWorkbook.from_filelike(BytesIO(body(marketer, "xlsx"))).sheet_names


def test_a_full_sheet_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "SHEET_ROWS", 3)
    content = b"".join(xlsx_file.chunks(["A"], ([n] for n in range(5)), "People: all"))
    book = load_workbook(BytesIO(content))
    found = {sheet.title: [row[0].value for row in sheet.iter_rows()] for sheet in book}
    assert found == {
        "People  all": ["A", 0, 1],
        "People  all 2": ["A", 2, 3],
        "People  all 3": ["A", 4],
    }


def test_what_xml_cannot_hold_is_left_out() -> None:
    content = b"".join(xlsx_file.chunks(["A"], [["<a>&\x00\x1f\ufffe\n b "]], "T"))
    assert load_workbook(BytesIO(content)).active["A2"].value == "<a>&\n b "


@pytest.mark.parametrize("kind", ["csv", "csv_plain", "xlsx"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_exported_file_comes_back_unchanged(
    ana: Customer, add_customer: AddCustomer, administrator: Client, tmp_path: Path,
    kind: str, language: str,
) -> None:  # fmt: skip
    User.objects.update(language=language)
    add_customer(first_name="Lou", phone="+262692123456", postal_code="97400", country="FR")
    add_customer(last_name="'=Ek", phone="+32470123456", email="ek@exemple.be", country="BE")
    file = tmp_path / ("people.xlsx" if kind == "xlsx" else "people.csv")
    file.write_bytes(body(administrator, kind))
    said = StringIO()
    call_command("import_spreadsheet", "customers", str(file), "--json", stdout=said)
    assert '"unchanged": 3' in said.getvalue(), said.getvalue()


def test_orders_leave_line_by_line(ana: Customer, marketer: Client) -> None:
    tea = Product.objects.create(name="=Thé", category="Boissons")
    order = Order.objects.create(
        customer=ana, number="C1", placed_at=timezone.now(), total=Decimal("-12.50")
    )
    for amount in (5, Decimal("7.50")):
        OrderLine.objects.create(order=order, product=tea, quantity=2, amount=amount)
    Order.objects.create(customer=ana, number="C2", placed_at=timezone.now(), total=3)
    rows = lines(marketer, table="orders")
    assert [(row["Order number"], row["Amount"]) for row in rows] == [
        ("C1", "5,00"), ("C1", "7,50"), ("C2", ""),
    ]  # fmt: skip
    assert rows[0]["Product"] == "'=Thé"
    assert rows[0]["Order total"] == "-12,50"
    assert lines(marketer, table="orders", q="nobody at all") == []


def test_the_ledger_leaves_record_by_record(ana: Customer, marketer: Client) -> None:
    record_consent(ana, "email", "withdrawn", source="=Call", wording="Stop")
    rows = lines(marketer, table="ledger")
    assert [(row["State"], row["Source"]) for row in rows] == [
        ("Given", "Form"), ("Withdrawn", "'=Call"),
    ]  # fmt: skip
    assert rows[1]["Exact wording"] == "Stop"


def test_a_segment_leaves_with_its_members_only(
    ana: Customer, add_customer: AddCustomer, marketer: Client
) -> None:
    segment = Segment.objects.create(name="Regulars")
    lou = add_customer(first_name="Lou")
    Membership.objects.create(segment=segment, customer=lou)
    rows = lines(marketer, table="segment", segment=str(segment.pk))
    assert [row["First name"] for row in rows] == ["Lou"]
    assert "Regulars" in marketer.get(EXPORT, {"table": "segment", "segment": str(segment.pk)}).text
    for nobodys in ("", "99999", "x"):
        asked = {"table": "segment", "segment": nobodys}
        assert marketer.get(EXPORT, asked).status_code == 404


def test_the_erased_leave_with_no_file(ana: Customer, marketer: Client) -> None:
    Customer.all_records.update(erased_at=timezone.now())
    assert lines(marketer) == lines(marketer, table="ledger") == []


def test_an_unknown_table_is_not_found(marketer: Client) -> None:
    assert marketer.get(EXPORT, {"table": "suppressions"}).status_code == 404


def test_an_export_is_on_record_with_its_rows(ana: Customer, marketer: Client) -> None:
    lines(marketer)
    entry = AuditEntry.objects.get(action="data.exported")
    assert entry.facts | {"columns": 0} == {
        "table": "people", "format": "csv", "rows": 1, "columns": 0, "complete": True,
    }  # fmt: skip
    assert entry.user is not None


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_download_that_is_broken_off_is_on_record_too(
    db: None, marketer: Client, file_format: str
) -> None:
    Customer.objects.bulk_create([Customer(first_name=f"P{n}") for n in range(1500)])
    table = tables.known("people")
    assert table is not None
    content = download.content(
        table, table.select(QueryDict()), file_format=file_format, columns=(), by=User.objects.get()
    )
    next(content)
    content.close()
    facts = AuditEntry.objects.get(action="data.exported").facts
    assert facts["complete"] is False
    assert 0 < facts["rows"] < 1500


def test_exporting_many_people_costs_few_queries(
    db: None, django_assert_max_num_queries: Any
) -> None:
    Customer.objects.bulk_create([Customer(first_name=f"P{n}") for n in range(300)])
    with django_assert_max_num_queries(10):
        assert len(list(PeopleResource().rows(Customer.objects.all()))) == 300


def _forever(read: list[int]) -> Iterator[list[Any]]:
    while True:
        read.append(1)
        yield ["x" * 50] * 20


@pytest.mark.parametrize(
    "chunks", [csv_file.chunks, lambda head, rows: xlsx_file.chunks(head, rows, "T")]
)
def test_files_are_written_as_they_are_read(chunks: Callable[..., Iterator[bytes]]) -> None:
    read: list[int] = []
    content = chunks(["A"], _forever(read))
    for step in range(1, 6):
        next(content)
        assert len(read) <= step * 250
