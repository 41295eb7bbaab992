# SPDX-License-Identifier: MIT
"""LZ4 blocks, by the standard library alone (the format: lz4_Block_format.md of the LZ4 project)."""


class BadBlock(Exception):
    """The bytes are not an LZ4 block of the length that they claim."""


def decompress(block: bytes, plain_length: int) -> bytes:
    """The plain bytes of `block`, exactly `plain_length` of them; never makes room for more."""
    plain = bytearray()
    at = 0
    while True:
        token, at = _byte(block, at)
        literals, at = _length(block, at, token >> 4)
        if at + literals > len(block) or len(plain) + literals > plain_length:
            raise BadBlock("literals run over")
        plain += block[at:at + literals]
        at += literals
        if at == len(block):
            break
        if at + 2 > len(block):
            raise BadBlock("the offset of a match is cut off")
        offset = int.from_bytes(block[at:at + 2], "little")
        match, at = _length(block, at + 2, token & 15)
        match += 4
        if not 0 < offset <= len(plain) or len(plain) + match > plain_length:
            raise BadBlock("a match runs over")
        for _ in range(match):
            plain.append(plain[-offset])
    if len(plain) != plain_length:
        raise BadBlock("the block is shorter than it claims")
    return bytes(plain)


def compress(plain: bytes) -> bytes:
    """A block of `plain` that is all literals: valid, and not smaller."""
    count = len(plain)
    if count < 15:
        return bytes([count << 4]) + plain
    rest = count - 15
    return b"\xf0" + b"\xff" * (rest // 255) + bytes([rest % 255]) + plain


def _byte(block: bytes, at: int) -> tuple[int, int]:
    if at >= len(block):
        raise BadBlock("the block is cut off")
    return block[at], at + 1


def _length(block: bytes, at: int, length: int) -> tuple[int, int]:
    if length == 15:
        while True:
            more, at = _byte(block, at)
            length += more
            if more != 255:
                break
    return length, at
