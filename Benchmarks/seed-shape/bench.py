# SPDX-License-Identifier: MIT
"""Runs orders through the Python pipeline until they are fulfilled; prints what `meshctl bench orders` prints."""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time

import psycopg

import load
from servers import cpu_seconds, free_ports, start_postgres, start_rabbitmq, stop, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
STAGES = ["ingest", "inventory", "payment", "fulfillment", "notification"]
# The sums of Sources/MeshCommands/Demo/DemoAudit+Statements.swift.
SUMS = {
    "orders are not fulfilled": "SELECT count(*) FROM orders WHERE status <> 'fulfilled'",
    "orders have a wrong net charge": """SELECT count(*) FROM orders LEFT JOIN ledger_transfers
        ON order_id = orders.id WHERE amount_minor IS DISTINCT FROM total_minor""",
    "is the sum of the ledger": "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries",
    "products do not add up": """SELECT count(*) FROM stock LEFT JOIN (
        SELECT item ->> 'product' AS ordered, sum((item ->> 'quantity')::bigint) AS pieces
        FROM orders, jsonb_array_elements(items) AS item GROUP BY 1) AS sold ON ordered = product
        WHERE reserved <> 0 OR shipped <> coalesce(pieces, 0)""",
    "orders were told of too little": """SELECT count(*) FROM orders WHERE 3 <>
        (SELECT count(*) FROM notifications WHERE order_id = orders.id)""",
    "orders have no receipt": """SELECT count(*) FROM orders LEFT JOIN receipts ON order_id = orders.id
        WHERE path IS NULL""",
}
MEDIANS = """SELECT status, percentile_cont(0.5) WITHIN GROUP (ORDER BY step) FROM (
    SELECT number, status, extract(epoch FROM at - lag(at) OVER (PARTITION BY order_id ORDER BY number))
        ::float8 * 1000 AS step FROM order_events WHERE number > 0) AS steps
    WHERE step IS NOT NULL GROUP BY status ORDER BY min(number)"""


def start_stages(directory, environment):
    """One process a stage, each once it says that it is ready."""
    processes = {}
    for stage in STAGES:
        program = [f"{HERE}/ingest.py"] if stage == "ingest" else [f"{HERE}/stages.py", stage]
        errors = f"{directory}/{stage}.err"
        processes[stage] = load.Stage(program, environment, f"{directory}/{stage}.log", errors)
    for stage, process in processes.items():
        wait_for(stage, lambda: process.is_ready())
    return processes


def counters(connection, processes):
    """Transactions that wrote, bytes of the log, CPU seconds of every program."""
    row = connection.execute("""SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
        (pg_current_wal_insert_lsn() - '0/0')::bigint""").fetchone()
    return row, {name: cpu_seconds(pid) for name, pid in processes.items()}


def await_told(connection, count):
    """Until so many orders have a receipt and three notifications, or none gets one for twenty seconds."""
    last, changed = -1, time.monotonic()
    while last < count and time.monotonic() < changed + 20:
        time.sleep(0.2)
        now = connection.execute("""SELECT least((SELECT count(*) FROM receipts),
            (SELECT count(*) FROM notifications) / 3)""").fetchone()[0]
        if now != last:
            last, changed = now, time.monotonic()


def measure(options, database, rabbit_pid, postgres_pid, stages, port):
    pids = {name: stage.pid for name, stage in stages.items()}
    pids |= {"postgres": postgres_pid, "rabbitmq": rabbit_pid, "client": os.getpid()}
    with psycopg.connect(database, autocommit=True) as connection:
        if options.warm_up:
            asyncio.run(load.place(port, options.connections, options.warm_up, "w"))
            await_told(connection, options.warm_up)
        before, cpu_before = counters(connection, pids)
        placed, errors = asyncio.run(load.place(port, options.connections, options.orders, "m"))
        await_told(connection, options.warm_up + len(placed))
        after, cpu_after = counters(connection, pids)
        ends = dict(connection.execute("""SELECT order_id::text, extract(epoch FROM at)::float8
            FROM order_events WHERE status = 'fulfilled'""").fetchall())
        complaints = [f"{found} {what}" for what, query in SUMS.items()
                      if (found := connection.execute(query).fetchone()[0])]
        medians = dict(connection.execute(MEDIANS).fetchall())
    return load.report(options, placed, errors, ends, complaints, medians, {
        "cpu": {name: cpu_after[name] - cpu_before[name] for name in pids},
        "transactions": after[0] - before[0], "wal": after[1] - before[1]})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=64, help="over HTTP, an order in flight on each")
    parser.add_argument("--handlers", type=int, default=16, help="messages at a time in each stage")
    parser.add_argument("--warm-up", type=int, default=500)
    parser.add_argument("--directory", help="for all data; on the disk to be measured", default="/tmp")
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="seed-shape-", dir=options.directory)
    os.chmod(directory, 0o755)
    running = []
    try:
        postgres, database = start_postgres(directory)
        running.append(postgres)
        rabbit, url = start_rabbitmq(directory)
        running += rabbit
        load.prepare(database, f"{HERE}/../../docker/init.sql")
        os.mkdir(directory + "/receipts")
        port = free_ports(1)[0]
        stages = start_stages(directory, os.environ | {
            "POSTGRES": database, "RABBITMQ": url, "HTTP_PORT": str(port),
            "HANDLERS": str(options.handlers), "RECEIPTS": directory + "/receipts"})
        running += [stage.process for stage in stages.values()]
        result = measure(options, database, rabbit[-1].pid, postgres.pid, stages, port)
    finally:
        for server in reversed(running):
            stop(server)
        shutil.rmtree(directory)
    print(json.dumps([result], indent=2, sort_keys=True))
    sys.exit(1 if result["complaints"] or result["errors"] else 0)


if __name__ == "__main__":
    main()
