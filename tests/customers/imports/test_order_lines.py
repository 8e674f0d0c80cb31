"""What importing orders changes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Sum

from customers.consent import suppress
from customers.models import (
    ConsentRecord,
    Customer,
    ImportJob,
    Order,
    OrderLine,
    Product,
    Suppression,
)
from customers.spreadsheets import jobs
from tests.customers.imports.making import (
    CDNOW,
    check_file,
    csv_file,
    figures,
    import_file,
    import_text,
    job_for,
)

pytestmark = pytest.mark.django_db


def test_the_real_file_is_imported_exactly_and_once() -> None:
    checked = check_file(CDNOW, "orders")
    assert not Order.objects.exists()
    report = import_file(CDNOW, "orders")
    assert figures(report) == figures(checked) == (6919, 0, 0, 0, 0)
    assert report.customers_created == checked.customers_created == 2357
    assert (Customer.objects.count(), Order.objects.count()) == (2357, 6919)
    assert round(Order.objects.aggregate(sum=Sum("total"))["sum"]) == 244092
    assert OrderLine.objects.aggregate(sum=Sum("quantity"))["sum"] == 16479
    assert not ConsentRecord.objects.exists()
    first = Order.objects.filter(customer__external_id="00004").order_by("placed_at")[0]
    assert first.placed_at == dt.datetime(1996, 12, 31, 23, tzinfo=dt.UTC)
    assert (first.total, first.status) == (Decimal("29.33"), "paid")
    again = import_file(CDNOW, "orders")
    assert figures(again) == (0, 0, 6919, 0, 0)
    assert (Order.objects.count(), OrderLine.objects.count()) == (6919, 6919)


def test_equal_lines_without_a_number_are_as_many_orders(tmp_path: Path) -> None:
    line = "A;01/02/2024;10,00\n"
    assert figures(import_text(tmp_path, f"Client;Date;Montant\n{line * 3}", "orders"))[0] == 3
    assert list(Order.objects.order_by("nth").values_list("nth", flat=True)) == [1, 2, 3]
    report = import_text(tmp_path, f"Client;Date;Montant\n{line * 4}", "orders")
    assert figures(report) == (1, 0, 3, 0, 0)


def test_equal_lines_far_apart_in_the_file_are_told_apart_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", 2)
    text = "Client;Date;Montant\n" + "A;01/02/2024;10\nB;01/02/2024;10\nC;03/02/2024;5\n" * 3
    path = csv_file(tmp_path, text)
    assert figures(check_file(path, "orders")) == (9, 0, 0, 0, 0)
    assert figures(import_file(path, "orders")) == (9, 0, 0, 0, 0)
    assert figures(check_file(path, "orders")) == (0, 0, 9, 0, 0)
    assert figures(import_file(path, "orders")) == (0, 0, 9, 0, 0)


def test_the_amount_of_a_line_without_a_number_is_the_orders_total(tmp_path: Path) -> None:
    import_text(tmp_path, "Client;Date;Quantité;Montant\nA;01/02/2024;3;12,50\n", "orders")
    order = Order.objects.get()
    line = order.lines.get()
    assert (order.total, line.quantity, line.amount, line.product) == (
        Decimal("12.50"), Decimal(3), Decimal("12.50"), None,
    )  # fmt: skip


def test_without_a_quantity_or_a_product_an_order_has_no_line(tmp_path: Path) -> None:
    import_text(tmp_path, "Client;Date;Montant\nA;01/02/2024;12,50\n", "orders")
    assert not OrderLine.objects.exists()


NUMBERED = """Commande;Client;Date;Produit;Catégorie;Marque;Quantité;Montant;Statut
N1;a@b.fr;01/02/2024 10:00;Crème;Soin;Bio+;2;20,00;Payée
N2;a@b.fr;02/02/2024;Crème;Soin;Bio+;1;10,00;Annulée
N1;a@b.fr;01/02/2024 10:00;Savon;Soin;;1;5,50;Payée
"""


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_lines_of_one_number_are_lines_of_one_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", size)
    path = csv_file(tmp_path, NUMBERED)
    checked = check_file(path, "orders")
    report = import_file(path, "orders")
    assert figures(checked) == figures(report) == (2, 0, 0, 0, 0)
    assert (report.rows, report.customers_created) == (3, 1)
    first = Order.objects.get(number="N1")
    assert first.total == Decimal("25.50")
    bought = [(str(line.product), line.quantity, line.amount) for line in first.lines.all()]
    assert bought == [("Crème", 2, 20), ("Savon", 1, Decimal("5.50"))]
    assert Order.objects.get(number="N2").status == "cancelled"
    assert Product.objects.count() == 2
    assert figures(check_file(path, "orders")) == (0, 0, 2, 0, 0)
    assert figures(import_file(path, "orders")) == (0, 0, 2, 0, 0)
    changed = csv_file(tmp_path, NUMBERED.replace("5,50", "6,50"), "changed.csv")
    assert figures(check_file(changed, "orders")) == (0, 1, 1, 0, 0)
    assert figures(import_file(changed, "orders")) == (0, 1, 1, 0, 0)
    first.refresh_from_db()
    assert (first.total, first.lines.count()) == (Decimal("26.50"), 2)


def test_a_total_of_its_own_is_kept(tmp_path: Path) -> None:
    text = (
        "Commande;Client;Date;Produit;Montant;Total\nN1;A;1/2/2024;X;20;22,50\nN1;A;1/2/2024;Y;5;\n"
    )
    import_text(tmp_path, text, "orders")
    order = Order.objects.get()
    assert (order.total, order.lines.count()) == (Decimal("22.50"), 2)


def test_an_order_of_another_customer_is_not_taken_over(tmp_path: Path) -> None:
    import_text(tmp_path, NUMBERED, "orders")
    text = (
        "Commande;Client;Date;Montant\nN1;autre@b.fr;01/02/2024;9\n"
        "N9;x@b.fr;1/2/2024;1\nN9;y@b.fr;1/2/2024;1\n"
    )
    report = import_text(tmp_path, text, "orders")
    assert (report.created, report.rejected) == (1, 2)
    assert {error["code"] for error in report.errors} == {"other_customer"}
    assert Order.objects.get(number="N1").customer.email == "a@b.fr"


def test_customers_are_found_by_number_email_or_phone(tmp_path: Path) -> None:
    known = Customer.objects.create(external_id="C1", email="a@b.fr", phone="+33612345678")
    text = "Client;Date;Montant\nC1;1/2/2024;1\nA@b.fr;1/2/2024;2\n06 12 34 56 78;1/2/2024;3\n"
    report = import_text(tmp_path, text, "orders")
    assert (report.created, report.customers_created) == (3, 0)
    assert known.orders.count() == 3


def test_an_unknown_customer_is_created_by_what_names_them(tmp_path: Path) -> None:
    text = "Client;Date;Montant\nC1;1/2/2024;1\nA@b.fr;1/2/2024;2\n06 12 34 56 78;1/2/2024;3\n"
    assert import_text(tmp_path, text, "orders").customers_created == 3
    made = set(Customer.objects.values_list("external_id", "email", "phone"))
    assert made == {("C1", None, None), (None, "a@b.fr", None), (None, None, "+33612345678")}


def test_an_address_two_people_share_is_rejected_with_both_named(tmp_path: Path) -> None:
    Customer.objects.create(email="f@b.fr", first_name="Anne")
    Customer.objects.create(email="f@b.fr", first_name="Bob")
    report = import_text(tmp_path, "Client;Date;Montant\nf@b.fr;1/2/2024;1\n", "orders")
    assert figures(report) == (0, 0, 0, 1, 0)
    assert all(name in report.errors[0]["message"] for name in ("Anne", "Bob"))


def test_lines_that_lack_something_are_rejected_with_the_reason(tmp_path: Path) -> None:
    suppress("email", "gone@b.fr", Suppression.Reason.ERASURE)
    text = (
        "Client;Date;Montant\n;1/2/2024;1\nA;;1\nA;1/2/2024;\nA;hier;1\n"
        "A;1/2/2024;-5\ngone@b.fr;1/2/2024;1\n"
    )
    report = import_text(tmp_path, text, "orders")
    assert [error["code"] for error in report.errors] == [
        "no_customer", "no_date", "no_amount", "not_a_date", "negative_total", "erased",
    ]  # fmt: skip
    assert not Order.objects.exists()
    assert not Customer.objects.exists()


def test_a_status_that_changes_is_an_update(tmp_path: Path) -> None:
    text = "Client;Date;Montant;Statut\nA;1/2/2024;1;Payée\n"
    import_text(tmp_path, text, "orders")
    report = import_text(tmp_path, text.replace("Payée", "Remboursée"), "orders")
    assert figures(report) == (0, 1, 0, 0, 0)
    assert Order.objects.get().status == "refunded"


def rejected_file_of(job: ImportJob) -> Path:
    jobs.run(job.pk)
    job.refresh_from_db()
    return Path(settings.MEDIA_ROOT) / str(job.rejected_file.name)


@pytest.mark.parametrize("size", [1, 1000])
def test_mended_lines_join_their_order_and_replace_none_of_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", size)
    text = "Commande;Client;Date;Produit;Montant\n" + "".join(
        f"N1;A;1/2/2024;{product};{amount}\n"
        for product, amount in (("Crème", 20), ("Savon", "cinq"), ("Huile", 8))
    )
    mended = rejected_file_of(job_for(csv_file(tmp_path, text), "orders"))
    told = mended.read_text("utf-8-sig").replace("cinq", "5")
    assert figures(import_text(tmp_path, told, "orders")) == (0, 1, 0, 0, 0)
    order = Order.objects.get()
    bought = order.lines.order_by("id").values_list("product__name", "amount")
    assert list(bought) == [("Crème", 20), ("Huile", 8), ("Savon", 5)]
    assert order.total == Decimal(33)


def test_a_mended_line_of_a_product_bought_twice_is_added_beside_the_other(
    tmp_path: Path,
) -> None:
    text = "Commande;Client;Date;Produit;Quantité;Montant\nN1;A;1/2/2024;Savon;1;5\n"
    mended = rejected_file_of(
        job_for(csv_file(tmp_path, f"{text}N1;A;1/2/2024;Savon;2;dix\n"), "orders")
    )
    told = mended.read_text("utf-8-sig").replace("dix", "10")
    assert figures(import_text(tmp_path, told, "orders")) == (0, 1, 0, 0, 0)
    bought = OrderLine.objects.order_by("id").values_list("quantity", "amount")
    assert list(bought) == [(1, 5), (2, 10)]
    assert Order.objects.get().total == Decimal(15)
    assert figures(import_text(tmp_path, told, "orders")) == (0, 0, 1, 0, 0)
    assert OrderLine.objects.count() == 2


def test_the_price_of_one_and_the_quantity_make_the_amount(tmp_path: Path) -> None:
    text = "Commande;Client;Date;Produit;Quantité;Prix unitaire\nN1;A;1/2/2024;Savon;3;4,50\n"
    assert figures(import_text(tmp_path, text, "orders"))[0] == 1
    assert OrderLine.objects.get().amount == Decimal("13.50")
    assert Order.objects.get().total == Decimal("13.50")


@pytest.mark.parametrize("who", ["J. DOE", "anne@b,fr"])
def test_an_order_makes_nobody_of_a_name_or_a_wrong_address(tmp_path: Path, who: str) -> None:
    text = f"Client;Date;Montant\n{who};1/2/2024;5\n"
    mapping = {"columns": {"Client": "customer", "Date": "placed_at", "Montant": "amount"}}
    assert figures(import_text(tmp_path, text, "orders", mapping))[3] == 1
    assert not Customer.objects.exists()


def test_the_same_file_in_another_order_or_under_new_names_changes_no_amount(
    tmp_path: Path,
) -> None:
    head = "Commande;Client;Date;Produit;Quantité;Montant\n"
    lines = [f"N1;A;1/2/2024;P{n % 3};1;{n}\n" for n in (1, 2, 3, 4)]
    import_text(tmp_path, head + "".join(lines), "orders")
    turned = [lines[1], lines[2], lines[0], lines[3]]
    assert figures(import_text(tmp_path, head + "".join(turned), "orders"))[2] == 1
    renamed = "".join(lines).replace("P2", "Savon")
    assert figures(import_text(tmp_path, head + renamed, "orders"))[1] == 1
    assert Order.objects.get().total == Decimal(10)
    bought = OrderLine.objects.order_by("id").values_list("product__name", flat=True)
    assert list(bought) == ["P1", "Savon", "P0", "P1"]


def test_a_file_that_names_no_product_leaves_those_known(tmp_path: Path) -> None:
    import_text(tmp_path, "Commande;Client;Date;Produit;Montant\nN1;A;1/2/2024;X;20\n", "orders")
    text = "Commande;Client;Date;Montant\nN1;A;1/2/2024;25\n"
    assert figures(import_text(tmp_path, text, "orders"))[1] == 1
    line = OrderLine.objects.get()
    assert (str(line.product), line.amount, line.order.total) == ("X", 25, 25)


@pytest.mark.parametrize("size", [1, 1000])
def test_a_column_of_totals_left_empty_lets_the_lines_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("customers.spreadsheets.engine.BATCH", size)
    head = "Commande;Client;Date;Produit;Montant;Total\n"
    lines = ["N1;A;1/2/2024;X;20;\n", "N1;A;1/2/2024;Y;5;\n", "N2;A;1/2/2024;Remise;-10;\n"]
    lines += ["N2;A;1/2/2024;X;30;\n", "N3;A;1/2/2024;X;20;\n", "N3;A;1/2/2024;Y;5;22,50\n"]
    path = csv_file(tmp_path, head + "".join(lines))
    assert figures(check_file(path, "orders")) == figures(import_file(path, "orders"))
    totals = dict(Order.objects.values_list("number", "total"))
    assert totals == {"N1": 25, "N2": 20, "N3": Decimal("22.50")}
    assert figures(import_file(path, "orders")) == (0, 0, 3, 0, 0)
    more = head + "N1;A;1/2/2024;Z;8;\nN3;A;1/2/2024;Z;8;\n"
    assert figures(import_text(tmp_path, more, "orders")) == (0, 2, 0, 0, 0)
    totals = dict(Order.objects.values_list("number", "total"))
    assert (totals["N1"], totals["N3"]) == (33, Decimal("22.50"))


def test_amounts_too_large_together_are_refused_by_their_line(tmp_path: Path) -> None:
    text = "N° commande;Client;Date;Article;Quantité;Prix unitaire\n"
    text += "B1;A;01/02/2024;Coffre;1;9999999999,00\nB1;A;01/02/2024;Clé;1;1,00\n"
    text += "B2;A;01/02/2024;Coffre;9000000;9999999999,00\n"
    report = import_text(tmp_path, text, "orders")
    assert [error["row"] for error in report.errors] == [3, 4]
    assert {error["code"] for error in report.errors} == {"number_too_large"}
    assert [order.total for order in Order.objects.all()] == [Decimal("9999999999.00")]
