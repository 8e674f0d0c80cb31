"""Rows as an Excel workbook, written as they are read: nothing is kept, nothing is spooled.

A workbook is a zip of XML parts. Sheets come first, a row at a time; the parts that name them
last, once it is known how many there are (a sheet ends at Excel's 1,048,576 rows). Texts are cells
of type text, numbers, dates and instants are typed, so that a spreadsheet computes and sorts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any, Final
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone
from django.utils.translation import gettext

from customers.formulas import inert

SHEET_ROWS: Final = 1_048_576
_ROWS_A_CHUNK: Final = 200
_LONGEST: Final = 32_767
_EPOCH: Final = dt.date(1899, 12, 30).toordinal()
# Characters that XML, hence a worksheet, cannot hold.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEADER, _DATE, _INSTANT = 1, 2, 3

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm:ss"/></numFmts>'
    "<fonts><font/><font><b/></font></fonts><fills><fill><patternFill/></fill><fill>"
    '<patternFill patternType="gray125"/></fill></fills><borders><border/></borders>'
    '<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="0" fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class _Outlet:
    """Where the zip is written to: what came since is taken out after each step."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def chunks(headers: list[str], rows: Iterable[list[Any]], title: str) -> Iterator[bytes]:
    """The bytes of the workbook, some rows at a time."""
    outlet = _Outlet()
    waiting = iter(rows)
    sheets = 0
    with ZipFile(outlet, "w", ZIP_DEFLATED, compresslevel=1) as book:  # type: ignore[call-overload]
        while sheets == 0 or (head := list(islice(waiting, 1))):
            sheets += 1
            more = waiting if sheets == 1 else chain(head, waiting)
            with book.open(_part(f"xl/worksheets/sheet{sheets}.xml"), "w") as sheet:
                for _ in _sheet(sheet, headers, islice(more, SHEET_ROWS - 1)):
                    yield outlet.taken()
        for name, text in _parts(sheets, title):
            book.writestr(_part(name), text)
    yield outlet.taken()


def _sheet(sheet: IO[bytes], headers: list[str], rows: Iterable[list[Any]]) -> Iterator[None]:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    sheet.write(
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}'
        '</sheetView></sheetViews><sheetFormatPr defaultColWidth="18" defaultRowHeight="15"/>'
        "<sheetData>".encode()
    )
    head = "".join(_text(header, f' s="{_HEADER}"') for header in headers)
    lines = [f"<row>{head}</row>"]
    for row in rows:
        lines.append(f"<row>{''.join([_cell(value) for value in row])}</row>")
        if len(lines) >= _ROWS_A_CHUNK:
            sheet.write("".join(lines).encode())
            lines = []
            yield
    sheet.write(("".join(lines) + "</sheetData></worksheet>").encode())
    yield


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _text(value) if value else "<c/>"
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return _text(gettext("Yes") if value else gettext("No"))
    if isinstance(value, int | float | Decimal):
        return (
            f"<c><v>{value:f}</v></c>" if not isinstance(value, int) else f"<c><v>{value}</v></c>"
        )
    if isinstance(value, dt.datetime):
        local = timezone.localtime(value)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        days = local.date().toordinal() - _EPOCH
        return f'<c s="{_INSTANT}"><v>{days + seconds / 86_400:.9f}</v></c>'
    if isinstance(value, dt.date):
        # Excel counts no day before 1900.
        days = value.toordinal() - _EPOCH
        return f'<c s="{_DATE}"><v>{days}</v></c>' if days > 60 else _text(value.isoformat())
    return _text(str(value))


def _text(text: str, style: str = "") -> str:
    clean = escape(_CONTROL.sub("", inert(text))[:_LONGEST])
    # What begins or ends with a space would lose it.
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{clean}</t></is></c>'


def _part(name: str) -> ZipInfo:
    # A fixed date: the same rows make the same file.
    made = ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
    made.compress_type = ZIP_DEFLATED
    return made


def _parts(sheets: int, title: str) -> Iterator[tuple[str, str]]:
    numbers = range(1, sheets + 1)
    kept = re.sub(r"[\[\]:*?/\\']", " ", title)[:26]
    named = "".join(
        f'<sheet name={quoteattr(kept if n == 1 else f"{kept} {n}")} sheetId="{n}" r:id="rId{n}"/>'
        for n in numbers
    )
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    whole = f'<Relationships xmlns="{_PACKAGE}/relationships">%s</Relationships>'
    yield "xl/_rels/workbook.xml.rels", _XML + whole % (related + styles)
    yield "xl/styles.xml", _STYLES
    book = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    yield "_rels/.rels", _XML + whole % book
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f"{overrides}</Types>",
    )
