# SPDX-License-Identifier: MIT
"""Orders partitioned by month against one big table: look-ups, lists, inserts, retention. See `run`."""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import sys
import tempfile
import time

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks/seed-shape"))
from servers import start_postgres  # noqa: E402

PARTITIONED, BIG = "orders", "orders_big"
TENANT_COUNT = 200
LOOKUP = """SELECT id, tenant, customer, status, total_minor FROM {0}
    WHERE id = %(id)s::uuid AND created_at = order_created_at(%(id)s::uuid)"""
PAGE = """SELECT id, status, total_minor FROM {0} WHERE tenant = %(tenant)s
    AND created_at >= %(first)s AND created_at < %(next)s ORDER BY created_at DESC LIMIT 50"""
TENANT_MONTH = """SELECT status, count(*), sum(total_minor) FROM {0} WHERE tenant = %(tenant)s
    AND created_at >= %(first)s AND created_at < %(next)s GROUP BY status"""
MONTH = """SELECT tenant, count(*), sum(total_minor) FROM {0}
    WHERE created_at >= %(first)s AND created_at < %(next)s GROUP BY tenant"""
# As ingestd stores a batch of orders, and with ids of the month that is being filled.
INSERT = """INSERT INTO {0} (id, created_at, tenant, customer, total_minor, items, trace)
    SELECT id, order_created_at(id), tenant, customer, 1000, items, id
    FROM unnest(%(ids)s::uuid[], %(tenants)s::text[], %(customers)s::text[], %(items)s::jsonb[])
        AS given (id, tenant, customer, items)"""
ITEMS = '[{"product": "apple", "quantity": 2, "unit_price_minor": 250}, ' \
        '{"product": "pear", "quantity": 1, "unit_price_minor": 500}]'


def uuid7(milliseconds, dice):
    high = milliseconds << 16 | 0x7000 | dice.getrandbits(12)
    low = 0b10 << 62 | dice.getrandbits(62)
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Bench:
    def __init__(self, options, connection):
        self.options, self.connection = options, connection
        self.dice = random.Random(7)
        self.results = []

    def run(self, sql, **values):
        # Prepared, as the daemons' statements are.
        return self.connection.execute(sql, values or None, prepare=bool(values))

    def one(self, sql, **values):
        return self.run(sql, **values).fetchone()[0]

    # ---- Setting up

    def prepare(self):
        self.run((ROOT / "docker/init.sql").read_text())
        self.run(f"CREATE TABLE {BIG} (LIKE orders INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
                 " WITH (fillfactor = 50)")
        # Both are filled first, and then get what they are without here.
        self.run("ALTER TABLE orders DROP CONSTRAINT orders_pkey")
        self.run("DROP INDEX orders_of_tenant")
        for table in (PARTITIONED, BIG):
            self.run(f"ALTER TABLE {table} DROP CONSTRAINT orders_created_at_is_of_id")
        self.months = [row[0] for row in self.run(
            """SELECT date_trunc('month', now()) - make_interval(months => back)
               FROM generate_series(%(last)s, 0, -1) AS back""", last=self.options.months - 1)]
        for first in self.months:
            # As create_monthly_partitions() makes them; it begins with last month.
            name = f"orders_y{first:%Y}m{first:%m}"
            self.run(f"""CREATE TABLE IF NOT EXISTS {name} PARTITION OF orders FOR VALUES
                FROM ('{first}') TO ('{self.next(first)}') WITH (fillfactor = 50)""")

    def next(self, first):
        return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)

    def load(self):
        per_month = self.options.rows // len(self.months)
        started = time.monotonic()
        for first in self.months:
            # Spread over the month as far as it has passed, in the order of time, as orders come.
            self.run("""
                INSERT INTO orders (id, created_at, tenant, customer, status, total_minor, items, trace)
                SELECT id, to_timestamp(ms / 1000.0::float8), 'tenant-' || (n * 7919) %% %(tenants)s,
                    'cust-' || (n * 104729) %% 50000, 'fulfilled', 1000, %(items)s::jsonb, id
                FROM (SELECT n, ms, (lpad(to_hex(ms), 12, '0') || '7'
                        || overlay(substr(md5(n::text), 1, 19) PLACING '8' FROM 4 FOR 1))::uuid AS id
                    FROM (SELECT n, (%(first)s + n * %(span)s / %(count)s)::bigint AS ms
                        FROM generate_series(0::bigint, %(count)s - 1) AS n) AS times) AS given""",
                     tenants=TENANT_COUNT, items=ITEMS, first=int(first.timestamp() * 1000),
                     span=self.span(first), count=per_month)
        # Month by month: in the order of time, as it would have grown.
        for first in self.months:
            self.run(f"INSERT INTO {BIG} SELECT * FROM orders_y{first:%Y}m{first:%m}")
        print(f"loaded in {time.monotonic() - started:.0f} s", file=sys.stderr)
        builds = []
        for table in (PARTITIONED, BIG):
            begun = time.monotonic()
            self.run(f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id, created_at)")
            self.run(f"CREATE INDEX {table}_of_tenant ON {table} (tenant, created_at)")
            builds.append(time.monotonic() - begun)
            self.run(f"""ALTER TABLE {table} ADD CONSTRAINT orders_created_at_is_of_id
                CHECK (created_at = order_created_at(id)) NOT VALID""")
            self.run(f"VACUUM (ANALYZE) {table}")
        self.run("CHECKPOINT")
        self.note("building both indexes", "s", *builds)
        ids = self.run(f"SELECT id::text FROM {BIG} TABLESAMPLE SYSTEM (0.5) REPEATABLE (1)")
        self.ids = [row[0] for row in ids] or [
            row[0] for row in self.run(f"SELECT id::text FROM {BIG} LIMIT 1000")]
        self.recent = [row[0] for row in self.run(
            f"SELECT id::text FROM {BIG} ORDER BY id DESC LIMIT 20000")]

    def span(self, first):
        """Milliseconds of the month, up to a minute ago."""
        begins, now = first.timestamp(), self.one("SELECT extract(epoch FROM now())::float8")
        return int((min(self.next(first).timestamp(), now - 60) - begins) * 1000)

    # ---- Measuring

    def note(self, what, unit, partitioned, big, more_is_better=False):
        ratio = (partitioned / big if more_is_better else big / partitioned) if partitioned and big else None
        self.results.append({"what": what, "unit": unit, "partitioned": partitioned, "one_table": big,
                             "times_better": ratio})
        print(f"{what}: {partitioned:.4g} / {big:.4g} {unit}", file=sys.stderr)

    def plans(self):
        """How many partitions a look-up by id reads: with its month, and without."""
        with_month = self.partitions_of(LOOKUP.format(PARTITIONED), id=self.ids[0])
        without = self.partitions_of(
            f"SELECT status FROM {PARTITIONED} WHERE id = %(id)s::uuid", id=self.ids[0])
        self.results.append({"what": "partitions read by a look-up", "with_month": with_month,
                             "without": without})
        if with_month != 1:
            raise SystemExit(f"a look-up by id reads {with_month} partitions")

    def partitions_of(self, sql, **values):
        plan = self.one("EXPLAIN (FORMAT JSON) " + sql, **values)
        return len(set(re.findall(r"orders_y\d+m\d+(?=')", str(plan))))

    def compare(self, what, sql, values, count):
        """Turn and turn about, so that both have the same neighbours; ms."""
        times = {PARTITIONED: [], BIG: []}
        for _ in range(count):
            given = values()
            for table in self.dice.sample(list(times), 2):
                started = time.perf_counter()
                self.run(sql.format(table), **given).fetchall()
                times[table].append((time.perf_counter() - started) * 1000)
        for name, place in (("p50", 0.5), ("p99", 0.99)):
            taken = [sorted(one)[min(int(len(one) * place), len(one) - 1)] for one in times.values()]
            if name == "p50" or count >= 100:
                self.note(f"{what}, {name}", "ms", *taken)

    def queries(self):
        months = [{"first": first, "next": self.next(first)} for first in self.months[1:-1]]
        tenant = lambda: f"tenant-{self.dice.randrange(TENANT_COUNT)}"  # noqa: E731
        month = lambda: self.dice.choice(months)  # noqa: E731
        count = self.options.lookups
        self.compare("look-up by id, newest", LOOKUP, lambda: {"id": self.dice.choice(self.recent)}, count)
        self.compare("look-up by id, any", LOOKUP, lambda: {"id": self.dice.choice(self.ids)}, count)
        self.compare("a tenant's month, 50 newest", PAGE, lambda: month() | {"tenant": tenant()}, count // 10)
        self.compare("a tenant's month, summed", TENANT_MONTH, lambda: month() | {"tenant": tenant()}, 40)
        self.compare("a month, summed by tenant", MONTH, month, 3)

    def inserts(self):
        """Batches of 256, a commit each, alternating; durable."""
        times = {PARTITIONED: [], BIG: []}
        end = time.monotonic() + self.options.seconds
        now = int(self.one("SELECT extract(epoch FROM now())::float8") * 1000) - 50_000
        customers = [f"cust-{n}" for n in range(256)]
        while time.monotonic() < end:
            now += 1
            ids = [uuid7(now, self.dice) for _ in range(256)]
            tenants = [f"tenant-{self.dice.randrange(TENANT_COUNT)}" for _ in ids]
            for table in self.dice.sample(list(times), 2):
                started = time.perf_counter()
                self.run(INSERT.format(table), ids=ids, tenants=tenants, customers=customers,
                         items=[ITEMS] * 256)
                times[table].append(time.perf_counter() - started)
        rates = [256 / statistics.median(one) for one in times.values()]
        self.note("insert, batches of 256", "rows/s", *rates, more_is_better=True)
        self.note("insert, a batch, p99", "ms", *(
            1000 * sorted(one)[int(len(one) * 0.99)] for one in times.values()))

    def sizes(self):
        def total(name):
            return self.one(f"""SELECT sum(pg_indexes_size(i))::float8 / 1048576 FROM
                (SELECT oid AS i FROM pg_class WHERE relkind = 'r' AND relname ~ '{name}') AS t""")
        newest = f"^orders_y{self.months[-1]:%Y}m{self.months[-1]:%m}$"
        self.note("all indexes", "MiB", total(r"^orders_y\d+m\d+$"), total(f"^{BIG}$"))
        self.note("indexes that new orders go into", "MiB", total(newest), total(f"^{BIG}$"))

    def retention(self):
        """The oldest month goes."""
        first = self.months[0]
        name = f"orders_y{first:%Y}m{first:%m}"
        position = lambda: self.one("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")  # noqa: E731
        before, started = position(), time.monotonic()
        self.run(f"ALTER TABLE orders DETACH PARTITION {name} CONCURRENTLY")
        self.run(f"DROP TABLE {name}")
        detach, detach_log = time.monotonic() - started, position() - before
        size = self.one(f"SELECT pg_total_relation_size('{BIG}')::float8")
        before, started = position(), time.monotonic()
        self.run(f"DELETE FROM {BIG} WHERE created_at < %(next)s", next=self.next(first))
        self.run(f"VACUUM {BIG}")
        delete, delete_log = time.monotonic() - started, position() - before
        freed = size - self.one(f"SELECT pg_total_relation_size('{BIG}')::float8")
        self.note("a month goes: DETACH and DROP, DELETE and VACUUM", "s", detach, delete)
        self.note("the same, log written", "MiB", float(detach_log) / 2**20, float(delete_log) / 2**20)
        self.results.append({"what": "disk given back by DELETE and VACUUM", "unit": "MiB",
                             "one_table": freed / 2**20})

    def report(self):
        facts = {"rows": self.options.rows, "months": len(self.months), "processors": os.cpu_count(),
                 "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
                 "postgresql": self.one("SHOW server_version"),
                 "shared_buffers": self.one("SHOW shared_buffers")}
        if self.options.json:
            return print(json.dumps([facts] + self.results))
        print(", ".join(f"{key} {value}" for key, value in facts.items()) + "\n")
        print("| | by month | one table | times better |\n|---|--:|--:|--:|")
        for line in self.results:
            if "with_month" in line:
                print(f"| {line['what']}: with its month {line['with_month']}, by the id alone "
                      f"{line['without']} | | | |")
                continue
            number = lambda value: "" if value is None else f"{value:,.3g}" if value < 1000 \
                else f"{value:,.0f}"  # noqa: E731
            print(f"| {line['what']}, {line['unit']} | {number(line.get('partitioned'))} | "
                  f"{number(line.get('one_table'))} | {number(line.get('times_better'))} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--lookups", type=int, default=4_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--directory", help="where the data lie; default: a temporary one")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="mesh-partitions-", dir=options.directory)
    os.chmod(directory, 0o755)
    server, info = start_postgres(directory)
    try:
        with psycopg.connect(info, autocommit=True) as connection:
            # Checkpoints in the middle of a measurement would be the other table's.
            for setting in ("max_wal_size = '8GB'", "checkpoint_timeout = '15min'"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
            bench = Bench(options, connection)
            for part in (bench.prepare, bench.load, bench.plans, bench.queries, bench.inserts,
                         bench.sizes, bench.retention, bench.report):
                part()
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
