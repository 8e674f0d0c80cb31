"""The installation's secret keys.

Each key comes from the environment; where that gives none, from `keys.json` in the data folder,
written once with mode 0600. Invariant: two processes that start together on an empty folder end up
with the same keys, because the file is published whole, by a hard link that only one can create.

- `SECRET_KEY` signs sessions and forms: losing it signs everyone out.
- `ADDRESS_HASH_KEY` hashes suppressed and erased addresses: losing it forgets who must never be
  written to again, so it belongs in every backup.
- `LINK_KEY` signs the links in messages: losing it breaks the links already sent.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

NAMES = ("SECRET_KEY", "ADDRESS_HASH_KEY", "LINK_KEY")
_RANDOM_BYTES = 48


class KeysUnreadable(RuntimeError):
    """The key file exists but does not hold the keys; it is never replaced by new ones."""


def load(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return every key by name, reading or creating `folder/keys.json` where needed.

    Raises KeysUnreadable when the file is there but damaged.
    """
    given = {name: environment[name] for name in NAMES if environment.get(name)}
    missing = [name for name in NAMES if name not in given]
    if not missing:
        return given
    path = folder / "keys.json"
    if not path.exists():
        _create(path)
    stored = _read(path)
    absent = [name for name in missing if not stored.get(name)]
    if absent:
        raise KeysUnreadable(f"{path} holds no {', '.join(absent)}: restore it from a backup.")
    return {name: given.get(name, stored[name]) for name in NAMES}


def _read(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise KeysUnreadable(
            f"{path} is not readable as JSON: restore it from a backup."
        ) from error
    if not isinstance(stored, dict):
        raise KeysUnreadable(f"{path} holds no keys: restore it from a backup.")
    return {name: stored.get(name, "") for name in NAMES}


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    text = json.dumps({name: secrets.token_urlsafe(_RANDOM_BYTES) for name in NAMES}, indent=1)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link, unlike a rename, fails where another process was first: its keys then hold.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
