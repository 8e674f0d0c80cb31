"""The signed stamp each shown form carries: which form, which version, from which page, when.

Forms are shown inside other sites, where browsers keep our cookies out, so the usual token in a
cookie cannot protect them. It does not have to: such a token stops other sites from using the
authority of someone signed in, and these pages read no cookie and give no one any. What is left
to prove is that the words were really shown, and lately: the stamp says so, signed, for six
hours; a program that answers within two seconds is asked again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.core import signing

from customers.models import SignupForm

_SALT: Final = "customers.signup.stamp"
LONGEST: Final = 6 * 3600
SHORTEST: Final = 2.0
_LONGEST_PAGE: Final = 300


class StampError(ValueError):
    """A stamp that is not ours, too old, or of an earlier version of the form."""


class TooFast(StampError):
    """An answer quicker than anyone reads."""


@dataclass(frozen=True)
class Shown:
    """What was shown, as the stamp tells it."""

    version: int
    source_page: str


def stamp(form: SignupForm, source_page: str = "") -> str:
    """The stamp of a form shown now on `source_page`."""
    facts = {"f": form.pk, "v": form.version, "p": page_of(source_page), "t": time.time()}
    return signing.dumps(facts, salt=_SALT, compress=True)


def read(text: str, form: SignupForm, *, now: float | None = None) -> Shown:
    """Check a stamp. Raises TooFast, or StampError where the form must be shown again."""
    try:
        facts = signing.loads(text, salt=_SALT, max_age=LONGEST)
    except signing.BadSignature as error:
        raise StampError("not ours or too old") from error
    if (facts["f"], facts["v"]) != (form.pk, form.version):
        raise StampError("of another form or version")
    if (time.time() if now is None else now) - float(facts["t"]) < SHORTEST:
        raise TooFast("quicker than anyone reads")
    return Shown(facts["v"], facts["p"])


def source_of(text: str) -> str:
    """The page an old stamp was shown on, to be carried over to the next; '' when not ours."""
    try:
        return str(signing.loads(text, salt=_SALT, max_age=7 * 24 * 3600)["p"])
    except (signing.BadSignature, KeyError):
        return ""


def page_of(url: str) -> str:
    """A web page's address without what follows ? or #, which may name a person; '' for none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    # Not netloc: it may hold a name and a password.
    port = (
        f":{parts.netloc.rpartition(':')[2]}" if parts.netloc.rpartition(":")[2].isdigit() else ""
    )
    page = f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
    return "".join(c for c in page if c.isprintable())[:_LONGEST_PAGE]
