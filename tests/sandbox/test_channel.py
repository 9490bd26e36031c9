"""The judge's end of a worker: whole frames or none, however they come, and both ends of what is printed."""

from __future__ import annotations

import os
import socket
import threading

import numpy as np
import pytest

from autograder.sandbox import wire
from autograder.sandbox.channel import Channel, Closed, Printed
from autograder.sandbox.clock import Allowance, Late
from autograder.sandbox.encoder import Encoder

LIMIT = 1 << 20


def frame(size=100):
    """A frame with an array of so many bytes, which are not all the same."""
    encoder = Encoder(lambda value, note: None, 1 << 30)
    node = encoder.encode(np.arange(size, dtype=np.uint8))
    return b"".join(bytes(part) for part in encoder.frame({"value": node}))


@pytest.fixture
def ends():
    """A channel, the worker's socket, and the pipe that it prints to."""
    ours, theirs = socket.socketpair()
    output, printed = os.pipe()
    channel = Channel(ours, output, 1000, LIMIT)
    yield channel, theirs, printed
    theirs.close()
    os.close(printed)
    channel.close()


def assert_whole(received, size=100):
    header, payload = received
    assert header == {"value": ["array", "uint8", [size]]}
    assert payload[:size].tolist() == np.arange(size, dtype=np.uint8).tolist() and not payload[size:].any()


@pytest.mark.parametrize("piece", [1, 7, 16, 17, 60, 1000])
def test_a_frame_in_pieces_is_one_frame(ends, piece):
    channel, theirs, _ = ends
    data = frame()

    def send():
        for at in range(0, len(data), piece):
            theirs.send(data[at : at + piece])

    sender = threading.Thread(target=send)
    sender.start()
    assert_whole(channel.receive(Allowance(60)))
    sender.join()


def test_a_frame_larger_than_any_buffer_crosses_both_ways(ends):
    channel, theirs, _ = ends
    sender = threading.Thread(target=theirs.sendall, args=(frame(LIMIT),))
    sender.start()
    assert_whole(channel.receive(Allowance(60)), LIMIT)
    sender.join()
    data, got = frame(LIMIT), bytearray()

    def read():
        while len(got) < len(data):
            got.extend(theirs.recv(1 << 16))

    reader = threading.Thread(target=read)
    reader.start()
    channel.send([data[:10], data[10:]], Allowance(60))
    reader.join()
    assert got == data


@pytest.mark.parametrize("sent", [0, 1, 15, 16, 17, 40, len(frame()) - 1])
def test_an_end_before_the_end_of_a_frame_is_told(ends, sent):
    channel, theirs, _ = ends
    theirs.send(frame()[:sent])
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(Closed):
        channel.receive(Allowance(60))


@pytest.mark.parametrize("sent", [0, 1, 16, 40, len(frame()) - 1])
def test_half_a_frame_is_waited_for_as_long_as_is_allowed(ends, sent):
    channel, theirs, _ = ends
    theirs.send(frame()[:sent])
    with pytest.raises(Late):
        channel.receive(Allowance(0.02))
    with pytest.raises(Late):  # nor is a question waited for without end that nobody reads
        channel.send([bytes(8 << 20)], Allowance(0.02))


def test_what_is_sent_to_nobody_is_told(ends):
    channel, theirs, _ = ends
    theirs.close()
    with pytest.raises(Closed):
        channel.send([frame()], Allowance(60))


def test_more_than_a_frame_is_no_frame(ends):
    channel, theirs, _ = ends
    theirs.send(frame() + b"x")
    with pytest.raises(wire.WireError, match="^more bytes than its frame holds$"):
        channel.receive(Allowance(60))


def test_what_is_printed_is_read_while_a_frame_is_waited_for(ends):
    """More than the pipe holds: a worker that is not read would wait for ever."""
    channel, theirs, printed = ends
    text = b"first " + b"x" * 300_000 + b" last"

    def work():
        at = 0
        while at < len(text):
            at += os.write(printed, text[at:])
        theirs.send(frame())

    worker = threading.Thread(target=work)
    worker.start()
    assert_whole(channel.receive(Allowance(60)))
    worker.join()
    channel.drain()
    assert channel.printed.text().startswith("first x") and channel.printed.text().endswith("x last")


def test_a_watch_that_raises_ends_the_waiting(ends):
    channel, _, _ = ends

    class Overuse(Exception):
        pass

    def watch():
        raise Overuse

    channel.watch = watch
    with pytest.raises(Overuse):
        channel.receive(Allowance(60))


@pytest.mark.parametrize("piece", [1, 3, 75, 100, 1000])
@pytest.mark.parametrize("length, dropped", [(0, 0), (75, 0), (99, 0), (100, 0), (101, 1), (350, 250)])
def test_the_beginning_and_the_end_of_what_is_printed_are_kept(length, dropped, piece):
    """Three quarters and one quarter of the most, in whatever pieces it comes; what is left out is counted."""
    text = "".join(chr(ord("a") + i % 26) for i in range(length))
    printed = Printed(100)
    for at in range(0, length, piece):
        printed.add(text[at : at + piece].encode())
    cut = f"\n[... {dropped:,} bytes of output left out ...]\n"
    assert printed.text() == (text[:75] + cut + text[-25:] if dropped else text)


def test_what_is_printed_is_made_harmless():
    printed = Printed(100)
    printed.add(b"one\r\ntwo \x1b[31m \xff")
    assert printed.text() == "one\ntwo \N{REPLACEMENT CHARACTER}[31m \N{REPLACEMENT CHARACTER}"
