"""The file that bench/imports.py imports: 12 columns, as a French shop would export them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

HEADER = (
    "N° client;Nom;Prénom;E-mail;Portable;Civilité;Date de naissance;Adresse;CP;Ville;"
    "Inscrit le;Newsletter"
).split(";")
COLUMNS = dict(
    zip(
        HEADER,
        "external_id last_name first_name email phone gender birth_date address postal_code "
        "city signed_up_at email_consent".split(),
        strict=True,
    )
)
MAPPING = {
    "columns": COLUMNS,
    "options": {
        "date_format": "DMY",
        "consent": {
            "email": {
                "state": "given",
                "source": "site",
                "collected_at": "2024-01-02",
                "wording": "J’accepte",
                "proof": "export",
            }
        },
    },
}
CITIES = (
    ("75011", "Paris"), ("69003", "Lyon"), ("13001", "Marseille"), ("59000", "Lille"),
    ("01000", "Bourg-en-Bresse"), ("20200", "Bastia"), ("35000", "Rennes"),
)  # fmt: skip
NAMES = "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Lefèvre".split()
FIRST_NAMES = "Anaïs Hugo Lou Jean Marie Paul Léa Emma Louis Jules Zoé Camille Chloé".split()


def rows(lines: int, version: int) -> Iterator[list[str]]:
    """The same people each time; in version 2 the name, the phone and the city are others."""
    random = Random(7)
    for number in range(lines):
        postcode, city = CITIES[(random.randrange(7) + version) % 7]
        name = f"{NAMES[random.randrange(11)]}-{random.randrange(5000) + version}"
        phone = (random.randrange(10**8) + version) % 10**8
        yield [
            f"C{number:07d}",
            name,
            FIRST_NAMES[random.randrange(13)],
            f"client{number}@exemple{random.randrange(50)}.fr",
            f"06{phone % 89_000_000:08d}",
            ("M.", "Mme")[random.randrange(2)],
            f"{random.randrange(1, 29):02d}/{random.randrange(1, 13):02d}/"
            f"{random.randrange(1940, 2005)}",
            f"{random.randrange(1, 200)} rue de la République",
            postcode,
            city,
            f"{random.randrange(1, 29):02d}/{random.randrange(1, 13):02d}/2023",
            ("oui", "oui", "non", "")[random.randrange(4)],
        ]


def write_csv(path: Path, lines: int, version: int = 0) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(";".join(HEADER) + "\r\n")
        for row in rows(lines, version):
            file.write(";".join(row) + "\r\n")


def write_workbook(path: Path, lines: int) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Clients")
    sheet.append(HEADER)
    for row in rows(lines, 0):
        sheet.append(row)
    book.save(path)
