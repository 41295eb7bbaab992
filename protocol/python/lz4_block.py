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
        start = len(plain) - offset
        if offset >= match:
            plain += plain[start:start + match]
        else:
            # The match reaches into what it writes: the last `offset` bytes, over and over.
            plain += (plain[start:] * (match // offset + 1))[:match]
    if len(plain) != plain_length:
        raise BadBlock("the block is shorter than it claims")
    return bytes(plain)


def compress(plain: bytes) -> bytes:
    """A block of `plain`: greedy, by the last place of each four bytes."""
    block = bytearray()
    places = {}
    start = at = 0
    # The last match begins 12 bytes before the end or earlier, and the last 5 bytes are literals.
    while at <= len(plain) - 12:
        four = plain[at:at + 4]
        found = places.get(four)
        places[four] = at
        if found is None or at - found > 65535:
            at += 1
            continue
        match = 4
        while at + match < len(plain) - 5 and plain[found + match] == plain[at + match]:
            match += 1
        _sequence(block, plain[start:at], at - found, match)
        at += match
        start = at
    _sequence(block, plain[start:], 0, 4)
    return bytes(block)


def _sequence(block: bytearray, literals: bytes, offset: int, match: int) -> None:
    """Literals, and the match behind them; without one when `offset` is 0, as at the end."""
    block.append(min(15, len(literals)) << 4 | min(15, match - 4))
    _more(block, len(literals))
    block += literals
    if offset:
        block += offset.to_bytes(2, "little")
        _more(block, match - 4)


def _more(block: bytearray, length: int) -> None:
    """What of a length does not fit into its half of the token."""
    if length >= 15:
        block += b"\xff" * ((length - 15) // 255) + bytes([(length - 15) % 255])


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
