"""A server that says exactly what a test wants it to say, one script for each connection."""

import re
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

_TIMEOUT_S = 30.0  # of a test that hangs

# A key and its certificate, signed by itself, for 127.0.0.1 and localhost.
CERTIFICATE = Path(__file__).parent.parent / "vectors" / "localhost.pem"


class Conversation:
    """One accepted connection, in the hands of its script."""

    def __init__(self, accepted: socket.socket, requests: list[bytes]) -> None:
        self._socket = accepted
        self._requests = requests
        accepted.settimeout(_TIMEOUT_S)

    def request(self) -> bytes:
        """Wait for one whole request, which is also noted in `RawPeer.requests`."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some()
        head, _, body = data.partition(b"\r\n\r\n")
        stated = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        length = int(stated[1]) if stated else 0
        while len(body) < length:
            body += self._some()
        assert len(body) == length, "a request came before its predecessor was answered"
        self._requests.append(head + b"\r\n\r\n" + body)
        return self._requests[-1]

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        self._socket.close()

    def wait_until_closed(self) -> None:
        """Until the client closes, or breaks off, its end."""
        try:
            while self._socket.recv(4096):
                pass
        except ConnectionError:
            pass

    def _some(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionAbortedError("the client closed the connection")
        return data


Script: TypeAlias = Callable[[Conversation], None]


class RawPeer:
    """Listens, and gives each connection that comes to the next script; the last one serves all that follow."""

    def __init__(self, scripts: tuple[Script, ...], tls: ssl.SSLContext | None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._scripts = scripts
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept_all)
        self._acceptor.start()
        self.requests: list[bytes] = []
        self.failures: list[BaseException] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        return len(self._threads)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept_all(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(len(self._threads), len(self._scripts) - 1)]
            thread = threading.Thread(target=self._run, args=(script, accepted))
            self._threads.append(thread)
            thread.start()

    def _run(self, script: Script, accepted: socket.socket) -> None:
        with accepted:
            try:
                self._converse(script, accepted)
            except (ConnectionError, ssl.SSLError):
                pass  # the client went away, which is how most scripts end
            except BaseException as error:
                self.failures.append(error)

    def _converse(self, script: Script, accepted: socket.socket) -> None:
        if self._tls is None:
            script(Conversation(accepted, self.requests))
        else:
            with self._tls.wrap_socket(accepted, server_side=True) as secured:
                script(Conversation(secured, self.requests))


@contextmanager
def raw_peer(*scripts: Script, tls: bool = False) -> Generator[RawPeer, None, None]:
    """A peer that follows these scripts. Close the clients inside the block: it ends when every script has."""
    context: ssl.SSLContext | None = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    peer = RawPeer(scripts, context)
    try:
        yield peer
    finally:
        peer.stop()
    assert not peer.failures


def reply(body: bytes = b"{}", status: int = 200, *headers: str) -> bytes:
    """The bytes of a reply as our servers write it, with these further header lines."""
    lines = (
        f"HTTP/1.1 {status} Whatever",
        "Content-Type: application/x-amz-json-1.0",
        f"Content-Length: {len(body)}",
        "x-amzn-RequestId: REQUEST",
        f"x-amz-crc32: {zlib.crc32(body)}",
        *headers,
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def refusal(code: str, status: int = 400) -> bytes:
    """The bytes of a refusal with DynamoDB's error document."""
    return reply(b'{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"no"}' % code.encode(), status)


def answers(*replies: bytes) -> Script:
    """Answers request after request with these; the last is given to all that follow."""

    def script(conversation: Conversation) -> None:
        for number in range(1_000_000):
            conversation.request()
            conversation.send(replies[min(number, len(replies) - 1)])

    return script
