# SPDX-License-Identifier: MIT
"""Refusals, typed: what, whether it may have happened all the same, when to try again."""

from ordermesh_reader import SCHEMA

NOT_APPLIED, MAYBE_APPLIED = "not_applied", "maybe_applied"
CODES = {each["name"]: each for each in SCHEMA["errors"]}
NAMES = {each["code"]: each["name"] for each in SCHEMA["errors"]}

# clients.md, Trying again: what passes by itself, though nothing says when.
PASSING = {
    "not_connected", "draining", "unavailable", "too_many_in_flight", "deadline_exceeded",
    "rate_limited", "concurrency_limited", "overloaded", "queue_full", "disk_full",
}


class OrderMeshError(Exception):
    """What the mesh, or this client, refused.

    name            of the registry (errors.md); `unknown_N` for a code of a later version
    effect          `not_applied`: it did not happen and will not; `maybe_applied`: it may have
    retry_after_ms  when to try again; 0: not said
    pressure        with `queue_full`: depth, depth_max, in_bytes, drain_per_second
    """

    def __init__(self, name, message, effect=None, retry_after_ms=0, pressure=None):
        super().__init__(message)
        self.name = name
        self.message = message
        self.effect = effect or CODES[name]["effect"]
        self.retry_after_ms = retry_after_ms
        self.pressure = pressure

    def __str__(self):
        return f"{self.name} ({self.effect}): {self.message}"

    @classmethod
    def of(cls, fields):
        """What an ERROR, or a result of SETTLED, says."""
        name = NAMES.get(fields["code"], f"unknown_{fields['code']}")
        return cls(
            name, fields["message"], fields["effect"], fields["retry_after_ms"],
            fields["pressure"])

    @property
    def is_fatal(self):
        return CODES.get(self.name, {"fatal": False})["fatal"]

    @property
    def is_passing(self):
        """Whether the same request, with the same key or id, may be answered otherwise later."""
        return (
            self.effect == MAYBE_APPLIED or self.retry_after_ms > 0 or self.name in PASSING)


class WrongServer(OrderMeshError):
    """No connection, for a reason that waiting does not change: who answers is not who was meant."""

    def __init__(self, message):
        super().__init__("not_connected", message)

    @property
    def is_passing(self):
        return False
