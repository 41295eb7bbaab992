#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""Drives the client in Python for one golden case: conformance.md, Testing a client.

    meshctl conformance golden -- python3 -B protocol/python/golden_driver.py
"""

import asyncio
import json
import sys

from ordermesh_client import Client
from ordermesh_errors import OrderMeshError


async def place_orders(mesh, told):
    async def place(order):
        placed = await mesh.place_order(
            order["customer"],
            [(each["product"], each["quantity"], each["unit_price_minor"])
             for each in order["items"]],
            order["idempotency_key"], currency=order["currency"])
        return {
            name: placed[name] for name in ("idempotency_key", "order", "status", "replayed")}

    if told.get("at_once"):
        return await asyncio.gather(*map(place, told["orders"]))
    return [await place(order) for order in told["orders"]]


async def get_order(mesh, told):
    order = await mesh.get_order(told["order"])
    return [{name: order[name] for name in ("order", "status", "total_minor")}]


async def watch_order(mesh, told):
    return [
        {"number": event["number"], "status": event["status"]}
        async for event in mesh.watch_order(told["order"])]


async def publish(mesh, told):
    return [await mesh.publish(told["queue"], told["body"].encode(), told["id"])]


async def consume(mesh, told):
    results = []
    deliveries = mesh.consume(told["queue"], told["credit"])
    async for delivery in deliveries:
        settled = "done"
        try:
            await delivery.ack()
        except OrderMeshError as error:
            settled = error.name
        results.append({
            "id": delivery.message["id"], "body": delivery.body.decode(), "settled": settled})
        if len(results) == told["count"]:
            break
    await deliveries.aclose()
    return results


async def take(mesh, told):
    decision = await mesh.take(told["tenant"], told["cost"])
    return [{name: decision[name] for name in ("granted", "remaining", "retry_after_ms")}]


ACTIONS = {
    each.__name__: each for each in (place_orders, get_order, watch_order, publish, consume, take)}


async def drive(told):
    async with Client(
            told["host"], told["port"], told["ca"], told["cert"], told["key"], told["service"],
            name="golden driver", deadline=told["deadline_ms"] / 1000) as mesh:
        return await ACTIONS[told["do"]](mesh, told)


def main():
    told = json.loads(sys.stdin.readline())
    if told["do"] not in ACTIONS:
        outcome = {"outcome": "unsupported", "message": told["do"]}
    else:
        try:
            outcome = {"outcome": "answered", "results": asyncio.run(drive(told))}
        except OrderMeshError as error:
            outcome = {
                "outcome": "refused", "error": error.name, "effect": error.effect,
                "retry_after_ms": error.retry_after_ms, "message": error.message}
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
