# SPDX-License-Identifier: MIT
"""POST /orders: checks the order, takes a token, claims the key and stores the order in one transaction,
publishes, answers 202."""

import asyncio
import hashlib
import json
import os
import time
import uuid

from aiohttp import web
from psycopg.types.json import Jsonb

from pipeline import HANDLERS, ended, log, main, open_channel, open_pool, publish

RATE, BURST = 1e7, 1e7
buckets = {}


def take_token(tenant):
    """A bucket in memory: cheaper than the seed's in DynamoDB, and lost with the process."""
    now = time.monotonic()
    tokens, then = buckets.get(tenant, (BURST, now))
    tokens = min(BURST, tokens + (now - then) * RATE)
    buckets[tenant] = (tokens - 1 if tokens >= 1 else tokens, now)
    return tokens >= 1


def new_id():
    """A UUIDv7: its first 48 bits are the time, by which orders are partitioned."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | chance >> 68 << 64 | 2 << 62 | chance & (1 << 62) - 1)


def checked(body):
    items = [{"product": str(item["product_id"]), "quantity": int(item["quantity"]),
              "unit_price_minor": round(item["price"] * 100)} for item in body["items"]]
    if not items or any(item["quantity"] < 1 or item["unit_price_minor"] < 0 for item in items):
        raise ValueError("an order has items, each at least one piece")
    return items, sum(item["quantity"] * item["unit_price_minor"] for item in items)


async def store(pool, body, items, total, order):
    """Key, order and event in one transaction; the order that the key stands for, and whether new."""
    tenant, key = body["tenant_id"], body["idempotency_key"]
    digest = hashlib.sha256(json.dumps([tenant, body["customer_id"], items]).encode()).digest()
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(
            """INSERT INTO idempotency_keys (tenant, key, body_hash, state, order_id, status, expires_at)
               VALUES (%s, %s, %s, 'done', %s, 'accepted', now() + interval '7 days')
               ON CONFLICT DO NOTHING""", (tenant, key, digest, order))
        if cursor.rowcount == 0:
            cursor = await connection.execute(
                "SELECT order_id, body_hash FROM idempotency_keys WHERE (tenant, key) = (%s, %s)",
                (tenant, key))
            held, first = await cursor.fetchone()
            if bytes(first) != digest:
                raise ValueError("the key was used for another order")
            return held, False
        async with connection.pipeline():
            await connection.execute(
                """INSERT INTO orders (id, created_at, tenant, customer, total_minor, items, trace,
                       event_count)
                   VALUES (%s, order_created_at(%s), %s, %s, %s, %s, %s, 1)""",
                (order, order, tenant, body["customer_id"], total, Jsonb(items), order))
            await connection.execute(
                """INSERT INTO order_events (order_id, created_at, number, stage, status, trace)
                   VALUES (%s, order_created_at(%s), 1, 'ingest', 'accepted', %s)""",
                (order, order, order))
    return order, True


async def sweep(pool, channel):
    """Orders that were stored and not published, should this process die between the two."""
    while True:
        await asyncio.sleep(30)
        async with pool.connection() as connection:
            cursor = await connection.execute(
                """SELECT id FROM orders WHERE status = 'accepted'
                   AND created_at BETWEEN now() - interval '1 day' AND now() - interval '60 seconds'""")
            late = await cursor.fetchall()
        await publish(channel, [("inventory", {"order": str(order)}) for (order,) in late])


async def serve():
    pool, channel = await open_pool(), await open_channel()

    async def place(request):
        try:
            body = await request.json()
            items, total = checked(body)
            if not take_token(body["tenant_id"]):
                return web.json_response({"code": "rate_limited"}, status=429)
            order, is_new = await store(pool, body, items, total, new_id())
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"code": "invalid_order", "detail": str(error)}, status=422)
        if is_new:
            await publish(channel, [("inventory", {"order": str(order)})])
            log("ingest", str(order), "order accepted")
        return web.json_response({"order_id": str(order), "status": "accepted"},
                                 status=202 if is_new else 200)
    app = web.Application()
    app.router.add_post("/orders", place)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["HTTP_PORT"])).start()
    sweeper = asyncio.create_task(sweep(pool, channel))
    await ended()
    sweeper.cancel()


if __name__ == "__main__":
    main(serve())
