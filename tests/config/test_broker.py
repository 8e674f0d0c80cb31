"""Where the embedded broker listens: a path that fits, in a folder that is ours alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from config import broker


def test_the_socket_is_under_the_data_folder_when_its_path_fits(tmp_path: Path) -> None:
    var = Path("/srv/tamis/var")
    assert broker.socket_path(var) == var / "valkey" / "valkey.sock"


def test_a_long_data_folder_gets_a_short_socket_path_that_stays_the_same() -> None:
    var = Path("/srv") / ("long" * 30)
    path = broker.socket_path(var)
    assert len(os.fsencode(path)) <= broker.LONGEST_SOCKET_PATH
    assert path == broker.socket_path(var)
    assert path != broker.socket_path(Path("/srv") / ("other" * 30))


def test_path_length_is_counted_in_bytes() -> None:
    var = Path("/srv") / ("é" * 60)
    assert len(os.fsencode(broker.socket_path(var))) <= broker.LONGEST_SOCKET_PATH


def test_the_runtime_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    broker.make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_runtime_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(broker.UnsafeRuntimeFolder):
        broker.make_private(tmp_path / "run")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("unix:///a/b.sock?db=0", "redis+socket:///a/b.sock?virtual_host=0"),
        ("unix:///a/b.sock", "redis+socket:///a/b.sock?virtual_host=0"),
        ("unix:///a/b.sock?db=3", "redis+socket:///a/b.sock?virtual_host=3"),
        ("redis://cache.example:6379/2", "redis://cache.example:6379/2"),
        ("rediss://user:word@cache.example/0", "rediss://user:word@cache.example/0"),
    ],
)
def test_celery_gets_the_same_server_in_its_own_spelling(url: str, expected: str) -> None:
    assert broker.celery_url(url) == expected
