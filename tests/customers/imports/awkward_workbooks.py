"""The workbooks of tests/data/imports, as Excel, LibreOffice and others write them.

The .xls need xlwt, which the project does not; where it is not installed they stay as they are.
"""

from __future__ import annotations

import datetime as dt
import importlib
import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

try:
    xlwt: Any = importlib.import_module("xlwt")
except ImportError:
    xlwt = None

_STAMP: Final = (2026, 1, 1, 0, 0, 0)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _saved(book: Workbook) -> bytes:
    """The bytes of a workbook, the same each time."""
    book.properties.created = book.properties.modified = dt.datetime(2026, 1, 1)  # noqa: DTZ001
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()})


def _merged_header() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(["Identité", "", "", "Coordonnées", "", "Adresse", ""])
    sheet.append(["N° client", "Nom", "Prénom", "E-mail", "Mobile", "CP", "Ville"])
    sheet.append([1, "Aubry", "Lou", "lou@exemple.fr", "06 10 20 30 40", 33000, "Bordeaux"])
    sheet.append([2, "Brun", "Sam", "sam@exemple", "06 10 20 30 41", 1000, "Bourg"])
    for cells in ("A1:C1", "D1:E1", "F1:G1"):
        sheet.merge_cells(cells)
    return _saved(book)


def _two_lines_header() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(["Code", "E-mail", "Livraison", "", "Facturation", ""])
    sheet.append(["", "", "CP", "Ville", "CP", "Ville"])
    sheet.append(["A1", "a1@exemple.fr", "75011", "Paris", "69003", "Lyon"])
    for cells in ("A1:A2", "B1:B2", "C1:D1", "E1:F1"):
        sheet.merge_cells(cells)
    return _saved(book)


def _title_lines() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet["C2"] = "Fichier clients – boutique de Nantes"
    sheet["C3"] = "Exporté le"
    sheet["D3"] = dt.date(2026, 1, 31)
    rows: list[list[Any]] = [
        ["Nom", "Prénom", "E-mail", "Né le", "Ville"],
        ["Caron", "Nina", "nina@exemple.fr", dt.date(1992, 5, 17), "Nantes"],
        ["Denis", "Ugo", "ugo@exemple.fr", "17/05/92", "Rezé"],
    ]
    for number, row in enumerate(rows, start=6):
        for column, value in enumerate(row, start=3):
            sheet.cell(number, column, value)
    return _saved(book)


def _hidden_sheets() -> bytes:
    book = Workbook()
    book.active.title = "Lisez-moi"
    book.active.append(["Ce classeur est mis à jour chaque lundi."])
    hidden = book.create_sheet("Calculs")
    hidden.sheet_state = "hidden"
    hidden.append(["Code", "E-mail"])
    hidden.append([9, "cache@exemple.fr"])
    book.create_sheet("Vide")
    shown = book.create_sheet("Clients 2026")
    shown.append(["Code", "E-mail", "Newsletter"])
    shown.append([1, "visible@exemple.fr", True])
    shown.append([2, "aussi@exemple.fr", False])
    return _saved(book)


def _serials() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(["Commande", "Client", "Date de commande", "Montant TTC"])
    sheet.append([5001, 17, 46093, 45.9])
    sheet.append([5002, 17, dt.datetime(2026, 3, 12, 14, 5), 1234.56])  # noqa: DTZ001
    sheet.append([5003, 18, 46093.5, "1 234,56 €"])
    sheet.append([5004, 18, "12/03/2026", "abc"])
    return _saved(book)


def _calendar_1904() -> bytes:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["N° client", "E-mail", "Date de naissance"])
    book.active.append([1, "mac@exemple.fr", dt.date(1975, 8, 9)])
    return _saved(book)


def _numbers_as_text() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(["N° client", "Téléphone", "Code postal", "Enfants", "E-mail"])
    sheet.append(["0012", 612345678.0, 1000, "2", "p@exemple.fr"])
    sheet.append([13.0, "'0612345679", "01000", 2.0, "q@exemple.fr"])
    sheet.append(["14", 33612345670, 97400.0, "deux", "r@exemple.fr"])
    return _saved(book)


_SHEET: Final = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
_RELS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _bare_workbook(rows: str) -> bytes:
    """A workbook of one sheet as small exporters write it."""
    package = "http://schemas.openxmlformats.org/package/2006"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
            'relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{_TYPES}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml"'
            f' ContentType="{_TYPES}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
            f'2006/main" xmlns:r="{_RELS}"><sheets><sheet name="Export" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{_RELS}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
            "xl/worksheets/sheet1.xml": f"{_SHEET}<sheetData>{rows}</sheetData></worksheet>",
        }
    )


def _text(value: str) -> str:
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def _formulas() -> bytes:
    """Values that are computed, one of them to an error."""
    return _bare_workbook(
        '<row r="1"><c r="A1" t="str"><f>"N° "&amp;"client"</f><v>N° client</v></c>'
        '<c r="B1" t="inlineStr"><is><t>E-mail</t></is></c>'
        '<c r="C1" t="inlineStr"><is><t>Ville</t></is></c></row>'
        '<row r="2"><c r="A2"><f>10+1</f><v>11</v></c><c r="B2" t="str"><f>LOWER("A@EXEMPLE.FR")'
        '</f><v>a@exemple.fr</v></c><c r="C2" t="e"><f>NA()</f><v>#N/A</v></c></row>'
        '<row r="3"><c r="A3"><f>A2+1</f><v>12</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="C3" t="str"><f>"Lille"</f><v>Lille</v></c></row>'
    )


def _without_references() -> bytes:
    lines = [("Réf. client", "Courriel"), ("W1", "w1@exemple.fr"), ("W2", "w2@@exemple.fr")]
    return _bare_workbook("".join(f"<row>{''.join(map(_text, line))}</row>" for line in lines))


_ODS_NAMES: Final = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style")
)


def _ods_cell(value: Any) -> str:
    if isinstance(value, float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if isinstance(value, dt.date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
    if not value:
        return "<table:table-cell/>"
    text = f"<text:p>{value}</text:p>"
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def _ods() -> bytes:
    lines: list[list[Any]] = [
        ["N° client", "Nom", "E-mail", "Téléphone", "Né(e) le", "Enfants"],
        [21.0, "Éliott", "eliott@exemple.fr", 612345699.0, dt.date(1988, 2, 29), 1.0],
        [22.0, "Fanny", "fanny@exemple.fr", "07 11 22 33 44", "29/02/1987", ""],
    ]
    rows = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, line))}"
        '<table:table-cell table:number-columns-repeated="16378"/></table:table-row>'
        for line in lines
    )
    empty = (
        '<table:table-row table:number-rows-repeated="1048573">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {_ODS_NAMES}><office:body>'
        '<office:spreadsheet><table:table table:name="Feuille1"/>'
        f'<table:table table:name="Adhérents">{rows}{empty}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped(
        {
            "mimetype": kind,
            "content.xml": content,
            "META-INF/manifest.xml": manifest,
        }
    )


def _xls(*, calendar_1904: bool) -> bytes:
    book = xlwt.Workbook()
    book.dates_1904 = calendar_1904
    sheet = book.add_sheet("Clients")
    hidden = book.add_sheet("Paramètres")
    hidden.visibility = 1
    hidden.write(0, 0, "TVA")
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for column, name in enumerate(["N° client", "Nom", "E-mail", "Portable", "Naissance", "CP"]):
        sheet.write(0, column, name)
    sheet.write(1, 0, 31)
    sheet.write(1, 1, "Hervé")
    sheet.write(1, 2, "herve@exemple.fr")
    sheet.write(1, 3, 612345601)
    sheet.write(1, 4, dt.date(1966, 6, 6), day)
    sheet.write(1, 5, 6000)
    sheet.write(2, 0, 32)
    sheet.write(2, 2, "isa@exemple.fr")
    sheet.write(2, 3, "06 12 34 56")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _protected() -> bytes:
    """An OLE file as Excel makes of a workbook with a password: its stream renamed as such."""
    name, other = "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    book = bytearray(_xls(calendar_1904=False))
    at = book.index(name + b"\0\0")
    book[at : at + len(other)] = other
    struct.pack_into("<H", book, at + 64, len(other) + 2)
    return bytes(book)


def _bomb() -> bytes:
    row = '<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>'
    return _bare_workbook(f'<row r="1"><c r="A1"><v>1</v></c></row>{row}')


WORKBOOKS: Final[dict[str, Callable[[], bytes]]] = {
    "customers_excel_merged_header.xlsx": _merged_header,
    "customers_excel_two_line_header.xlsx": _two_lines_header,
    "customers_excel_title_lines.xlsx": _title_lines,
    "customers_excel_hidden_sheets.xlsx": _hidden_sheets,
    "customers_excel_mac_1904.xlsx": _calendar_1904,
    "customers_excel_numbers_as_text.xlsx": _numbers_as_text,
    "customers_excel_formulas.xlsx": _formulas,
    "customers_exporter_without_references.xlsx": _without_references,
    "orders_excel_serials.xlsx": _serials,
    "customers_libreoffice.ods": _ods,
    "refused_cell_bomb.xlsx": _bomb,
    "refused_apple_numbers.numbers": lambda: zipped({"Index/Document.iwa": b"\0\1\2"}),
    "refused_letter.docx": lambda: zipped({"word/document.xml": "<w:document/>"}),
}
if xlwt is not None:
    WORKBOOKS["customers_excel_97.xls"] = lambda: _xls(calendar_1904=False)
    WORKBOOKS["customers_excel_97_mac_1904.xls"] = lambda: _xls(calendar_1904=True)
    WORKBOOKS["refused_password.xlsx"] = _protected
