"""What columns become: exports of named programs, contents, files of a shape seen before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from customers.fieldtypes import Cell, Reading
from customers.models import CustomAttribute, ImportJob
from customers.spreadsheets import remembered
from customers.spreadsheets.guessing import guess_mapping
from customers.spreadsheets.names import clean_full_name
from customers.spreadsheets.programs import PROGRAMS, recognise
from customers.spreadsheets.proposals import looks_sensitive, type_of
from customers.spreadsheets.reading import Spreadsheet, open_spreadsheet

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


def opened(folder: Path, *lines: str) -> Spreadsheet:
    path = folder / "f.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return open_spreadsheet(path)


def guessed(folder: Path, kind: str, *lines: str) -> dict[str, str]:
    """The columns that are not left out, in the form header → field."""
    columns = guess_mapping(opened(folder, *lines), kind).columns
    return {header: key for header, key in columns.items() if key}


CASES: list[tuple[str, str, str, str, dict[str, str]]] = [
    (
        "Shopify", "customers",
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Default Address Address1,Default Address Address2,Default Address City,"
        "Default Address Province Code,Default Address Country Code,Default Address Zip,"
        "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,"
        "Tax Exempt,Tags",
        "7012345678901,Anne,Morel,anne@b.fr,yes,,1 rue Haute,,Paris,,FR,'75001,,+33612345678,no,"
        '59.90,2,,no,"VIP, bio"',
        {
            "Customer ID": "external_id", "First Name": "first_name", "Last Name": "last_name",
            "Email": "email", "Accepts Email Marketing": "email_consent",
            "Default Address Address1": "address", "Default Address City": "city",
            "Default Address Country Code": "country", "Default Address Zip": "postal_code",
            "Phone": "phone", "Accepts SMS Marketing": "sms_consent", "Tags": "tags",
        },
    ),
    (
        "Shopify", "orders",
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,"
        "Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem sku,Vendor,Source",
        "#1001,anne@b.fr,paid,2024-03-01 12:00:00 +0100,fulfilled,EUR,30.00,5.00,0.00,35.00,MARS,"
        "2.00,2024-03-01 12:00:00 +0100,2,Théière,15.00,T1,Tamis,web",
        {
            "Name": "number", "Email": "customer", "Financial Status": "status",
            "Total": "total", "Discount Code": "promo_code", "Discount Amount": "discount",
            "Created at": "placed_at", "Lineitem quantity": "quantity",
            "Lineitem name": "product", "Lineitem price": "unit_price", "Vendor": "brand",
            "Source": "channel",
        },
    ),
    (
        "WooCommerce", "customers",
        "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,"
        "Region,Postal Code",
        "Anne Morel,anne,2024-03-01,2023-01-01,anne@b.fr,2,59.90,29.95,FR,Paris,,75001",
        {
            "Name": "full_name", "Sign Up": "signed_up_at", "Email": "email",
            "Country / Region": "country", "City": "city", "Postal Code": "postal_code",
        },
    ),
    (
        "WooCommerce", "orders",
        "Order Number,Order Status,Order Date,First Name (Billing),Email (Billing),"
        "Order Total Amount,Item Name,Quantity (- Refund),Item Cost,Coupon Code",
        "1001,wc-completed,2024-03-01 12:00,Anne,anne@b.fr,30.00,Théière,2,15.00,",
        {
            "Order Number": "number", "Order Status": "status", "Order Date": "placed_at",
            "Email (Billing)": "customer", "Order Total Amount": "total",
            "Item Name": "product", "Quantity (- Refund)": "quantity",
            "Item Cost": "unit_price", "Coupon Code": "promo_code",
        },
    ),
    (
        "PrestaShop", "customers",
        "ID;Titre de civilité;Prénom;Nom;Adresse e-mail;Ventes;Activé;Newsletter;"
        "Offres partenaires;Date d'inscription;Dernière visite",
        "12;Mme;Anne;Morel;anne@b.fr;59,90 €;1;1;0;2024-03-01 12:00:00;2024-03-02 12:00:00",
        {
            "ID": "external_id", "Titre de civilité": "gender", "Prénom": "first_name",
            "Nom": "last_name", "Adresse e-mail": "email", "Newsletter": "email_consent",
            "Date d'inscription": "signed_up_at",
        },
    ),
    (
        "PrestaShop", "orders",
        "id_order;reference;id_customer;date_add;total_paid_tax_incl;product_name;"
        "product_quantity;unit_price_tax_incl",
        "1;ABCDEF;12;2024-03-01 12:00:00;30.000000;Théière;2;15.000000",
        {
            "reference": "number", "id_customer": "customer", "date_add": "placed_at",
            "total_paid_tax_incl": "total", "product_name": "product",
            "product_quantity": "quantity", "unit_price_tax_incl": "unit_price",
        },
    ),
    (
        "Brevo", "customers",
        "CONTACT ID;EMAIL;NOM;PRENOM;SMS;EXT_ID;DOUBLE_OPT-IN;OPT_IN;ADDED_TIME;MODIFIED_TIME",
        "55;anne@b.fr;Morel;Anne;33612345678;C1;1;true;12-03-2024 09:10:11;12-03-2024 09:10:11",
        {
            "EMAIL": "email", "NOM": "last_name", "PRENOM": "first_name", "SMS": "phone",
            "EXT_ID": "external_id", "OPT_IN": "email_consent", "ADDED_TIME": "signed_up_at",
        },
    ),
    (
        "Mailchimp", "customers",
        "Email Address,First Name,Last Name,Address,Phone Number,Birthday,MEMBER_RATING,"
        "OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS",
        "anne@b.fr,Anne,Morel,1 rue Haute  Paris  75001  FR,,03/15,2,2024-03-01 12:00:00,,"
        '2024-03-01 12:00:00,1.2.3.4,FR,IDF,2024-03-01 12:00:00,1,a,,"""VIP"",""bio"""',
        {
            "Email Address": "email", "First Name": "first_name", "Last Name": "last_name",
            "Address": "address", "Phone Number": "phone", "OPTIN_TIME": "signed_up_at",
            "CC": "country", "TAGS": "tags",
        },
    ),
    (
        "Mailchimp", "suppressed",
        "Email Address,First Name,UNSUB_TIME,UNSUB_REASON,LEID,EUID",
        "anne@b.fr,Anne,2024-03-01 12:00:00,NORMAL,1,a",
        {"Email Address": "email"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "kind", "header", "line", "expected"),
    CASES,
    ids=[f"{case[0]}-{case[1]}" for case in CASES],
)
def test_exports_of_named_programs_need_no_matching(
    tmp_path: Path, program: str, kind: str, header: str, line: str, expected: dict[str, str]
) -> None:
    file = opened(tmp_path, header, line, line)
    found = recognise(file.header, kind)
    assert found is not None
    assert found.name == program
    assert guessed(tmp_path, kind, header, line, line) == expected


def test_the_headers_of_a_till_are_known(tmp_path: Path) -> None:
    assert guessed(
        tmp_path, "customers",
        "N° carte;Date naiss.;E-mail;Inscrit newsletter (O/N);Carte créée le",
        "000012;01/02/1980;anne@exemple.fr;O;03/04/2021",
    ) == {
        "N° carte": "external_id", "Date naiss.": "birth_date", "E-mail": "email",
        "Inscrit newsletter (O/N)": "email_consent", "Carte créée le": "signed_up_at",
    }  # fmt: skip


def test_every_program_maps_to_fields_there_are() -> None:
    from customers.spreadsheets.fields import fields_of

    for program in PROGRAMS:
        assert set(program.columns.values()) - {""} <= set(fields_of(program.kind))


def test_a_column_of_mere_names_says_not_who_ordered(tmp_path: Path) -> None:
    columns = guessed(
        tmp_path,
        "orders",
        "Client;Date;Montant",
        "J. DOE;12/03/2024;12,50",
        "A. MOREL;13/03/2024;8",
    )
    assert "Client" not in columns


@pytest.mark.parametrize("kind", ["tags", "members", "orders", "events"])
def test_people_are_found_by_the_look_of_their_addresses(tmp_path: Path, kind: str) -> None:
    columns = guessed(tmp_path, kind, "Truc;Machin", "bleu;anne@b.fr", "vert;luc@b.fr")
    assert columns == {"Machin": "customer"}


@pytest.mark.parametrize("header", ["Allergies", "État de santé", "Religion", "parti_politique"])
def test_names_of_sensitive_data_are_known(header: str) -> None:
    assert looks_sensitive(header)


@pytest.mark.parametrize("header", ["Terrasse", "Vin préféré", "Partie", "Médiathèque", "Pointure"])
def test_other_names_are_not_taken_for_sensitive(header: str) -> None:
    assert not looks_sensitive(header)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["oui", "non", "oui"], "boolean"),
        (["12", "7,5", "1 200"], "number"),
        ([12, 7.5, 9], "number"),
        (["0123", "0456", "0789"], "text"),
        (["02 98 78 30 18", 298991021, "02 98 12 18 38"], "text"),
        (["12/03/2024", "1 mars 2023", 45000], "date"),
        ([45000, 45001, 45002], "number"),
        (
            ["Ne plus envoyer de courrier !\nVu avec Nadège le 3/2", "Très bonne cliente"] * 6,
            "text",
        ),
        (["12/03/2024", "1 mars 2023"], "date"),
        (["Or", "Argent"] * 6, "choice"),
        (["Or", "Argent", "Bronze"], "text"),
        ([], "text"),
    ],
)
def test_cells_suggest_the_type_of_an_attribute(cells: list[Cell], expected: str) -> None:
    assert type_of(cells, Reading()) == expected


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("Anne Morel", "Anne", "Morel"),
        ("MOREL Anne", "Anne", "MOREL"),
        ("Jean Pierre DE LA TOUR", "Jean Pierre", "DE LA TOUR"),
        ("DE LA TOUR Jean Pierre", "Jean Pierre", "DE LA TOUR"),
        ("Morel, Anne", "Anne", "Morel"),
        ("Mme Anne de La Tour", "Anne", "de La Tour"),
        ("ANNE MOREL", "ANNE", "MOREL"),
        ("Morel", "", "Morel"),
        ("J. DOE", "J.", "DOE"),
        ("SARL Les Œillets", "", "SARL Les Œillets"),
        ("Garage Costa SAS", "", "Garage Costa SAS"),
        ("Sa Thi Nguyen", "Sa", "Thi Nguyen"),
    ],
)
def test_a_full_name_is_taken_apart(cell: str, first: str, last: str) -> None:
    told = clean_full_name(cell, Reading()) or {}
    assert (told.get("first_name", ""), told.get("last_name", "")) == (first, last)


def finished(file: Spreadsheet, mapping: dict[str, Any], kind: str = "customers") -> ImportJob:
    return ImportJob.objects.create(
        kind=kind,
        state=ImportJob.State.DONE,
        file_name="avant.csv",
        shape=remembered.shape_of(file.header),
        mapping=mapping,
        finished_at=timezone.now(),
    )


def test_a_file_of_the_same_shape_is_matched_as_before(tmp_path: Path) -> None:
    file = opened(tmp_path, "E-mail;Truc", "anne@b.fr;Lyon")
    job = finished(
        file,
        {
            "columns": {"E-mail": "email", "Truc": "city"},
            "options": {
                "date_format": "MDY",
                "on_existing": "fill",
                "consent": {"email": {"state": "given", "source": "till"}},
            },
        },
    )
    again = opened(tmp_path, "TRUC;E-Mail", "Paris;luc@b.fr")
    last = remembered.last_of_shape("customers", again.header)
    assert last == job
    mapping = remembered.as_before(last, again)
    assert mapping is not None
    assert mapping.columns == {"TRUC": "city", "E-Mail": "email"}
    assert (mapping.date_format, mapping.on_existing) == ("MDY", "fill")
    assert mapping.consent == {}
    assert remembered.last_of_shape("orders", again.header) is None


def test_what_is_remembered_forgets_a_deleted_attribute(tmp_path: Path) -> None:
    file = opened(tmp_path, "E-mail;Pointure", "anne@b.fr;38")
    attribute = CustomAttribute.objects.create(key="size", label="Pointure", type="number")
    job = finished(file, {"columns": {"E-mail": "email", "Pointure": "attr:size"}})
    mapping = remembered.as_before(job, file)
    assert mapping is not None
    assert mapping.columns["Pointure"] == "attr:size"
    attribute.delete()
    mapping = remembered.as_before(job, file)
    assert mapping is not None
    assert mapping.columns["Pointure"] == ""
