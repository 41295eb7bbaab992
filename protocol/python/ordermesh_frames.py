# SPDX-License-Identifier: MIT
"""Frames of a session, out of values that are checked first, and into values."""

import lz4_block
from ordermesh_errors import OrderMeshError
from ordermesh_reader import (
    COMPRESSED, ENUMS, INTEGERS, LIMITS, MESSAGES, OPCODES, STRUCTS, Reader, Refusal, Writer,
    crc32c, write_uuid)

try:  # The C library where it is there (python3-lz4).
    from lz4.block import compress as _compress_by_library
except ImportError:
    _compress_by_library = None

NONE = "00000000-0000-0000-0000-000000000000"
HEADER = LIMITS["frame_header_byte_count"]


def encode(message, fields, limit, correlation=0, deadline_ms=0, trace=NONE, flags=0):
    """The bytes of a frame; refused with `bad_message` or `frame_too_long` when it breaks a limit.

    limit  the longest frame that the peer takes, and the longest plain body
    """
    writer = Writer()
    known = MESSAGES[OPCODES[message]]["fields"]
    writer.fields(known, _fitting(known, fields, message))
    plain = writer.data
    if len(plain) > limit:
        raise OrderMeshError("frame_too_long", f"a body of {len(plain)} bytes, at most {limit}")
    body, compressed = _shrunk(plain)
    if HEADER + len(body) > limit:
        raise OrderMeshError(
            "frame_too_long", f"a frame of {HEADER + len(body)} bytes, at most {limit}")
    return b"".join((
        (HEADER + len(body)).to_bytes(4, "little"),
        bytes((1, flags | compressed)),
        OPCODES[message].to_bytes(2, "little"),
        deadline_ms.to_bytes(4, "little"),
        correlation.to_bytes(8, "little"),
        write_uuid(trace),
        crc32c(plain).to_bytes(4, "little"),
        body))


def decode(header, body):
    """The message's name and its fields; a name of None for an opcode of a later version."""
    message = MESSAGES.get(header["opcode"])
    if message is None:
        return None, {}
    return message["name"], Reader(body).fields(message["fields"])


def _shrunk(plain):
    """framing.md, F-6: nothing short is compressed, and nothing that saves less than an eighth."""
    if len(plain) < LIMITS["compression_threshold_byte_count"]:
        return plain, 0
    if _compress_by_library:
        block = _compress_by_library(plain, store_size=False)
    else:
        block = lz4_block.compress(plain)
    saves = 4 + len(block) <= len(plain) - len(plain) // 8
    honest = len(plain) <= LIMITS["plain_ratio_max"] * len(block)
    if not (saves and honest):
        return plain, 0
    return len(plain).to_bytes(4, "little") + block, COMPRESSED


# Limits of fields, before anything is written.


def _fitting(known, values, path):
    """`values` for the fields `known`: texts cut to their limit, all else refused beyond it."""
    unknown = set(values) - {field["name"] for field in known}
    if unknown:
        raise OrderMeshError("bad_message", f"{path} has no {', '.join(sorted(unknown))}")
    fitting = {}
    for field in known:
        name = f"{path}.{field['name']}"
        if field["name"] not in values:
            raise OrderMeshError("bad_message", f"{name} is missing")
        fitting[field["name"]] = _fit(
            field["type"], values[field["name"]], field.get("max"), name)
    return fitting


def _fit(kind, value, limit, name):
    if kind in INTEGERS:
        bits = 8 * INTEGERS[kind]
        low, high = (-(1 << bits - 1), 1 << bits - 1) if kind == "i64" else (0, 1 << bits)
        if not low <= value < high:
            raise OrderMeshError("bad_message", f"{name}: {value} is no {kind}")
    elif kind == "text":
        return value.encode()[:limit].decode(errors="ignore")
    elif kind == "string":
        _count(len(value.encode()), limit, name)
    elif kind == "bytes":
        _count(len(value) // 2, limit, name)
    elif kind.startswith("list<"):
        _count(len(value), limit, name)
        return [_fit(kind[5:-1], each, None, name) for each in value]
    elif kind in ENUMS and value not in ENUMS[kind].values():
        raise OrderMeshError("bad_message", f"{name}: {value} is no {kind}")
    elif kind in STRUCTS:
        return _fitting(STRUCTS[kind], value, name)
    return value


def _count(count, limit, name):
    if limit is not None and count > limit:
        raise OrderMeshError("bad_message", f"{name}: {count}, where at most {limit} may stand")
