"""Building a version whole: tables from the facts, then profiles, spellings, labels and meta."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from segmentation.snapshot import engine, making, profiles, spellings, staging, telling
from segmentation.snapshot.telling import Identity

__all__ = ["Identity", "build"]


def build(path: Path, files: Mapping[str, Path], identity: Identity) -> dict[str, int]:
    """Fill a new file at `path` from the CSV files; they are deleted as they are loaded.

    Returns the number of rows by table.
    """
    connection = engine.open_to_build(path, path.with_name("spill"))
    try:
        path.chmod(0o600)
        staging.stage(connection, files, identity.now)
        tables = making.make_tables(connection, identity.now)
        connection.execute(f"CREATE TEMP TABLE figures AS {profiles.figures_sql(identity.now)}")
        ranked = profiles.ranked_sql("FROM temp.figures")
        connection.execute(f"CREATE TABLE profiles AS {ranked}")
        connection.execute("DROP TABLE temp.figures")
        counts = spellings.counted(tables)
        connection.execute(f"CREATE TABLE spellings AS {spellings.summed(counts)}")
        connection.execute(f"CREATE TABLE labels AS {spellings.LABELS.format(home='')}")
        told = telling.tell(connection, "", identity)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return told
