# SPDX-License-Identifier: MIT
"""What all stages share: one pool of connections, one channel with confirms, and the way of a message.

A message is handled in one transaction, what follows from it is published and confirmed, and then it is
acknowledged. It may come again: every handler is guarded by the order's status, and says the same again.
"""

import asyncio
import json
import os
import signal
import sys
import time

import aio_pika
import psycopg_pool
import uvloop

QUEUES = ["inventory", "payment", "fulfillment", "notification"]
HANDLERS = int(os.environ.get("HANDLERS", "16"))
ATTEMPTS = 4


def log(stage, order, text, **more):
    """One line of JSON, with what holds the lines of an order together."""
    sys.stdout.write(json.dumps({"at": time.time(), "stage": stage, "correlation_id": order,
                                 "message": text, **more}) + "\n")


async def open_pool():
    """As many connections as handlers; every statement is prepared when it comes a second time."""
    async def configure(connection):
        connection.prepare_threshold = 1
    pool = psycopg_pool.AsyncConnectionPool(
        os.environ["POSTGRES"], min_size=HANDLERS, max_size=HANDLERS, configure=configure, open=False)
    await pool.open(wait=True)
    return pool


async def open_channel():
    """Durable quorum queues: synced before a confirm, with three retries and dead letters."""
    connection = await aio_pika.connect_robust(os.environ["RABBITMQ"])
    channel = await connection.channel(publisher_confirms=True)
    await channel.set_qos(prefetch_count=HANDLERS * 2)
    for queue in QUEUES:
        await channel.declare_queue(queue + ".dead", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.declare_queue(queue, durable=True, arguments={
            "x-queue-type": "quorum", "x-delivery-limit": ATTEMPTS - 1,
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue + ".dead"})
    return channel


async def publish(channel, messages):
    """Hands (queue, body) over; returns once the broker has all of them on disk."""
    await asyncio.gather(*(
        channel.default_exchange.publish(
            aio_pika.Message(json.dumps(body).encode(), content_type="application/json",
                             delivery_mode=aio_pika.DeliveryMode.PERSISTENT), routing_key=queue)
        for queue, body in messages))


async def run_stage(name, handle):
    """Consumes queue `name`, `HANDLERS` messages at a time. `handle(connection, body)` works in a
    transaction and returns what is to be published."""
    pool, channel = await open_pool(), await open_channel()
    turns = asyncio.Semaphore(HANDLERS)

    async def take(message):
        async with turns:
            body = json.loads(message.body)
            try:
                async with pool.connection() as connection, connection.transaction():
                    outputs = await handle(connection, body)
                await publish(channel, outputs)
                await message.ack()
                log(name, body["order"], "step done")
            except Exception as error:  # Whatever it was: again, and in the end the dead letters.
                log(name, body["order"], "step failed", error=str(error))
                await message.reject(requeue=True)
    queue = await channel.get_queue(name)
    await queue.consume(take)
    await ended()


async def ended():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print("ready", file=sys.stderr, flush=True)
    await stop.wait()


def main(coroutine):
    uvloop.run(coroutine)


async def advance(connection, order, to, stage, detail=""):
    """Moves the locked order on and writes its history."""
    await connection.execute(
        """WITH moved AS (
               UPDATE orders SET status = %s, event_count = event_count + 1, updated_at = now()
               WHERE id = %s AND created_at = order_created_at(id) RETURNING *)
           INSERT INTO order_events (order_id, created_at, number, at, stage, status, detail, trace)
           SELECT id, created_at, event_count, clock_timestamp(), %s, status, %s, trace FROM moved""",
        (to, order, stage, detail))


async def lock(connection, order):
    """The order's row, nobody else changing it: status, tenant, customer, total, currency, items."""
    cursor = await connection.execute(
        """SELECT status, tenant, customer, total_minor, currency, items FROM orders
           WHERE id = %s AND created_at = order_created_at(%s) FOR NO KEY UPDATE""", (order, order))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no order {order}")
    return row
