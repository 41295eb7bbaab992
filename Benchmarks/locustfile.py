# SPDX-License-Identifier: MIT
"""Customers of a mesh, over HTTP: `scripts/load burst` and `scripts/load sustained` run this.

Each customer places orders and looks at what became of them. Who is told 429 or 503 waits as long as
Retry-After says, and sends the same order again under the same key, as clients should; such an answer is
no failure, a repeat of it is counted apart. Settings by environment: LOAD_SHAPE (burst, sustained),
LOAD_TENANTS, LOAD_API_KEY.
"""

import os
import random
import uuid

from gevent import sleep
from locust import FastHttpUser, LoadTestShape, between, events, task

SHAPE = os.environ.get("LOAD_SHAPE", "sustained")
TENANTS = int(os.environ.get("LOAD_TENANTS", "4"))
API_KEY = os.environ.get("LOAD_API_KEY")
# (seconds from the start, customers, customers started or stopped a second)
STAGES = {
    "burst": [(10, 10, 10), (30, 200, 200), (60, 10, 200), (80, 200, 200), (90, 10, 200)],
    "sustained": [(15, 25, 5), (180, 50, 5), (195, 5, 10)],
}
refusals = {"first": 0, "repeated": 0}


class Customer(FastHttpUser):
    """One customer of one tenant, who obeys."""

    wait_time = between(0.01, 0.1) if SHAPE == "burst" else between(0.1, 0.5)

    def on_start(self):
        self.tenant = f"load-{random.randrange(TENANTS)}"
        self.headers = {"X-API-Key": API_KEY} if API_KEY else {}

    @task(10)
    def place(self):
        order = {
            "action": "place_order",
            "customer_id": f"cust-{random.randrange(10_000)}",
            "items": [{"product_id": "PROD-001", "quantity": random.randint(1, 3), "price": 10.0}],
            "idempotency_key": str(uuid.uuid4()),
        }
        if not API_KEY:
            order["tenant_id"] = self.tenant
        is_repeat = False
        while True:
            with self.client.post(
                "/orders", json=order, headers=self.headers, catch_response=True
            ) as answer:
                if answer.status_code in (429, 503):
                    answer.success()
                    refusals["repeated" if is_repeat else "first"] += 1
                elif answer.status_code not in (200, 202):
                    answer.failure(f"{answer.status_code}: {answer.text[:200]}")
                    return
                else:
                    answer.success()
                    self.last = answer.json()["order_id"]
                    return
            is_repeat = True
            sleep(float(answer.headers.get("Retry-After", "1")))

    @task(2)
    def look(self):
        order = getattr(self, "last", None)
        if order:
            query = "" if API_KEY else f"?tenant_id={self.tenant}"
            self.client.get(f"/orders/{order}{query}", headers=self.headers, name="/orders/[id]")


class Shape(LoadTestShape):
    """The stages of LOAD_SHAPE, one after the other, then the end."""

    def tick(self):
        for end, customers, rate in STAGES[SHAPE]:
            if self.get_run_time() < end:
                return customers, rate
        return None


@events.test_stop.add_listener
def report(environment, **_):
    print(f"refused: {refusals['first']} orders, {refusals['repeated']} of them again")
