"""What a file is, by its first bytes, and what to do with those that are no spreadsheet."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.spreadsheets.errors import refuse

_IMAGE: Final = _("This file is an image. Choose a spreadsheet: .xlsx, .xls, .ods or CSV.")
_OTHERS: Final[tuple[tuple[bytes, str, str | Promise], ...]] = (
    (b"%PDF", "pdf", _("This file is a PDF, whatever its name. Export the table as .xlsx or CSV.")),
    (b"\x89PNG", "image", _IMAGE),
    (b"\xff\xd8\xff", "image", _IMAGE),
    (b"GIF8", "image", _IMAGE),
    (b"\x1f\x8b", "compressed", _("This file is compressed. Unpack it first.")),
    (b"7z\xbc\xaf\x27\x1c", "compressed", _("This file is compressed. Unpack it first.")),
    (b"Rar!", "compressed", _("This file is compressed. Unpack it first.")),
    (b"{\\rtf", "text_document", _(
        "This file is a text document. Copy its table into a spreadsheet and save that as .xlsx."
    )),
    (b"SQLite format 3", "database", _("This file is a database. Export its table as CSV.")),
    (b"\x00\x01\x00\x00Standard", "database", _(
        "This file is an Access database. In Access, export the table as .xlsx or CSV."
    )),
)  # fmt: skip
_WEB_PAGE: Final = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<style")


def refuse_what_is_no_spreadsheet(head: bytes) -> None:
    """Raise SpreadsheetError where the first bytes tell another kind of file."""
    for magic, code, message in _OTHERS:
        if head.startswith(magic):
            raise refuse(code, message)
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith(b"<?xml"):
        if b"excel.sheet" in text or b"office:spreadsheet" in text:
            message = _(
                "This file is in Excel's XML format of 2003. Open it in Excel, save it as .xlsx "
                "and retry."
            )
            raise refuse("xml_spreadsheet", message)
        if b"<html" not in text:
            raise refuse("xml", _("This file is XML. Export the table as .xlsx or CSV."))
        text = b"<html"
    if text.startswith(_WEB_PAGE):
        message = _(
            "This file is a web page, whatever its name: some programs call .xls what is not. Open "
            "it in your spreadsheet, save it as .xlsx and retry."
        )
        raise refuse("web_page", message)
    if text.startswith((b"{", b"[{")) and b'":' in text:
        raise refuse("json", _("This file is JSON. Export the table as .xlsx or CSV."))
