"""Which line of a file names its columns, found or told."""

from __future__ import annotations

from pathlib import Path

import pytest

from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.reading import open_spreadsheet
from tests.customers.imports.making import csv_file


@pytest.mark.parametrize(
    ("text", "line", "header"),
    [
        ("Export du 12/03/2026\n\nNom;E-mail\nDurand;a@b.fr\n", 3, ["Nom", "E-mail"]),
        ("Magasin;Lyon\nNom;E-mail;Tel\nDurand;a@b.fr;06\n", 2, ["Nom", "E-mail", "Tel"]),
        ("Pointure;Couleur\n38;rouge\n", 1, ["Pointure", "Couleur"]),
        ("Rayon;2023;2024\nJouets;12,5;13\n", 1, ["Rayon", "2023", "2024"]),
        ("Durand;a@b.fr;75011\nMorel;c@d.fr;69001\n", 0, None),
        (";;Adresse;;\nNom;E-mail;Rue;CP;Ville\nD;a@b.fr;x;75011;Paris\n", 2,
         ["Nom", "E-mail", "Rue", "CP", "Ville"]),
        ("Nom;E-mail;Adresse;;\n;;Rue;CP;Ville\nD;a@b.fr;x;75011;Paris\n", 2,
         ["Nom", "E-mail", "Rue", "CP", "Ville"]),
        (";Facturation;;Livraison;\nNom;CP;Ville;CP;Ville\nD;75011;Paris;69001;Lyon\n", 2,
         ["Nom", "Facturation CP", "Facturation Ville", "Livraison CP", "Livraison Ville"]),
    ],
)  # fmt: skip
def test_the_line_that_names_the_columns_is_found(
    tmp_path: Path, text: str, line: int, header: list[str] | None
) -> None:
    file = open_spreadsheet(csv_file(tmp_path, text))
    assert file.header_line == line
    if header:
        assert file.header == header
    assert next(file.rows())[0] == line + 1


def test_the_line_that_names_the_columns_can_be_told(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "Nom;E-mail\nSurname;Mail\nDurand;a@b.fr\n")
    file = open_spreadsheet(path, header_line=2)
    assert (file.header, file.count()) == (["Surname", "Mail"], 1)
    file = open_spreadsheet(path, header_line=0)
    assert (len(file.header), file.count()) == (2, 3)
    with pytest.raises(SpreadsheetError) as error:
        open_spreadsheet(path, header_line=9)
    assert error.value.issues[0].path == "options.header_line"
