# SPDX-License-Identifier: MIT
"""The four stages behind ingest, each a process of its own: python stages.py inventory|payment|..."""

import asyncio
import hashlib
import json
import os
import sys
import uuid

from pipeline import advance, lock, main, run_stage


def follows(body, queue, status):
    """The next step, and word to the customer."""
    order = body["order"]
    steps = [(queue, {"order": order})] if queue else []
    key = str(uuid.uuid5(uuid.UUID(order), status))
    return steps + [("notification", {"order": order, "status": status, "id": key})]


async def inventory(connection, body):
    order = body["order"]
    status, *_, items = await lock(connection, order)
    if status == "accepted":
        # In the order of their names: two orders cannot wait for each other in a ring.
        wanted = sorted((item["product"], item["quantity"]) for item in items)
        names, pieces = [name for name, _ in wanted], [count for _, count in wanted]
        cursor = await connection.execute(
            "SELECT product, on_hand FROM stock WHERE product = ANY(%s) ORDER BY product FOR NO KEY UPDATE",
            (names,))
        shelf = dict(await cursor.fetchall())
        if any(shelf.get(name, 0) < count for name, count in wanted):
            await advance(connection, order, "rejected", "inventory", "out of stock")
            return follows(body, None, "rejected")
        async with connection.pipeline():
            await connection.execute(
                """UPDATE stock AS s SET on_hand = on_hand - pieces, reserved = reserved + pieces
                   FROM unnest(%s::text[], %s::bigint[]) AS t (name, pieces) WHERE product = name""",
                (names, pieces))
            await connection.execute(
                """INSERT INTO reservations (order_id, product, quantity)
                   SELECT %s, * FROM unnest(%s::text[], %s::bigint[])""", (order, names, pieces))
            await advance(connection, order, "reserved", "inventory")
    return follows(body, "payment", "reserved")


async def payment(connection, body):
    order = body["order"]
    status, tenant, customer, total, currency, _ = await lock(connection, order)
    if status == "reserved":
        key = hashlib.sha256(f"{order}:1:charge".encode()).hexdigest()
        account = (tenant, customer, currency)
        async with connection.pipeline():
            await connection.execute(
                """INSERT INTO customer_accounts (tenant, customer, currency) VALUES (%s, %s, %s)
                   ON CONFLICT DO NOTHING""", account)
            cursor = await connection.execute(
                """UPDATE customer_accounts SET balance_minor = balance_minor + %s
                   WHERE (tenant, customer, currency) = (%s, %s, %s)
                       AND balance_minor + %s <= credit_limit_minor""", (total, *account, total))
        if cursor.rowcount != 1:
            raise RuntimeError("credit limit exceeded")
        async with connection.pipeline():
            await connection.execute(
                """INSERT INTO payments (order_id, tenant, customer, state, provider, provider_key,
                       reference, amount_minor, currency)
                   VALUES (%s, %s, %s, 'charged', 'ledger', %s, %s, %s, %s)""",
                (order, tenant, customer, key, key, total, currency))
            await connection.execute(
                """INSERT INTO ledger_transfers (key, order_id, attempt, kind, tenant, customer,
                       amount_minor, currency) VALUES (%s, %s, 1, 'charge', %s, %s, %s, %s)""",
                (key, order, tenant, customer, total, currency))
            await connection.execute(
                """INSERT INTO ledger_entries (transfer_key, account, amount_minor, currency)
                   VALUES (%s, %s, %s, %s), (%s, %s, %s, %s)""",
                (key, f"customer:{tenant}/{customer}", total, currency,
                 key, f"revenue:{tenant}", -total, currency))
            await advance(connection, order, "charged", "payment")
    return follows(body, "fulfillment", "charged")


def write_receipt(directory, name, data):
    """Whole or not there, and on disk once it returns."""
    draft = f"{directory}/{name}.tmp"
    with open(draft, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(draft, f"{directory}/{name}")
    folder = os.open(directory, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


async def fulfillment(connection, body):
    order = body["order"]
    status, tenant, customer, total, currency, items = await lock(connection, order)
    if status == "charged":
        data = json.dumps({"order_id": order, "tenant_id": tenant, "customer_id": customer,
                           "items": items, "total": total, "currency": currency}, indent=2).encode()
        name = f"{order}.json"
        await asyncio.to_thread(write_receipt, os.environ["RECEIPTS"], name, data)
        async with connection.pipeline():
            await connection.execute(
                """UPDATE payments SET state = 'captured', updated_at = now()
                   WHERE order_id = %s AND state = 'charged'""", (order,))
            await connection.execute(
                "INSERT INTO receipts (order_id, path, checksum, byte_count) VALUES (%s, %s, %s, %s)",
                (order, name, hashlib.sha256(data).digest(), len(data)))
            await connection.execute(
                "SELECT 1 FROM stock WHERE product = ANY(%s) ORDER BY product FOR NO KEY UPDATE",
                ([item["product"] for item in items],))
            await connection.execute(
                """WITH gone AS (UPDATE reservations SET state = 'shipped', updated_at = now()
                       WHERE order_id = %s AND state = 'held' RETURNING *)
                   UPDATE stock AS s SET reserved = reserved - quantity, shipped = shipped + quantity
                   FROM gone WHERE s.product = gone.product""", (order,))
            await advance(connection, order, "fulfilled", "fulfillment", "receipt " + name)
    return follows(body, None, "fulfilled")


async def notification(connection, body):
    """No tenant of a benchmark has a webhook: the record says so."""
    await connection.execute(
        """INSERT INTO notifications (message_id, order_id, tenant, status, channel)
           SELECT %s, id, tenant, %s, 'none' FROM orders
           WHERE id = %s AND created_at = order_created_at(%s) ON CONFLICT DO NOTHING""",
        (body["id"], body["status"], body["order"], body["order"]))
    return []


if __name__ == "__main__":
    main(run_stage(sys.argv[1], globals()[sys.argv[1]]))
