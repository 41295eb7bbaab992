#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""A client of the mesh by the standard library alone; written from the pages of protocol/ alone.

    async with Client("localhost", 9100, ca, certificate, key) as mesh:
        placed = await mesh.place_order("cust-1", [("sku-1", 2, 1995)], key="order-17")
        async for event in mesh.watch_order(placed["order"]):
            print(event["status"])

    ordermesh_client.py place --host H --port P --ca F --cert F --key F --customer C --item P:N:CENTS
    ordermesh_client.py --help

Answers are the fields that reference.md lists, by name. Refusals are `OrderMeshError`.
"""

import asyncio
import itertools
import random
import sys
import uuid

from ordermesh_delivery import Subscription, envelope
from ordermesh_errors import MAYBE_APPLIED, OrderMeshError, WrongServer
from ordermesh_frames import NONE
from ordermesh_session import Session, tls_context

DELAY_MIN, DELAY_MAX = 0.05, 5.0
TRY_MAX = 10.0


def full_jitter(failures):
    """handshake.md, section 4: a random part of a delay that doubles."""
    return random.uniform(0, min(DELAY_MAX, DELAY_MIN * 2 ** min(failures, 10)))


class Client:
    """One connection that comes back when lost, for any number of calls at once.

    service  whom the server must be: `ingestd`, `brokerd`, `ratelimitd`
    deadline in seconds, for a call with all its tries, unless the call says otherwise
    """

    def __init__(
            self, host, port, ca, certificate, key, service="ingestd", name="python",
            deadline=30.0):
        self._open = lambda: Session.open(
            host, port, tls_context(ca, certificate, key), service, name)
        self._deadline = deadline
        self._session = None
        self._change = asyncio.Condition()
        self._why = None
        self._sessions = set()
        self._numbers = itertools.count(1)

    async def __aenter__(self):
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_):
        self._keeper.cancel()
        await asyncio.gather(self._keeper, return_exceptions=True)
        for session in self._sessions:
            session.close("the client is done")

    # Orders

    async def place_order(
            self, customer, items, key=None, tenant="", currency="USD", trace=None,
            deadline=None):
        """Places an order, once: every try carries the same key.

        items  (product, quantity, unit price in minor units) of each line
        """
        fields = {
            "tenant": tenant, "customer": customer,
            "idempotency_key": key or str(uuid.uuid4()), "currency": currency,
            "items": [
                {"product": product, "quantity": quantity, "unit_price_minor": price}
                for product, quantity, price in items]}
        placed = await self._repeat("PLACE_ORDER", fields, deadline, trace or str(uuid.uuid4()))
        return placed | {"idempotency_key": fields["idempotency_key"]}

    async def get_order(self, order, tenant="", deadline=None):
        return await self._repeat("GET_ORDER", {"tenant": tenant, "order": order}, deadline)

    async def watch_order(self, order, after=0, tenant=""):
        """Each event once, in order, until the order's status is final; across connections."""
        failures = itertools.count()
        while True:
            session = await self._connected(None)
            pushes = session.listen("ORDER_EVENT", order)
            try:
                await session.call(
                    "WATCH_ORDER", {"tenant": tenant, "order": order, "after": after},
                    self._time(TRY_MAX))
                async for push in pushes:
                    if push["event"]["number"] > after:
                        after = push["event"]["number"]
                        yield push["event"]
                    if push["final"]:
                        return
            except OrderMeshError as error:
                if not error.is_passing:
                    raise
                await asyncio.sleep(self._delay(error, next(failures)))
            finally:
                session.ignore("ORDER_EVENT", order)

    # Queues

    async def publish(self, queue, body, id=None, deadline=None, **message):
        """Stores a message, once: every try carries the same id. `message`: as in `envelope`."""
        message = envelope(body, id or uuid.uuid4(), **message)
        return await self._repeat("PUBLISH", {"queue": queue, "message": message}, deadline)

    async def consume(self, queue, credit=16):
        """Deliveries, at most `credit` of them unsettled, across connections.

        What was delivered in a session that is lost goes back to its queue: settling it raises.
        """
        failures = itertools.count()
        while True:
            session = await self._connected(None)
            subscription = Subscription(
                session, queue, next(self._numbers), credit, asyncio.get_running_loop().time)
            try:
                await subscription.open(self._time(TRY_MAX))
                async for delivery in subscription.deliveries():
                    yield delivery
            except OrderMeshError as error:
                if not error.is_passing:
                    raise
                await asyncio.sleep(self._delay(error, next(failures)))
            finally:
                await subscription.close(self._time(TRY_MAX))

    async def message_status(self, queue, ids, deadline=None):
        """`never_seen`, `held` or `settled` for each: what became of a message or an output."""
        answer = await self._repeat("MESSAGE_STATUS", {"queue": queue, "ids": ids}, deadline)
        return answer["standings"]

    # Tokens

    async def take(self, tenant, cost=1, key=NONE, hold=False, deadline=None):
        """The limiter's decision. Never repeated: a take that may have happened is not safe to."""
        request = {"tenant": tenant, "cost": cost, "key": key, "hold": hold}
        until = self._until(deadline)
        session = await self._connected(until)
        answer = await session.call("TAKE", {"takes": [request]}, until)
        return answer["decisions"][0]

    async def release(self, keys):
        """Frees the slots of takes. Slots end with their session: without one there is none."""
        if self._session:
            self._session.tell("RELEASE", {"keys": list(keys)})

    # Tries

    async def _repeat(self, message, fields, deadline, trace=NONE):
        """Asks until there is an answer, as long as another try may be answered otherwise."""
        until = self._until(deadline)
        effect = None
        for failures in itertools.count():
            try:
                session = await self._connected(until)
                return await session.call(
                    message, fields, min(until, self._time(TRY_MAX)), trace)
            except OrderMeshError as error:
                # What an earlier try may have done, no later refusal undoes.
                if error.effect == MAYBE_APPLIED:
                    effect = MAYBE_APPLIED
                error.effect = effect or error.effect
                delay = self._delay(error, failures)
                if not error.is_passing or self._time(delay) >= until:
                    raise
            await asyncio.sleep(delay)

    def _delay(self, error, failures):
        """As the server asks, and a little later: not all who were refused at once."""
        asked = error.retry_after_ms / 1000
        return asked + min(full_jitter(failures), asked / 10) if asked else full_jitter(failures)

    def _time(self, seconds):
        return asyncio.get_running_loop().time() + seconds

    def _until(self, deadline):
        return self._time(self._deadline if deadline is None else deadline)

    # The connection

    async def _connected(self, until):
        """A session to ask in; at once an error when waiting for one would not help."""
        try:
            async with asyncio.timeout_at(until), self._change:
                while self._session is None or self._session.leaving.is_set():
                    if self._why and not self._why.is_passing:
                        raise WrongServer(self._why.message)
                    await self._change.wait()
                return self._session
        except TimeoutError:
            raise OrderMeshError(
                "not_connected", f"in time: {self._why or 'no server'}") from None

    async def _keep(self):
        failures = 0
        while True:
            try:
                session = await self._open()
            except OrderMeshError as error:
                await self._say(None, error)
            else:
                await self._say(session, None)
                await session.leaving.wait()
                self._sessions = {each for each in self._sessions if not each.closed.is_set()}
                if session.has_answered:
                    failures = 0
            await asyncio.sleep(full_jitter(failures))
            failures += 1

    async def _say(self, session, why):
        async with self._change:
            self._session, self._why = session, why
            if session:
                self._sessions.add(session)
            self._change.notify_all()


if __name__ == "__main__":
    from ordermesh_commands import main
    sys.exit(main())
