"""The peer of the rebuilds: DuckDB on one thread, or the sqlite3 that comes with Python.

The same work as the issues view: count, first and last with their release, distinct users and
accounts of each issue; events of each issue by environment, by release and by hour.
"""
import json
import os
import sqlite3
import subprocess
import sys
import time

COLUMNS = {
    "happened": "timestamp", "type": "exception.values[1].type",
    "value": "exception.values[1].value", "culprit": "transaction", "release": "release",
    "environment": "environment", "level": "level", "user_id": '"user".id',
    "account": "tags.account",
}

GROUPS = (
    """SELECT type, culprit, count(*), min(happened), max(happened), arg_min(release, happened),
       arg_max(release, happened), arg_max(value, happened), count(DISTINCT user_id),
       count(DISTINCT account) FROM t GROUP BY type, culprit""",
    """SELECT type, culprit, environment, count(*), min(happened), max(happened) FROM t
       GROUP BY type, culprit, environment""",
    """SELECT type, culprit, release, count(*), min(happened), max(happened) FROM t
       GROUP BY type, culprit, release""",
    """SELECT type, culprit, CAST(happened AS BIGINT) // 3600, count(*) FROM t
       GROUP BY type, culprit, CAST(happened AS BIGINT) // 3600""",
)


class Peer:
    def __init__(self, name):
        self.name = name
        self.payloads = []
        self.columns = []


def measure(work, file, count, rounds):
    """Events a second from the payloads, and from their columns."""
    python = duckdb(work)
    if python is None:
        return sqlite(file, count)
    done = subprocess.run(
        [python, __file__, file, str(count), str(rounds), work], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"DuckDB failed, so SQLite is the peer: {done.stderr.splitlines()[-1]}")
        return sqlite(file, count)
    peer = Peer("DuckDB")
    answer = json.loads(done.stdout)
    peer.name = f"DuckDB {answer['version']}"
    peer.payloads, peer.columns = answer["payloads"], answer["columns"]
    return peer


def duckdb(work):
    """A Python that has DuckDB; None where it cannot be installed."""
    folder = os.path.join(work, "venv")
    commands = ([sys.executable, "-m", "venv", folder],
                [f"{folder}/bin/pip", "install", "--quiet", "--disable-pip-version-check",
                 "duckdb"])
    for command in commands:
        if subprocess.run(command, capture_output=True, timeout=120).returncode != 0:
            return None
    return f"{folder}/bin/python"


def run_duckdb(file, count, rounds, work):
    import duckdb
    columns = os.path.join(work, "columns.parquet")
    # Only what is read is named, as one would who knows the question.
    schema = {
        "timestamp": "DOUBLE", "transaction": "VARCHAR", "release": "VARCHAR",
        "environment": "VARCHAR", "level": "VARCHAR", "user": "STRUCT(id VARCHAR)",
        "tags": "STRUCT(account VARCHAR)",
        "exception": 'STRUCT("values" STRUCT(type VARCHAR, "value" VARCHAR)[])',
    }
    fields = ", ".join(f"{text} AS {name}" for name, text in COLUMNS.items())
    source = f"read_json('{file}', format = 'newline_delimited', columns = {schema})"
    answer = {"version": duckdb.__version__, "payloads": [], "columns": []}
    for number in range(rounds):
        db = duckdb.connect(config={"threads": 1})
        began = time.time()
        db.execute(f"CREATE TABLE t AS SELECT {fields} FROM {source}")
        for query in GROUPS:
            db.execute(query).fetchall()
        answer["payloads"].append(count / (time.time() - began))
        if number == 0:
            db.execute(f"COPY t TO '{columns}'")
        db.close()
    for _ in range(rounds):
        db = duckdb.connect(config={"threads": 1})
        began = time.time()
        db.execute(f"CREATE VIEW t AS SELECT * FROM '{columns}'")
        for query in GROUPS:
            db.execute(query).fetchall()
        answer["columns"].append(count / (time.time() - began))
        db.close()
    print(json.dumps(answer))


def sqlite(file, count):
    """One round: SQLite is slow enough."""
    peer = Peer(f"SQLite {sqlite3.sqlite_version}")
    db = sqlite3.connect(":memory:")
    fields = ", ".join(
        f"json_extract(j, '$.{text.replace('values[1]', 'values[0]')}') AS {name}"
        for name, text in COLUMNS.items())
    began = time.time()
    with open(file, "rb") as lines:
        db.execute("CREATE TABLE raw (j TEXT)")
        db.executemany("INSERT INTO raw VALUES (?)", ((line.decode(),) for line in lines))
    db.execute(f"CREATE TABLE t AS SELECT {fields} FROM raw")
    grouped = time.time()
    for query in GROUPS:
        # SQLite gives bare columns from the row of a lone min or max; that is close enough.
        query = query.replace("arg_min(release, happened)", "release").replace("//", "/")
        query = query.replace("arg_max(release, happened)", "release")
        query = query.replace("arg_max(value, happened)", "value")
        db.execute(query).fetchall()
    ended = time.time()
    peer.payloads = [count / (ended - began)]
    peer.columns = [count / (ended - grouped)]
    db.close()
    return peer


if __name__ == "__main__":
    run_duckdb(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
