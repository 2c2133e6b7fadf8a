"""Who may look at a demo's ports: names, addresses, crowds, slow clients; and ports that cannot be had."""

from __future__ import annotations

import os
import socket
import time

import ports
import pytest
from ports import GET, LOCALHOST, SOON, answer, connected, until, watching

from darknet_py.errors import OutputError
from darknet_py.video import stream_server
from darknet_py.video.stream_server import ASKING, CLIENTS, JSON, OF_AN_ADDRESS, StreamServer

server, mjpeg = ports.server, ports.mjpeg


HOSTS = ["", "Host: localhost", "Host: LOCALHOST.:80", "Host: 127.0.0.1:8070", "Host: [::1]:80", "Host: cam"]


@pytest.mark.parametrize("host", HOSTS)
def test_names_that_a_server_is_called_by(host):
    server = StreamServer(LOCALHOST, 0, JSON, ["Cam"])
    client = connected(server, f"GET /?x=1 HTTP/1.1\r\n{host}\r\n\r\n".encode())
    until(lambda: server.clients)
    server.close()
    assert answer(client).startswith(b"HTTP/1.0 200")


def test_the_address_by_which_it_was_reached():
    """Of a server for everyone: any of this machine's own, and no other."""
    server = StreamServer("0.0.0.0", 0, JSON)
    statuses = []
    for name in ("127.0.0.3", "127.0.0.4"):
        try:
            client = socket.create_connection(("127.0.0.3", server.port), SOON)
        except OSError:
            server.close()
            pytest.skip("this machine has no 127.0.0.3")
        client.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        statuses.append(client.recv(12)[-3:])
        client.close()
    server.close()
    assert statuses == [b"200", b"403"]


def test_a_name_that_it_is_not_called_by(server):
    got = answer(connected(server, b"GET / HTTP/1.1\r\nHost: \x1b[2Jevil.example:80\r\n\r\n"))
    assert got.endswith(b"\r\n\r\nthis server is not called \\x1b[2jevil.example:80; if it is, start it with -allow_host\n")


def clients_from(server, address, count, data=GET):
    """As many sockets, bound to an address of this machine, on which ``data`` was sent."""
    found = []
    for _ in range(count):
        client = socket.socket()
        client.settimeout(SOON)
        try:
            client.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        client.connect((LOCALHOST, server.port))
        client.sendall(data)
        found.append(client)
    return found


def test_a_crowd_is_bounded(server):
    """As many as may of each address and of all; others are refused, and when they are gone, there is room again."""
    served = clients_from(server, LOCALHOST, OF_AN_ADDRESS)
    until(lambda: len(server.clients) == OF_AN_ADDRESS)
    for _ in range(60):
        assert answer(connected(server))[:12] == b"HTTP/1.0 503"
    for i in range(2, 1 + CLIENTS // OF_AN_ADDRESS):
        served += clients_from(server, f"127.0.0.{i}", OF_AN_ADDRESS)
    until(lambda: len(server.clients) == CLIENTS)
    assert answer(clients_from(server, "127.0.0.9", 1)[0])[:12] == b"HTTP/1.0 503"
    server.publish(b"{}")
    for client in served:
        assert client.recv(12) == b"HTTP/1.0 200"
        client.close()

    def free():
        server.publish(b"{}")
        return server.connections == 0

    until(free)
    assert watching(server).status == 200


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n"])
def test_who_asks_slowly_is_in_nobody_s_way(server, said):
    """Of the same address, too: the longest asking ones make room."""
    slow = [connected(server, said) for _ in range(2 * ASKING)]
    client = watching(server)
    server.publish(b"{}")
    assert client.read(4) == b"[\n{}"
    assert len(server.asking) <= ASKING
    assert answer(slow[0]) == b""
    for other in slow:
        other.close()


def test_who_takes_slowly_makes_room(mjpeg, monkeypatch):
    monkeypatch.setattr(stream_server, "SLOW_SECONDS", 0.05)
    slow = [connected(mjpeg) for _ in range(OF_AN_ADDRESS)]
    until(lambda: len(mjpeg.clients) == OF_AN_ADDRESS)
    part = bytes(4_000_000)

    def stuck():
        mjpeg.publish(part)
        return all(client.busy_for > 0.05 for client in list(mjpeg.clients))

    until(stuck)
    client = connected(mjpeg)
    assert client.recv(12) == b"HTTP/1.0 200"
    until(lambda: len(mjpeg.clients) == OF_AN_ADDRESS)
    for other in (*slow, client):
        other.close()


def test_no_more_files(server, caplog):
    """The limit of open files is said once; when there is room, the client is served."""
    resource = pytest.importorskip("resource")
    clients = [socket.socket() for _ in range(3)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(os.devnull) as last:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 1, hard))
        try:
            for client in clients:
                client.connect((LOCALHOST, server.port))
                client.sendall(GET)
            until(lambda: caplog.records)
            time.sleep(0.05)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    until(lambda: len(server.clients) == 3)
    assert [r.message for r in caplog.records] == [
        f"port {server.port}: new clients have to wait (Too many open files); allow more with ulimit -n"
    ]
    for client in clients:
        client.close()


def test_only_this_machine_unless_told(server):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), SOON)


def test_a_port_in_use(server):
    with pytest.raises(OutputError, match=rf"^port {server.port} of 127.0.0.1 cannot be used \(Address already in use\)"):
        StreamServer(LOCALHOST, server.port, JSON)


def test_an_address_that_is_not_ours():
    with pytest.raises(OutputError, match=r"192\.0\.2\.1 cannot be used .* -bind"):
        StreamServer("192.0.2.1", 0, JSON)
