"""A server that stands in for every chat service: real TLS, certificates of a test authority, answers as a test wants them."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tracker.notify.chat import hosts_for
from tracker.notify.chat_guard import Hosts

NAMES = ("api.line.me", "hooks.slack.com", "prod-1.westeurope.logic.azure.com", "chat.example.invalid")
LINE_TOKEN = "channel-access-token+with/slash/and=="
LINE_GROUP = "C0123456789abcdef0123456789abcdef"
TEAMS = (
    "https://prod-1.westeurope.logic.azure.com:443/workflows/0123456789abcdef/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=SECRETsignature-0123"
)
SLACK = "https://hooks.slack.com/services/T0SECRET/B0SECRET/abcdefSECRET"
WEBHOOK = "https://robot:pass%20word@chat.example.invalid/hooks/SECRET?room=1"
SECRETS = (LINE_TOKEN, "SECRET", "pass word", "pass%20word")


@dataclass
class Sink:
    """What came in, and how it answers: `answer(path) -> (status, headers)`."""

    port: int = 0
    ca: str = ""
    taken: list[dict] = field(default_factory=list)
    answer: Callable[[str], tuple[int, dict]] = lambda path: (200, {})

    def hosts(self, *, inside: frozenset[str] = frozenset(NAMES), address: str = "127.0.0.1") -> Hosts:
        """The rules of an installation, with a name server that leads every name here."""
        ours = hosts_for(frozenset({"chat.example.invalid"}))
        return Hosts(ours.listed, ours.suffixes, inside, resolve=lambda host, port: [(address, self.port)], ca=self.ca)


@contextmanager
def chat_sink(folder: Path):
    """A sink on a port of this machine, over TLS, for as long as the block lasts."""
    key, authority = _authority(folder)
    certificate = _certificate(folder, key, authority)
    sink = Sink(ca=str(folder / "ca.pem"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sink.taken.append({"host": self.headers["Host"], "path": self.path, "headers": dict(self.headers), "body": json.loads(body)})
            status, headers = sink.answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": "2", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_args):
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _authority(folder: Path):
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _signed("Test authority", key.public_key(), key, x509.BasicConstraints(ca=True, path_length=None), None)
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    return key, authority


def _certificate(folder: Path, key, authority) -> Path:
    own = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES])
    made = _signed("Chat sink", own.public_key(), key, names, authority)
    path = folder / "sink.pem"
    secret = own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def _signed(name: str, public, key, extension, authority):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject if authority else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(extension, critical=authority is None)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if authority is not None:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    return builder.sign(key, hashes.SHA256())
