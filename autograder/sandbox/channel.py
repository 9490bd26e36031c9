"""The judge's end of a worker: frames within a time, and what the worker prints, within bounds."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable

import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.clock import Allowance

CHUNK = 1 << 16
TICK = 0.1


class Closed(Exception):
    """The worker's end is gone."""


class Channel:
    """One request, one reply. Each is read or written as a whole in the time allowed, or else `clock.Late`.

    output: the pipe that the worker prints to. It is read whenever the judge waits, so a worker that prints
    gigabytes neither stops nor fills the memory. watch: called every TICK seconds of waiting; it may raise.
    """

    def __init__(self, connection: socket.socket, output: int, output_bytes: int, max_bytes: int) -> None:
        self.connection, self.output, self.max_bytes = connection, output, max_bytes
        self.printed = Printed(output_bytes)
        self.watch: Callable[[], None] | None = None
        self.next_watch = 0.0
        connection.setblocking(False)
        os.set_blocking(output, False)
        self.reading = self._poller(select.POLLIN)
        self.writing = self._poller(select.POLLOUT)

    def _poller(self, events: int) -> select.poll:
        poller = select.poll()
        poller.register(self.connection, events)
        poller.register(self.output, select.POLLIN)
        return poller

    def send(self, buffers: list, allowance: Allowance) -> None:
        """Send a frame."""
        for buffer in buffers:
            view = memoryview(buffer)
            while len(view):
                try:
                    view = view[self.connection.send(view) :]
                except BlockingIOError:
                    self._wait(self.writing, allowance)
                except (BrokenPipeError, ConnectionResetError):
                    raise Closed from None

    def receive(self, allowance: Allowance) -> tuple[dict, np.ndarray]:
        """A frame's header and payload. Sizes are checked before memory is taken."""
        chunk = self._read_some(allowance)
        while len(chunk) < wire.PREFIX.size:
            chunk += self._read_some(allowance)
        header_size, payload_size = wire.read_prefix(chunk[: wire.PREFIX.size], self.max_bytes)
        body = chunk[wire.PREFIX.size :]
        header = bytearray(header_size)
        header[:] = body[:header_size] + bytes(max(0, header_size - len(body)))
        self._fill(memoryview(header)[len(body) :], allowance)
        payload = np.empty(payload_size, np.uint8)
        rest = body[header_size:]
        if len(rest) > payload_size:
            raise wire.WireError("more bytes than its frame holds")
        payload[: len(rest)] = np.frombuffer(rest, np.uint8)
        self._fill(payload.data[len(rest) :], allowance)
        self.drain()
        return wire.read_header(header), payload

    def _read_some(self, allowance: Allowance) -> bytes:
        while True:
            self._wait(self.reading, allowance)
            try:
                chunk = self.connection.recv(CHUNK)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                raise Closed from None
            if not chunk:
                raise Closed
            return chunk

    def _fill(self, view: memoryview, allowance: Allowance) -> None:
        while len(view):
            self._wait(self.reading, allowance)
            try:
                count = self.connection.recv_into(view)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                raise Closed from None
            if not count:
                raise Closed
            view = view[count:]

    def _wait(self, poller: select.poll, allowance: Allowance) -> int:
        """Wait for the connection, reading what is printed meanwhile; the events that are there."""
        while True:
            left = allowance.left()
            events = dict(poller.poll(1000 * min(left, TICK if self.watch else left) + 1))
            if self.output in events and not self._read_output() and events[self.output] & select.POLLHUP:
                poller.unregister(self.output)
            if self.watch and time.monotonic() >= self.next_watch:
                self.next_watch = time.monotonic() + TICK
                self.watch()
            if self.connection.fileno() in events:
                return events[self.connection.fileno()]

    def drain(self, most: int = 32) -> None:
        """Read what is printed and not yet read; not for ever, should a thread still print."""
        while most and self._read_output():
            most -= 1

    def _read_output(self) -> bool:
        """True if there was something to read."""
        try:
            data = os.read(self.output, CHUNK)
        except BlockingIOError:
            return False
        self.printed.add(data)
        return bool(data)

    def close(self) -> None:
        self.drain()
        self.connection.close()
        os.close(self.output)


class Printed:
    """The first three quarters and the last quarter of what a worker printed."""

    def __init__(self, most: int) -> None:
        self.head, self.tail = bytearray(), bytearray()
        self.head_size, self.tail_size = most - most // 4, most // 4
        self.dropped = 0

    def add(self, data: bytes) -> None:
        room = self.head_size - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        excess = len(self.tail) - self.tail_size
        if excess > 0:
            del self.tail[:excess]
            self.dropped += excess

    def text(self) -> str:
        head, tail = (bytes(part).replace(b"\r\n", b"\n").decode("utf-8", "replace") for part in (self.head, self.tail))
        cut = f"\n[... {self.dropped:,} bytes of output left out ...]\n" if self.dropped else ""
        return wire.clean(head + cut + tail)
