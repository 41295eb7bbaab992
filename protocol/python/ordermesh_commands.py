# SPDX-License-Identifier: MIT
"""The command line of the client: one JSON object a line, refusals on standard error."""

import argparse
import asyncio
import json
import sys

from ordermesh_client import Client
from ordermesh_errors import OrderMeshError

SERVICES = {"publish": "brokerd", "consume": "brokerd", "take": "ratelimitd"}


def say(value):
    print(json.dumps(value, ensure_ascii=False), flush=True)


async def place(mesh, options):
    placed = await mesh.place_order(
        options.customer, options.item, options.idempotency_key, options.tenant, options.currency)
    say(placed)
    if options.wait:
        await watch(mesh, argparse.Namespace(
            order=placed["order"], after=0, tenant=options.tenant))


async def get(mesh, options):
    say(await mesh.get_order(options.order, options.tenant))


async def watch(mesh, options):
    async for event in mesh.watch_order(options.order, options.after, options.tenant):
        say(event)


async def publish(mesh, options):
    body = sys.stdin.buffer.read() if options.body is None else options.body.encode()
    say(await mesh.publish(options.queue, body, options.id, tenant=options.tenant))


async def consume(mesh, options):
    deliveries = mesh.consume(options.queue, options.credit)
    count = 0
    async for delivery in deliveries:
        await delivery.ack()
        say(delivery.fields)
        count += 1
        if count == options.count:
            break
    await deliveries.aclose()


async def take(mesh, options):
    say(await mesh.take(options.tenant, options.cost))


def item(text):
    product, quantity, price = text.rsplit(":", 2)
    return product, int(quantity), int(price)


def parser():
    connection = argparse.ArgumentParser(add_help=False)
    connection.add_argument("--host", default="127.0.0.1")
    connection.add_argument("--port", type=int, required=True)
    connection.add_argument("--ca", required=True, help="PEM file of the mesh's root")
    connection.add_argument("--cert", required=True, help="PEM file of your certificate")
    connection.add_argument("--key", required=True, help="PEM file of its private key")
    connection.add_argument("--service", help="whom the server must be")
    connection.add_argument("--deadline", type=float, default=30.0, help="seconds")
    connection.add_argument("--tenant", default="", help="default: that of the certificate")
    top = argparse.ArgumentParser(description="A client of the mesh.")
    verbs = top.add_subparsers(required=True, dest="verb")

    def verb(run, about):
        command = verbs.add_parser(run.__name__, parents=[connection], help=about)
        command.set_defaults(run=run)
        return command

    command = verb(place, "place an order")
    command.add_argument("--customer", required=True)
    command.add_argument(
        "--item", type=item, action="append", required=True, metavar="PRODUCT:QUANTITY:CENTS")
    command.add_argument("--currency", default="USD")
    command.add_argument("--idempotency-key", help="one key, one order; default: a new one")
    command.add_argument("--wait", action="store_true", help="tell what becomes of it")
    verb(get, "read an order and its story").add_argument("order")
    command = verb(watch, "follow an order to its end")
    command.add_argument("order")
    command.add_argument("--after", type=int, default=0, help="events with greater numbers")
    command = verb(publish, "store a message")
    command.add_argument("queue")
    command.add_argument("--body", help="default: the bytes of standard input")
    command.add_argument("--id", help="a UUID; default: a new one")
    command = verb(consume, "lease messages, print and settle them")
    command.add_argument("queue")
    command.add_argument("--credit", type=int, default=16)
    command.add_argument("--count", type=int, help="stop after so many")
    verb(take, "ask the limiter for tokens").add_argument("--cost", type=int, default=1)
    return top


async def run(options):
    service = options.service or SERVICES.get(options.verb, "ingestd")
    async with Client(
            options.host, options.port, options.ca, options.cert, options.key, service,
            deadline=options.deadline) as mesh:
        await options.run(mesh, options)


def main(arguments=None):
    """0: done; 1: refused, and not applied; 75: refused, and may have been applied."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(run(options))
    except OrderMeshError as error:
        print(error, file=sys.stderr)
        return 75 if error.effect == "maybe_applied" else 1
    return 0
