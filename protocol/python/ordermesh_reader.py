#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads and writes frames of the protocol; written from the pages of protocol/ alone.

    ordermesh_reader.py read FILE.hex ...    prints what each frame says, as JSON
    ordermesh_reader.py check DIRECTORY      reads and re-encodes every vector; exits 1 if one differs
    ordermesh_reader.py make FILE.json ...   writes FILE.hex, annotated, from FILE.json; fills in its checksum
"""

import json
import sys
import uuid
from pathlib import Path

import lz4_block

SCHEMA = json.loads((Path(__file__).parent.parent / "schema" / "messages.json").read_text())
STRUCTS = {each["name"]: each["fields"] for each in SCHEMA["structs"]}
ENUMS = {
    each["name"]: {case["value"]: case["name"] for case in each["cases"]}
    for each in SCHEMA["enums"]
}
MESSAGES = {int(each["opcode"], 16): each for each in SCHEMA["messages"]}
OPCODES = {each["name"]: opcode for opcode, each in MESSAGES.items()}
ERRORS = {each["name"]: each["code"] for each in SCHEMA["errors"]}
LIMITS = {each["name"]: each["value"] for each in SCHEMA["limits"]}

COMPRESSED, RESPONSE, PUSH = 1, 2, 4
INTEGERS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i64": 8}


class Refusal(Exception):
    """What is read breaks a rule; `name` is that of the registry of errors."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name


# Checksum: framing.md, F-4. CRC32C is reflected, so the Castagnoli polynomial stands reversed.


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


# Values: framing.md, section 4.


class Reader:
    """Takes values off the front of `data`."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    @property
    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left:
            raise Refusal("bad_message", f"{count} bytes wanted, {self.left} left")
        self.at += count
        return self.data[self.at - count:self.at]

    def integer(self, kind):
        return int.from_bytes(self.take(INTEGERS[kind]), "little", signed=kind == "i64")

    def fields(self, fields):
        """All of `fields`; what stands behind them is left unread, to be skipped."""
        return {field["name"]: self.value(field["type"], field.get("max")) for field in fields}

    def value(self, kind, limit=None):
        if kind in INTEGERS:
            return self.integer(kind)
        if kind == "bool":
            return self.bool()
        if kind == "uuid":
            return read_uuid(self.take(16))
        if kind in ("string", "text"):
            return self.text(limit)
        if kind == "bytes":
            return self.take(self.count("u32", limit)).hex()
        if kind.startswith("list<"):
            return self.list(kind[5:-1], limit)
        if kind in ENUMS:
            return self.enumeration(kind)
        return Reader(self.take(self.integer("u32"))).fields(STRUCTS[kind])

    def bool(self):
        byte = self.integer("u8")
        if byte > 1:
            raise Refusal("bad_message", f"a bool of {byte}")
        return byte == 1

    def text(self, limit):
        data = self.take(self.count("u16", limit))
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refusal("bad_message", "a string that is not UTF-8") from error

    def list(self, kind, limit):
        count = self.count("u32", limit)
        if count * smallest(kind) > self.left:
            raise Refusal("bad_message", f"a list of {count} in {self.left} bytes")
        return [self.value(kind) for _ in range(count)]

    def enumeration(self, kind):
        byte = self.integer("u8")
        if byte not in ENUMS[kind]:
            raise Refusal("bad_message", f"{byte} is no {kind}")
        return ENUMS[kind][byte]

    def count(self, kind, limit):
        count = self.integer(kind)
        if limit is not None and count > limit:
            raise Refusal("bad_message", f"{count} where at most {limit} may stand")
        return count


def smallest(kind):
    """The fewest bytes that one value can take."""
    if kind in INTEGERS:
        return INTEGERS[kind]
    if kind == "bool" or kind in ENUMS:
        return 1
    return {"uuid": 16, "string": 2, "text": 2}.get(kind, 4)


def read_uuid(data):
    high, low = data[:8], data[8:]
    return str(uuid.UUID(bytes=high[::-1] + low[::-1]))


def write_uuid(text):
    data = uuid.UUID(text).bytes
    return data[:8][::-1] + data[8:][::-1]


class Writer:
    """Appends values, and keeps for each piece what it is."""

    def __init__(self):
        self.pieces = []

    @property
    def data(self):
        return b"".join(piece for piece, _ in self.pieces)

    def add(self, data, note):
        self.pieces.append((data, note))

    def integer(self, kind, value, note):
        data = value.to_bytes(INTEGERS[kind], "little", signed=kind == "i64")
        self.add(data, f"{note} {value}")

    def fields(self, fields, values, path=""):
        for field in fields:
            self.value(field["type"], values[field["name"]], path + field["name"])

    def value(self, kind, value, note):
        if kind in INTEGERS:
            self.integer(kind, value, note)
        elif kind == "bool":
            self.add(bytes([value]), f"{note} {str(value).lower()}")
        elif kind == "uuid":
            self.add(write_uuid(value), f"{note} {value}")
        elif kind in ("string", "text"):
            data = value.encode("utf-8")
            self.integer("u16", len(data), f"{note}: bytes")
            self.add(data, json.dumps(value, ensure_ascii=False))
        elif kind == "bytes":
            data = bytes.fromhex(value)
            self.integer("u32", len(data), f"{note}: bytes")
            self.add(data, note)
        elif kind.startswith("list<"):
            self.integer("u32", len(value), f"{note}: count")
            for index, element in enumerate(value):
                self.value(kind[5:-1], element, f"{note}[{index}]")
        elif kind in ENUMS:
            byte = next(number for number, name in ENUMS[kind].items() if name == value)
            self.add(bytes([byte]), f"{note} {value}")
        else:
            inner = Writer()
            inner.fields(STRUCTS[kind], value, note + ".")
            self.integer("u32", len(inner.data), f"{note}: bytes of the {kind}")
            self.pieces += inner.pieces


# Frames: framing.md, sections 2 and 3.


def read_frame(data, limit=LIMITS["frame_byte_count_max"]):
    """What a frame says: its header, and the fields of its message."""
    header, body = read_header(data, limit)
    message = MESSAGES.get(header["opcode"])
    if message is None:
        raise Refusal("unknown_opcode", f"{header['opcode']:#06x}")
    reader = Reader(body)
    fields = reader.fields(message["fields"])
    return {
        "message": message["name"],
        "header": header,
        "fields": fields,
        "skipped": body[reader.at:].hex(),
    }


def read_header(data, limit):
    """The header, and the plain body behind it."""
    reader = Reader(data)
    length = reader.integer("u32")
    if length < LIMITS["frame_header_byte_count"]:
        raise Refusal("bad_frame", f"a length of {length}")
    if length > limit:
        raise Refusal("frame_too_long", f"{length} bytes, at most {limit}")
    version, flags = reader.integer("u8"), reader.integer("u8")
    if version != 1:
        raise Refusal("unsupported_version", f"version {version}")
    if flags & ~(COMPRESSED | RESPONSE | PUSH):
        raise Refusal("bad_frame", f"flags {flags:#04x}")
    header = {
        "version": version,
        "flags": flags,
        "opcode": reader.integer("u16"),
        "deadline_ms": reader.integer("u32"),
        "correlation": reader.integer("u64"),
        "trace": read_uuid(reader.take(16)),
        "checksum": reader.integer("u32"),
    }
    body = reader.take(length - LIMITS["frame_header_byte_count"])
    if reader.left:
        raise Refusal("bad_frame", f"{reader.left} bytes behind the frame")
    if flags & COMPRESSED:
        body = expand(body, limit)
    if crc32c(body) != header["checksum"]:
        raise Refusal("bad_checksum", f"{crc32c(body):#010x} expected")
    return header, body


def expand(body, limit):
    if len(body) < 4:
        raise Refusal("bad_compression", "no plain length")
    plain_length, block = int.from_bytes(body[:4], "little"), body[4:]
    if not 0 < plain_length <= min(limit, LIMITS["plain_ratio_max"] * len(block)):
        raise Refusal("bad_compression", f"{plain_length} bytes out of {len(block)}")
    try:
        return lz4_block.decompress(block, plain_length)
    except lz4_block.BadBlock as error:
        raise Refusal("bad_compression", str(error)) from error


def write_frame(vector, block=None):
    """The pieces of the frame that `vector` describes, each with a note.

    With flag 1 the body is compressed: as `block`, or else by a compressor of our own.
    """
    header = vector["header"]
    body = Writer()
    body.fields(MESSAGES[OPCODES[vector["message"]]]["fields"], vector["fields"])
    if vector.get("skipped"):
        body.add(bytes.fromhex(vector["skipped"]), "unknown to this version: skipped")
    pieces, checksum = body.pieces, crc32c(body.data)
    if header["flags"] & COMPRESSED:
        block = block or lz4_block.compress(body.data)
        pieces = [
            (len(body.data).to_bytes(4, "little"), f"plain length {len(body.data)}"),
            (block, "LZ4 block"),
        ]
    frame = Writer()
    length = LIMITS["frame_header_byte_count"] + sum(len(piece) for piece, _ in pieces)
    frame.integer("u32", length, "length")
    frame.integer("u8", header["version"], "version")
    frame.integer("u8", header["flags"], "flags")
    frame.add(OPCODES[vector["message"]].to_bytes(2, "little"), f"opcode {vector['message']}")
    frame.integer("u32", header["deadline_ms"], "deadline_ms")
    frame.integer("u64", header["correlation"], "correlation")
    frame.add(write_uuid(header["trace"]), f"trace {header['trace']}")
    frame.add(checksum.to_bytes(4, "little"), f"checksum {checksum:#010x}")
    return frame.pieces + pieces


# Vectors: hexadecimal with notes behind `#`.


def read_hex(path):
    lines = Path(path).read_text().splitlines()
    return bytes.fromhex("".join(line.split("#")[0] for line in lines))


def write_hex(path, about, pieces):
    lines = [f"# {about}"]
    for data, note in pieces:
        rows = [data[at:at + 16].hex(" ") for at in range(0, len(data), 16)]
        for index, row in enumerate(rows):
            lines.append(f"{row:<47}  # {note}" if index == 0 else row)
    Path(path).write_text("\n".join(lines) + "\n")


def describe(path):
    """What the frame in `path` says, and whether writing that gives the same bytes again."""
    data = read_hex(path)
    try:
        frame = read_frame(data)
    except Refusal as refusal:
        return {"file": Path(path).name, "refused": refusal.name}
    block = data[44:] if frame["header"]["flags"] & COMPRESSED else None
    again = b"".join(piece for piece, _ in write_frame(frame, block))
    return {"file": Path(path).name, **frame, "same_again": again == data}


def check(directory):
    failures = 0
    for path in sorted(Path(directory).rglob("*.hex")):
        expected = json.loads(path.with_suffix(".json").read_text())
        found = describe(path)
        keys = ["refused"] if "refused" in expected else ["message", "header", "fields", "skipped"]
        good = all(found.get(key) == expected.get(key) for key in keys)
        same = found.get("same_again", True) == expected.get("same_again", True)
        if not good or not same:
            failures += 1
            print(f"{path}: {json.dumps(found)}", file=sys.stderr)
    return failures


def make(path):
    path = Path(path)
    vector = json.loads(path.read_text())
    write_hex(path.with_suffix(".hex"), vector["about"], write_frame(vector))
    vector["header"] = read_frame(read_hex(path.with_suffix(".hex")))["header"]
    path.write_text(json.dumps(vector, indent=2, ensure_ascii=False) + "\n")


def main(arguments):
    match arguments:
        case ["read", *paths] if paths:
            print(json.dumps([describe(path) for path in paths], ensure_ascii=False))
        case ["check", directory]:
            return 1 if check(directory) else 0
        case ["make", *paths] if paths:
            for path in paths:
                make(path)
        case _:
            print(__doc__.strip(), file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
