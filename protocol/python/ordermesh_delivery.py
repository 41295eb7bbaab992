# SPDX-License-Identifier: MIT
"""A message on lease, and how a consumer ends the lease: broker.md, Settle."""

from ordermesh_errors import OrderMeshError
from ordermesh_frames import NONE


def envelope(body, id, trace=NONE, group=NONE, tenant="", priority="normal", not_before_ms=0):
    """A message for a queue: `body` in bytes, all else as in reference.md, Envelope."""
    return {
        "id": str(id), "trace": trace, "group": group, "tenant": tenant, "priority": priority,
        "not_before_ms": not_before_ms, "body": body.hex()}


def output(queue, **message):
    """What a settlement publishes: the arguments of `envelope`, and where to."""
    return {"queue": queue, "message": envelope(**message)}


class Delivery:
    """One delivery. `fields` has what reference.md, Delivery, lists; `body` is in bytes."""

    def __init__(self, subscription, fields):
        self._subscription = subscription
        self.fields = fields
        self.message = fields["message"]
        self.body = bytes.fromhex(self.message["body"])

    async def ack(self, outputs=(), deadline=10.0):
        """Done; `outputs` are published with it, or nothing is."""
        await self._settle("ack", outputs=outputs, deadline=deadline)

    async def retry(self, reason, retry_after_ms=0, deadline=10.0):
        """Failed: burns an attempt."""
        await self._settle("retry", reason, retry_after_ms, deadline=deadline)

    async def release(self, deadline=10.0):
        """Not tried: comes back at once and burns nothing."""
        await self._settle("release", deadline=deadline)

    async def dead(self, reason, deadline=10.0):
        """Will never work."""
        await self._settle("dead", reason, deadline=deadline)

    async def _settle(self, verdict, reason="", retry_after_ms=0, outputs=(), deadline=10.0):
        """Raises `stale_lease` when the lease is over, and then nothing was done.

        After `maybe_applied` ask `message_status`: the lease has gone with the session, so that
        repeating it settles nothing.
        """
        settlement = {
            "sequence": self.fields["sequence"], "token": self.fields["token"],
            "verdict": verdict, "retry_after_ms": retry_after_ms, "reason": reason,
            "outputs": list(outputs)}
        result = await self._subscription.settle(settlement, deadline)
        if result["code"]:
            raise OrderMeshError.of(result)


class Subscription:
    """A stream of deliveries in one session, with no more of them unsettled than `credit`."""

    def __init__(self, session, queue, number, credit, clock):
        self._session, self._queue, self._number = session, queue, number
        self._credit, self._clock = credit, clock
        self._pushes = session.listen("DELIVER", number)
        # Deliveries that the server may still send, and room that it has not been told of.
        self._granted, self._free = credit, 0
        self._is_open = False

    async def open(self, deadline):
        await self._session.call("CONSUME", {
            "queue": self._queue, "subscription": self._number, "credit": self._credit}, deadline)
        self._is_open = True

    async def deliveries(self):
        """Until the session ends."""
        async for push in self._pushes:
            self._granted -= len(push["deliveries"])
            if self._granted < 0:  # [B-6]
                self._session.close("the server delivered beyond the credit")
                return
            for fields in push["deliveries"]:
                yield Delivery(self, fields)

    async def close(self, deadline):
        """What is still on lease is released: by this, or at the latest by the session's end."""
        self._session.ignore("DELIVER", self._number)
        if not self._is_open or self._session.leaving.is_set():
            return
        try:
            await self._session.call(
                "STOP_CONSUMING", {"subscription": self._number}, deadline)
        except OrderMeshError as error:
            self._session.close(f"STOP_CONSUMING: {error}")

    async def settle(self, settlement, deadline):
        """The result of one settlement; whatever it is, there is room for another delivery.

        Unless the answer did not come: then the delivery may still be on lease.
        """
        answer = await self._session.call(
            "SETTLE", {"queue": self._queue, "settlements": [settlement]},
            self._clock() + deadline)
        result = answer["results"][0]
        if result["code"] == 0 or OrderMeshError.of(result).name == "stale_lease":
            self._make_room()
        return result

    def _make_room(self):
        self._free += 1
        # Half of it at once: a frame for each delivery would be one too many.
        if 2 * self._free >= self._credit:
            self._session.tell(
                "CREDIT", {"subscription": self._number, "credit": self._free})
            self._granted += self._free
            self._free = 0
