#!/usr/bin/env python3
"""A server of one file, 300,000 bytes, that misbehaves as the first part of a path says. Prints its port. /log is what was
asked for. It ends with its standard input."""
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = bytes((7 * i + i // 256) % 256 for i in range(300_000))
seen, log = {}, []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def head(self, status, length, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, body, content=CONTENT, most=None, ranges=True, length=True):
        """The content, or what a range asks for; at most so many bytes before the connection breaks."""
        start, status = 0, 200
        wanted = self.headers.get("Range")
        if ranges and wanted:
            start, status = int(wanted.removeprefix("bytes=").split("-")[0]), 206
        if start >= len(content) > 0 and status == 206:
            return self.head(416, 0)
        part = content[start:]
        self.head(status, len(part) if length else None)
        if body:
            self.wfile.write(part[:most])
        if most is not None and most < len(part):
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)

    def do_GET(self):
        kind, *rest = self.path.strip("/").split("/")
        if kind == "log":
            text = "\n".join(log).encode()
            return self.send(True, text, ranges=False)
        log.append(f"{kind} {self.headers.get('Range', '-')}")
        seen[self.path] = seen.get(self.path, 0) + 1
        wrong = bytes(b ^ 1 for b in CONTENT)
        if kind == "plain":
            return self.send(True)
        if kind == "norange":
            return self.send(True, ranges=False)
        if kind == "cut":
            return self.send(True, most=120_000)
        if kind == "cutnorange":
            return self.send(True, most=None if seen[self.path] > 1 else 120_000, ranges=False)
        if kind == "dead":
            return self.send(True, most=0)
        if kind == "wrong":
            return self.send(True, wrong)
        if kind == "short":
            return self.send(True, CONTENT[:-5])
        if kind == "long":
            return self.send(True, CONTENT + b"more")
        if kind == "nolength":
            return self.send(True, length=False)
        if kind == "longnolength":
            return self.send(True, CONTENT + b"more", length=False)
        if kind == "shortnolength":
            return self.send(True, CONTENT[:200_000] if seen[self.path] == 1 else CONTENT, length=False)
        if kind == "once":
            return self.head(503, 0) if seen[self.path] == 1 else self.send(True)
        if kind == "status":
            return self.head(int(rest[0]), 0)
        if kind == "page":
            body = b"<html>not here</html>"
            self.head(404, len(body))
            return self.wfile.write(body)
        if kind == "moved":
            return self.head(302, 0, Location="/plain/x")
        if kind == "circle":
            return self.head(302, 0, Location=f"/circle/{seen[self.path]}/x")
        if kind == "local":
            return self.head(302, 0, Location="file:///etc/hostname")
        if kind == "stall":
            self.head(200, len(CONTENT))
            self.wfile.write(CONTENT[:1000])
            self.wfile.flush()
            time.sleep(20)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
