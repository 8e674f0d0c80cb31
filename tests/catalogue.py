"""The French catalogue beside the sources it translates: `make messages` brings it up to date.

Invariant: entries are sorted, without locations, dates or obsolete entries, so that the same
sources always give the same file, and the compiled catalogue is a function of the written one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
COMPILED = WRITTEN.with_suffix(".mo")
SOURCES = ["accounts", "campaigns", "config", "customers", "demo", "segmentation"]
METADATA = {
    "Project-Id-Version": "Tamis",
    "Language": "fr",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n > 1);",
}
XGETTEXT = [
    "xgettext", "--from-code=UTF-8", "--language=Python", "--no-location", "--no-wrap",
    "--sort-output", "--add-comments=Translators", "--files-from=-", "--output=-",
    "--keyword=gettext_noop", "--keyword=gettext_lazy", "--keyword=ngettext_lazy:1,2",
    "--keyword=pgettext:1c,2", "--keyword=npgettext:1c,2,3", "--keyword=pgettext_lazy:1c,2",
    "--keyword=npgettext_lazy:1c,2,3",
]  # fmt: skip

Key = tuple[str, str]


def key(entry: polib.POEntry) -> Key:
    """What tells an entry from any other: its text and its context."""
    return entry.msgid, entry.msgctxt or ""


def extract() -> polib.POFile:
    """Every translatable string of the applications and templates; needs GNU gettext."""
    with TemporaryDirectory() as folder:
        names = []
        for number, path in enumerate(_sources()):
            # Templates become Python-like text that xgettext can read.
            text = path.read_text(encoding="utf-8")
            if path.suffix != ".py":
                text = templatize(text, origin=str(path))
            copy = Path(folder) / f"{number}.py"
            copy.write_text(text, encoding="utf-8")
            names.append(str(copy))
        found = subprocess.run(
            XGETTEXT, input="\n".join(names), capture_output=True, text=True, check=True
        )
    return polib.pofile(found.stdout)


def _sources() -> list[Path]:
    code = [path for app in SOURCES for path in (ROOT / app).rglob("*.py")]
    pages = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    return sorted(path for path in code + pages if "migrations" not in path.parts)


def read() -> polib.POFile:
    """The written catalogue as it is on disk."""
    return polib.pofile(str(WRITTEN), wrapwidth=0)


def update() -> tuple[int, int]:
    """Add what the sources say anew, drop what they no longer say: (untranslated, dropped)."""
    known = {key(entry): entry for entry in read()} if WRITTEN.exists() else {}
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = METADATA
    for entry in sorted(extract(), key=key):
        old = known.pop(key(entry), None)
        if old is not None and bool(old.msgid_plural) == bool(entry.msgid_plural):
            entry.msgstr, entry.msgstr_plural = old.msgstr, dict(old.msgstr_plural)
        catalogue.append(entry)
    catalogue.save(str(WRITTEN))
    compile_catalogue()
    return len(catalogue.untranslated_entries()), len(known)


def compile_catalogue() -> None:
    """Write what Django reads."""
    COMPILED.write_bytes(read().to_binary())


if __name__ == "__main__":
    missing, dropped = update()
    sys.stdout.write(f"{missing} untranslated, {dropped} dropped: {WRITTEN.relative_to(ROOT)}\n")
