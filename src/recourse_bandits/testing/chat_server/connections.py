"""One connection after the other on loopback, a thread for each, and an end for all of them."""

import re
import socket
import socketserver
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from threading import Event, Lock, Thread
from typing import Any

from recourse_bandits.testing.chat_server.wire import Reply, json_reply

Respond = Callable[[str, Mapping[str, str], bytes, Callable[[Reply], None]], None]
"""Called with path, headers (names in lower case), body, and the function that sends the reply."""

_POLL = 0.02  # seconds until the listener notices that it shall end
_PATIENCE = 5.0  # seconds for a thread to end once its connection is gone
_AT_ONCE = struct.pack("ii", 1, 0)  # linger on, for 0 seconds: closing resets the connection


class Connections(socketserver.TCPServer):
    """The connections of a server on 127.0.0.1.

    Parameters
    ----------
    respond
        What is done with a request; called by many threads at once.
    port
        Where to listen; 0: a free port.
    """

    request_queue_size = 512

    def __init__(self, respond: Respond, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.respond = respond
        self.ended = Event()
        self._open: dict[socket.socket, Thread] = {}
        self._lock = Lock()
        self._listener = Thread(target=self.serve_forever, args=(_POLL,), daemon=True)
        self._listener.start()

    @property
    def open_now(self) -> int:
        """Number of open connections."""
        with self._lock:
            return len(self._open)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own.

        Parameters
        ----------
        request
            The connection.
        client_address
            Whose.
        """
        # A daemon: a server that nobody closes does not keep the interpreter from ending.
        thread = Thread(target=self._serve, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        try:
            with suppress(OSError):  # the client has left, or the server ends
                self.finish_request(connection, address)
        finally:
            with self._lock:
                del self._open[connection]
                connection.close()

    def end(self) -> None:
        """Stop listening, end every connection and wait for the threads."""
        self.ended.set()
        self.shutdown()
        self._listener.join()
        with self._lock:
            threads = list(self._open.values())
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        until = time.monotonic() + _PATIENCE
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Connections

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d+", length):
            self.close_connection = True
            self._send(json_reply({"error": {"message": "Content-Length is missing"}}, 411))
            return
        body = self.rfile.read(int(length))
        if len(body) == int(length):
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.server.respond(self.path, headers, body, self._send)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def _send(self, reply: Reply) -> None:
        if reply.after and not self._client_stays(reply.after):
            self.close_connection = True
        elif reply.status is None:
            self._leave(reply.reset)
        else:
            self._write_head(reply, reply.status)
            self._write_body(reply)

    def _write_head(self, reply: Reply, status: int) -> None:
        self.send_response(status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()

    def _write_body(self, reply: Reply) -> None:
        body = reply.body
        if reply.share is not None:
            body = body[: int(reply.share * len(body))]
        if reply.every:
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                if not self._client_stays(reply.every):
                    self.close_connection = True
                    return
        else:
            self.wfile.write(body)
        if reply.share is not None:
            self._leave(reply.reset)

    def _client_stays(self, seconds: float) -> bool:
        """Wait; False as soon as the client has left or the server ends."""
        until = time.monotonic() + seconds
        self.connection.settimeout(seconds)
        try:
            if not self.connection.recv(1, socket.MSG_PEEK):
                return False
            self.server.ended.wait(max(0.0, until - time.monotonic()))  # it sends the next already
        except TimeoutError:
            pass
        finally:
            self.connection.settimeout(None)
        return not self.server.ended.is_set()

    def _leave(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
