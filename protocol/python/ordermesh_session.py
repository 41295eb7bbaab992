# SPDX-License-Identifier: MIT
"""One session with one server: HELLO, requests by correlation id, pushes, liveness, its end."""

import asyncio
import itertools
import ssl

from ordermesh_errors import MAYBE_APPLIED, NOT_APPLIED, OrderMeshError, WrongServer
from ordermesh_frames import HEADER, NONE, decode, encode
from ordermesh_reader import LIMITS, MESSAGES, OPCODES, RESPONSE, Refusal, read_header

ALPN = "order-mesh/1"
MAGIC = 0x48534D4F
IDENTITY = "spiffe://order-mesh/"
PING_AFTER, CLOSE_AFTER = 15.0, 30.0
FRAME_MAX = LIMITS["frame_byte_count_max"]
# Which push belongs to whom: the field that names the watch or the subscription.
PUSH_KEYS = {"ORDER_EVENT": "order", "DELIVER": "subscription", "DEPTH": "queue"}


def tls_context(ca, certificate, key):
    """TLS 1.3, mutual, with the mesh's own root [H-1, H-2, H-3]."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Who a server is says a URI in its certificate [H-4], not the name of its host.
    context.check_hostname = False
    context.load_verify_locations(ca)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols([ALPN])
    return context


def check_server(transport, service):
    """That the server speaks the protocol, and is the service that is meant [H-3, H-4]."""
    connection = transport.get_extra_info("ssl_object")
    if connection.selected_alpn_protocol() != ALPN:
        raise WrongServer(f"the server does not speak {ALPN}")
    names = [
        name for kind, name in connection.getpeercert().get("subjectAltName", ())
        if kind == "URI" and name.startswith(IDENTITY)]
    if names != [f"{IDENTITY}service/{service}"]:
        raise WrongServer(f"the server is {' and '.join(names) or 'nobody'}, not {service}")


class Pushes:
    """What comes unasked for one watch or subscription; ends with the session's end."""

    def __init__(self):
        self._queue = asyncio.Queue()

    def put(self, fields):
        self._queue.put_nowait(fields)

    def __aiter__(self):
        return self

    async def __anext__(self):
        fields = await self._queue.get()
        if fields is None:
            raise StopAsyncIteration
        return fields


class Session:
    """Open from HELLO_OK until `closed`; asks nothing new once `leaving`."""

    def __init__(self, reader, writer):
        self.leaving = asyncio.Event()
        self.closed = asyncio.Event()
        self.has_answered = False
        self.why = None
        self._reader, self._writer = reader, writer
        self._limit = LIMITS["hello_frame_byte_count_max"]
        self._sends_at_most = self._limit
        self._room = asyncio.Semaphore(1)
        self._correlations = itertools.count(1)
        self._calls = {}
        self._pushes = {}
        self._heard = asyncio.get_running_loop().time()
        self._tasks = [asyncio.create_task(each) for each in (self._read(), self._watch())]

    @classmethod
    async def open(cls, host, port, tls, service, name):
        """Connects and says HELLO; `not_connected` when that cannot be had within ten seconds."""
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection(
                    host, port, ssl=tls, server_hostname=host)
        except ssl.SSLError as error:
            if isinstance(error, ssl.SSLEOFError):  # The network, or a server that is going.
                raise OrderMeshError("not_connected", f"{host}:{port}: {error}") from error
            raise WrongServer(f"{host}:{port}: {error}") from error
        except (OSError, TimeoutError) as error:
            raise OrderMeshError(
                "not_connected", f"{host}:{port}: {error or 'no answer'}") from error
        try:
            check_server(writer.transport, service)
        except OrderMeshError:
            writer.transport.abort()
            raise
        session = cls(reader, writer)
        try:
            await session._greet(name)
        except BaseException:
            session.close("no HELLO_OK")
            raise
        return session

    async def _greet(self, name):
        deadline = asyncio.get_running_loop().time() + 10
        try:
            hello = await self.call("HELLO", {
                "magic": MAGIC, "version_min": 1, "version_max": 1, "features": 0,
                "frame_byte_count_max": FRAME_MAX, "in_flight_max": LIMITS["in_flight_max"],
                "name": name}, deadline)
        except OrderMeshError as error:
            if error.name == "unsupported_version":
                raise WrongServer(str(error)) from error
            # Whatever went wrong here, no request was written.
            raise OrderMeshError(
                "not_connected", f"HELLO: {self.why or error}", NOT_APPLIED,
                error.retry_after_ms) from error
        if hello["version"] != 1:
            raise WrongServer(f"the server chose version {hello['version']}")
        # [H-7]
        self._sends_at_most = min(hello["frame_byte_count_max"], FRAME_MAX)
        self._room = asyncio.Semaphore(min(hello["in_flight_max"], LIMITS["in_flight_max"]))
        self.has_answered = False

    # Asking

    async def call(self, message, fields, deadline, trace=NONE):
        """The fields of the answer; `deadline` is a time of the loop's clock."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._room.acquire()
        except TimeoutError:
            raise OrderMeshError(
                "deadline_exceeded", "no room among the requests in flight", NOT_APPLIED) from None
        try:
            return await self._ask(message, fields, deadline, trace)
        finally:
            self._room.release()

    async def _ask(self, message, fields, deadline, trace):
        self._check_open()
        loop = asyncio.get_running_loop()
        left = deadline - loop.time()
        if left <= 0:
            raise OrderMeshError("deadline_exceeded", "before it was sent", NOT_APPLIED)
        correlation = next(self._correlations)
        frame = encode(
            message, fields, self._sends_at_most, correlation,
            min(max(1, int(left * 1000)), 0xFFFFFFFF), trace)
        answer = loop.create_future()
        self._calls[correlation] = (message, answer)
        try:
            async with asyncio.timeout_at(deadline):
                await self._write(frame)
                return await answer
        except (TimeoutError, asyncio.CancelledError) as error:
            self.tell("CANCEL", {"correlation": correlation})
            if isinstance(error, asyncio.CancelledError):
                raise
            raise OrderMeshError(
                "deadline_exceeded", f"no answer to {message} in time", MAYBE_APPLIED) from None
        finally:
            self._calls.pop(correlation, None)
            self._close_when_done()

    def _check_open(self):
        if self.closed.is_set():
            raise OrderMeshError("not_connected", f"the session is over: {self.why}")
        if self.leaving.is_set():
            raise OrderMeshError("draining", "the server is about to close")

    async def _write(self, frame):
        try:
            self._writer.write(frame)
            await self._writer.drain()
        except OSError as error:
            self.close(f"lost while writing: {error}")
            # What was asked is failed with all else by the end of the session.

    def tell(self, message, fields, **header):
        """Sends what is not answered, if there is still somebody to hear it."""
        if not self.closed.is_set():
            self._writer.write(encode(message, fields, self._sends_at_most, **header))

    def listen(self, message, key):
        """What is pushed for `key` from now on."""
        pushes = self._pushes[message, key] = Pushes()
        if self.closed.is_set():
            pushes.put(None)
        return pushes

    def ignore(self, message, key):
        self._pushes.pop((message, key), None)

    # Hearing

    async def _read(self):
        try:
            while True:
                self._received(*await self._next_frame())
        except Refusal as refusal:
            self.close(f"the server sent {refusal}")
        except (EOFError, OSError) as error:
            self.close(f"the connection ended: {error}")

    async def _next_frame(self):
        prefix = await self._take(4)
        length = int.from_bytes(prefix, "little")
        if not HEADER <= length <= self._limit:  # Before room is made for it [F-1].
            raise Refusal("bad_frame", f"a length of {length}")
        return read_header(prefix + await self._take(length), self._limit)

    async def _take(self, count):
        """So many bytes; a long frame that still comes is a sign of life too."""
        taken = bytearray()
        while len(taken) < count:
            piece = await self._reader.read(min(count - len(taken), 1 << 16))
            if not piece:
                raise EOFError("by the server" if not taken else "within a frame")
            self._heard = asyncio.get_running_loop().time()
            taken += piece
        return bytes(taken)

    def _received(self, header, body):
        try:
            message, fields = decode(header, body)
        except Refusal as refusal:
            self._fail(header["correlation"], OrderMeshError(
                "bad_message", f"the answer cannot be read: {refusal}", MAYBE_APPLIED))
            return
        if header["flags"] & RESPONSE:
            self._answered(header["correlation"], message, fields)
        elif message == "PING":
            self.tell(
                "PONG", fields, correlation=header["correlation"], trace=header["trace"],
                flags=RESPONSE)
        elif message == "DRAIN":
            self._drain(fields["grace_ms"] / 1000)
        elif message in PUSH_KEYS:
            pushes = self._pushes.get((message, fields[PUSH_KEYS[message]]))
            if pushes:
                pushes.put(fields)
        # Anything else is of a later version, or no longer awaited.

    def _answered(self, correlation, message, fields):
        if message == "ERROR":
            error = OrderMeshError.of(fields)
            self._fail(correlation, error)
            if error.is_fatal:
                self.close(f"the server refused: {error}")
            return
        asked, answer = self._calls.get(correlation, (None, None))
        if answer is None or answer.done():
            return  # Nobody waits for it: the deadline has passed.
        self.has_answered = True
        if asked == "HELLO":
            self._limit = FRAME_MAX
        if message == MESSAGES[OPCODES[asked]]["reply"]:
            answer.set_result(fields)
        else:
            self._fail(correlation, OrderMeshError(
                "bad_message", f"{asked} was answered by {message}", MAYBE_APPLIED))

    def _fail(self, correlation, error):
        self.has_answered = True
        _, answer = self._calls.get(correlation, (None, None))
        if answer is not None and not answer.done():
            answer.set_exception(error)

    # Liveness and end: handshake.md, section 4.

    async def _watch(self):
        loop = asyncio.get_running_loop()
        asked = 0.0
        while not self.closed.is_set():
            silence = loop.time() - self._heard
            if silence >= CLOSE_AFTER:
                return self.close("idle: nothing was heard in time")
            if silence >= PING_AFTER and asked <= self._heard:
                asked = loop.time()
                correlation = next(self._correlations)
                self.tell("PING", {"token": correlation}, correlation=correlation)
            await asyncio.sleep((PING_AFTER if silence < PING_AFTER else CLOSE_AFTER) - silence)

    def _drain(self, grace):
        self.leaving.set()
        loop = asyncio.get_running_loop()
        self._tasks.append(loop.call_later(grace, self.close, "the server drained"))
        self._close_when_done()

    def _close_when_done(self):
        if self.leaving.is_set() and not self._calls:
            self.close("the server drained")

    def close(self, why):
        """Ends it now; what was asked and not answered may have been applied."""
        if self.closed.is_set():
            return
        self.why = why
        self.closed.set()
        self.leaving.set()
        for _, answer in self._calls.values():
            if not answer.done():
                answer.set_exception(OrderMeshError("connection_lost", why))
        for pushes in self._pushes.values():
            pushes.put(None)
        self._writer.close()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
