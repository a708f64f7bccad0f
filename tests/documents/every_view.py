"""Reads every view of a usage file as a Python program does: each text is UTF-8, each whole number one that
JavaScript holds too, each `time` RFC 3339 and the same moment as its `bucket` (as Grafana's data source asks)."""

import datetime
import sqlite3
import sys

LARGEST = 2**53 - 1


def main(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    views = [name for (name,) in db.execute("SELECT DISTINCT view FROM dictionary ORDER BY 1")]
    rows = 0
    for view in views:
        for row in db.execute(f"SELECT * FROM {view}"):
            check(view, row)
            rows += 1
    print(f"{len(views)} views, {rows} rows")


def check(view, row):
    for name in row.keys():
        value = row[name]
        assert not isinstance(value, bytes), (view, name, value)
        assert not isinstance(value, int) or abs(value) <= LARGEST, (view, name, value)
    columns = row.keys()
    if "at_ms" not in columns and "bucket" in columns and "time" in columns and row["time"] is not None:
        moment = datetime.datetime.strptime(row["time"], "%Y-%m-%dT%H:%M:%SZ")
        epoch = int(moment.replace(tzinfo=datetime.timezone.utc).timestamp())
        assert epoch == row["bucket"], (view, dict(row))
        assert "local_time" not in columns or (
            datetime.datetime.fromisoformat(row["local_time"]).timestamp() == epoch
        ), (view, dict(row))


main(sys.argv[1])
