"""Files as they come: encodings, delimiters, workbooks, and what is refused before any change."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from customers.spreadsheets import measuring, text_files
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.guessing import guess_mapping
from customers.spreadsheets.reading import open_spreadsheet
from customers.spreadsheets.text_files import BrokenRow
from tests.customers.imports.making import CDNOW, csv_file, workbook

TEXT = "Nom;Ville;Montant\nLefèvre;Orléans;12,50\nNuñez;Sète;7\n"


def code_of(path: Path) -> str:
    with pytest.raises(SpreadsheetError) as error:
        open_spreadsheet(path).count()
    return error.value.issues[0].code


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_usual_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    file = open_spreadsheet(csv_file(tmp_path, TEXT * 40, encoding=encoding))
    assert file.header == ["Nom", "Ville", "Montant"]
    assert next(file.rows())[1] == ["Lefèvre", "Orléans", "12,50"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_usual_delimiters_are_told_apart(tmp_path: Path, delimiter: str) -> None:
    text = 'Nom;Ville;Note\n"Lefèvre";"Orléans";"a, b"\nNuñez;Sète;c\n'.replace(";", delimiter)
    file = open_spreadsheet(csv_file(tmp_path, text))
    assert file.delimiter == delimiter
    assert next(file.rows())[1] == ["Lefèvre", "Orléans", "a, b"]


def test_amounts_with_commas_do_not_make_commas_the_delimiter(tmp_path: Path) -> None:
    file = open_spreadsheet(csv_file(tmp_path, "A;B\n" + "1,5;2,5\n" * 20))
    assert file.delimiter == ";"


def test_a_first_line_that_names_the_delimiter_is_not_the_header(tmp_path: Path) -> None:
    file = open_spreadsheet(csv_file(tmp_path, "sep=;\nNom;Ville\nA;B\n"))
    assert (file.header, list(file.rows())) == (["Nom", "Ville"], [(3, ["A", "B"])])


def test_line_breaks_and_quotes_inside_cells_stay_inside(tmp_path: Path) -> None:
    file = open_spreadsheet(csv_file(tmp_path, 'A;B\n"un\ndeux";"il dit ""oui"""\nx;y\n'))
    assert list(file.rows()) == [(2, ["un\ndeux", 'il dit "oui"']), (3, ["x", "y"])]


def test_empty_lines_count_in_line_numbers_only(tmp_path: Path) -> None:
    file = open_spreadsheet(csv_file(tmp_path, "\nA;B\n\n1;2\n;\n3;4\n"))
    assert [number for number, _cells in file.rows()] == [4, 6]
    assert file.count() == 2


def test_columns_of_the_same_name_or_of_none_are_told_apart(tmp_path: Path) -> None:
    file = open_spreadsheet(csv_file(tmp_path, "Date;Date;;X;;\n1;2;3;4;;\n"))
    assert len(file.header) == 4
    assert file.header[0:2] == ["Date", "Date (2)"]
    assert "3" in file.header[2]
    file = open_spreadsheet(csv_file(tmp_path, "Date;Date (2);Date;Date\n1;2;3;4\n", "more.csv"))
    assert file.header == ["Date", "Date (2)", "Date (3)", "Date (4)"]


def test_a_workbook_gives_true_dates_numbers_and_sheets(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    ordered = dt.datetime(2024, 2, 1, 14, 30)  # noqa: DTZ001 - as a workbook holds it
    rows: list[list[Any]] = [["Date", "Tel", "Montant"], [ordered, 612345678, 12.5]]
    path.write_bytes(workbook(rows, ("Vide", "Ventes")))
    file = open_spreadsheet(path)
    assert (file.format, file.sheet, file.sheets) == ("xlsx", "Ventes", ["Vide", "Ventes"])
    assert list(file.rows()) == [(2, [ordered, 612345678, 12.5])]


def test_a_sheet_of_explanations_is_not_taken_for_the_table(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Export of 21/11/2026"])
    book.active.append(["Made by the till"])
    table = book.create_sheet("Clients")
    table.append(["Nom", "E-mail"])
    table.append(["Durand", "a@exemple.fr"])
    book.save(tmp_path / "w.xlsx")
    assert open_spreadsheet(tmp_path / "w.xlsx").sheet == "Clients"


def test_texts_with_commas_are_no_lines_in_quotation_marks(tmp_path: Path) -> None:
    told = open_spreadsheet(csv_file(tmp_path, 'Nom\n"Lefèvre, Zoé"\n"Petit, Ana"\n'))
    assert [cells for _number, cells in told.rows()] == [["Lefèvre, Zoé"], ["Petit, Ana"]]
    told = open_spreadsheet(csv_file(tmp_path, 'Nom;Mail\n"Petit;Ana";a@b.fr\n"Roy;b@b.fr"\n'))
    assert [cells for _number, cells in told.rows()] == [["Petit;Ana", "a@b.fr"], ["Roy", "b@b.fr"]]


def test_a_quoted_text_with_a_bare_line_break_is_no_line_in_quotation_marks(
    tmp_path: Path,
) -> None:
    text = 'Nom\nAna\n"Zoé;\nSète;1"\n'
    file = open_spreadsheet(csv_file(tmp_path, text), delimiter=";")
    assert [row for _number, row in file.rows()] == [["Ana"], ["Zoé;\nSète;1"]]


def test_a_table_of_one_column_is_still_found(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(workbook([["E-mail"], ["a@exemple.fr"]], ("Vide", "Liste")))
    assert open_spreadsheet(path).sheet == "Liste"


def test_a_sheet_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(workbook([["A"], [1]]))
    with pytest.raises(SpreadsheetError) as error:
        open_spreadsheet(path, sheet="Autre")
    assert error.value.issues[0].path == "options.sheet"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "pdf"),
        (b"", "empty_file"),
        (b"\n\n  \n", "empty_file"),
        (b"A;B\n", "header_only"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "damaged_workbook"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"<!DOCTYPE html><html><table>", "web_page"),
        (b"<table border=1><tr><td>Nom</td></tr></table>", "web_page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "xml_spreadsheet"),
        (b'[{"nom": "Durand"}]', "json"),
        (bytes(range(256)) * 20, "not_text"),
        (b"A;B\n1;\x812\n", "not_text"),
        (b"A;B\n1;2\x00\n", "not_text"),
        (b"PK\x03\x04 not a zip at all", "damaged_workbook"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_whatever_its_name(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "clients.xlsx"
    path.write_bytes(content)
    assert code_of(path) == code


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.csv") == "no_file"


def test_a_line_of_fifty_megabytes_is_refused_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"A;B\n1;" + b"x" * 50_000_000 + b"\n")
    assert code_of(path) == "line_too_long"


def problems_of(path: Path) -> list[tuple[int, str]]:
    """The rows that cannot be cut into cells: their numbers and codes."""
    rows = open_spreadsheet(path).rows()
    return [(number, cells.code) for number, cells in rows if isinstance(cells, BrokenRow)]


@pytest.mark.parametrize(
    "text",
    [
        'A;B\n1;"2\n' + "3;4\n" * 3_000,
        'A;B\n1;"2\n' + "3;4\n" * 3,
        'A;B\n1;"2\n3;"quatre"\n5;6\n',
        'A;B;C;D\n1;"2;3;4\n5;6;7;8\n5;6;"7";8\n',
        'A;B;C;D\n1;"2;3;4\n5;6;7;8\n5;6";7;8\n',
        '"A";"B"\n"1";"2\n"3";"4"\n"5";"6"\n',
    ],
)
def test_a_quotation_mark_that_is_never_closed_costs_only_its_line(
    tmp_path: Path, text: str
) -> None:
    path = csv_file(tmp_path, text)
    assert problems_of(path) == [(2, "unclosed_quote")]
    numbers = [number for number, _cells in open_spreadsheet(path).rows()]
    assert numbers == list(range(2, text.count("\n") + 1))


def test_quotation_marks_that_mean_nothing_are_kept(tmp_path: Path) -> None:
    text = 'A;B;C\n12";rue "du Bac";x\n"Le "Petit" Bar";y;z\n'
    path = csv_file(tmp_path, text)
    assert problems_of(path) == []
    assert next(open_spreadsheet(path).rows())[1] == ['12"', 'rue "du Bac"', "x"]


def test_a_file_of_broken_lines_is_refused_at_the_thousandth(tmp_path: Path) -> None:
    assert code_of(csv_file(tmp_path, "A;B\n" + 'x";"\n' * 3_000)) == "not_a_table"


def test_a_line_whose_letters_are_damaged_is_the_only_one_lost(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("Prénom;Ville\n".encode() + "Zoé;Sète\n".encode() * 30 + b"Andr\xe9;Lyon\n")
    assert open_spreadsheet(path).encoding == "utf-8"
    assert problems_of(path) == [(32, "damaged_letters")]


def test_a_line_too_long_is_told_with_its_number(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "A;B\n1;2\n1;" + "x" * 1_000_001 + "\n")
    with pytest.raises(SpreadsheetError) as error:
        open_spreadsheet(path).count()
    assert (error.value.issues[0].code, error.value.issues[0].row) == ("line_too_long", 3)
    assert "3" in error.value.text


TOWNS = "Prénom;Ville;Où\n" + "Zoé;Orléans;à côté, là-bas\n" * 5


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "cp850"])
def test_old_encodings_of_western_europe_are_told_apart(tmp_path: Path, encoding: str) -> None:
    file = open_spreadsheet(csv_file(tmp_path, TOWNS, encoding=encoding))
    assert (file.encoding, file.header) == (encoding, ["Prénom", "Ville", "Où"])


def test_a_hidden_sheet_is_not_chosen(tmp_path: Path) -> None:
    book = Workbook()
    book.active.sheet_state = "hidden"
    for sheet in (book.active, book.create_sheet("Clients")):
        sheet.append(["Nom", "E-mail"])
        sheet.append(["Durand", "a@exemple.fr"])
    book.save(tmp_path / "w.xlsx")
    file = open_spreadsheet(tmp_path / "w.xlsx")
    assert (file.sheet, file.hidden) == ("Clients", {"Sheet"})
    assert open_spreadsheet(tmp_path / "w.xlsx", sheet="Sheet").count() == 1


def test_a_text_repeated_in_too_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MAX_TEXT", 100_000)
    rows = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 99)
    )
    path = tmp_path / "w.xlsx"
    shared = b"<sst><si><t>" + b"x" * 5_000 + b"</t></si></sst>"
    sheet = b"<sheetData>" + rows + b"</sheetData>"
    parts = {"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": shared}
    path.write_bytes(_zip(parts | {"xl/worksheets/sheet1.xml": sheet}))
    assert code_of(path) == "too_large"


def test_bytes_that_stop_being_text_far_into_the_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes("A;é\n".encode() + b"1;2\n" * 400_000 + b"\x00\x01\x02\n")
    assert code_of(path) == "not_text"


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customers.spreadsheets.reading.MAX_BYTES", 10)
    assert code_of(csv_file(tmp_path, TEXT)) == "too_large"


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    wide = ";".join("x" * 1 for _n in range(text_files.MAX_COLUMNS + 1))
    assert code_of(csv_file(tmp_path, f"{wide}\n{wide}\n")) == "too_many_columns"


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MAX_UNPACKED", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(_zip({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": b"0" * 2_000_000}))
    assert path.stat().st_size < 5_000
    assert code_of(path) == "too_large"


def test_a_workbook_whose_cells_span_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    sheet = b'<sheetData><row r="1"><c r="A1"/><c r="XFD1048576"/></row></sheetData>'
    path.write_bytes(_zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": sheet}))
    assert code_of(path) == "too_large"


def test_another_kind_of_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.xlsx"
    path.write_bytes(_zip({"word/document.xml": b"<x/>"}))
    assert code_of(path) == "not_a_workbook"


@pytest.mark.django_db
def test_the_columns_of_the_real_file_are_guessed() -> None:
    mapping = guess_mapping(open_spreadsheet(CDNOW), "orders")
    assert mapping.columns == {
        "Client": "customer",
        "Date": "placed_at",
        "Quantité": "quantity",
        "Montant": "amount",
    }
    assert (mapping.date_format, mapping.decimal, mapping.delimiter) == ("DMY", ",", ";")


@pytest.mark.django_db
def test_usual_french_headers_are_guessed_and_addresses_by_their_look(tmp_path: Path) -> None:
    header = (
        "N° Client;NOM;Prénom;Contact;Tél. portable;Civilité;Né(e) le;C.P.;Ville;Étiquettes;Divers"
    )
    line = "1;Morel;Anne;anne@b.fr;06 12 34 56 78;Mme;12/31/1980;75011;Paris;vip;x\n"
    mapping = guess_mapping(
        open_spreadsheet(csv_file(tmp_path, f"{header}\n{line * 3}")), "customers"
    )
    assert list(mapping.columns.values()) == [
        "external_id", "last_name", "first_name", "email", "phone", "gender", "birth_date",
        "postal_code", "city", "tags", "",
    ]  # fmt: skip
    assert mapping.date_format == "MDY"


@pytest.mark.django_db
def test_a_guess_never_maps_two_columns_to_one_field(tmp_path: Path) -> None:
    text = "E-mail;Email;Mail;Téléphone;Mobile\na@b.fr;c@d.fr;e@f.fr;0612345678;0612345679\n"
    columns = guess_mapping(open_spreadsheet(csv_file(tmp_path, text)), "customers").columns
    used = [key for key in columns.values() if key]
    assert len(used) == len(set(used)) == 2
