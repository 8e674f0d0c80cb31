"""Keys: taken from the environment, else generated once and kept private."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import keys


def test_keys_are_generated_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = keys.load(tmp_path, {})
    assert set(first) == set(keys.NAMES)
    assert len(set(first.values())) == len(keys.NAMES)
    assert keys.load(tmp_path, {}) == first
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_processes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: keys.load(tmp_path, {}), range(64)))
    assert all(one == found[0] for one in found)


def test_a_key_of_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    stored = keys.load(tmp_path, {})
    given = keys.load(tmp_path, {"LINK_KEY": "from outside"})
    assert given["LINK_KEY"] == "from outside"
    assert given["SECRET_KEY"] == stored["SECRET_KEY"]


def test_no_file_is_written_when_the_environment_gives_every_key(tmp_path: Path) -> None:
    keys.load(tmp_path, dict.fromkeys(keys.NAMES, "x"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"SECRET_KEY": "only this one"}'])
def test_a_damaged_key_file_is_refused_and_never_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    with pytest.raises(keys.KeysUnreadable):
        keys.load(tmp_path, {})
    assert (tmp_path / "keys.json").read_text() == content
