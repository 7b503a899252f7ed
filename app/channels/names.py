"""Names asked of the DNS, with little patience: somebody waits for the page."""

import dns.exception
import dns.resolver

from app.channels.identity import NoNames

PATIENCE = 2.0  # seconds for one name
PORT = 53


class DnsNames:
    """The name port over dnspython; `server` is host:port, empty for the machine's own."""

    def __init__(self, server: str = "") -> None:
        self._server = server

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, their parts joined as RFC 7208 3.3 says."""
        try:
            answer = self._resolver().resolve(name, "TXT", lifetime=PATIENCE)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise NoNames(type(error).__name__) from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self._server)
        if self._server:
            host, _, port = self._server.rpartition(":")
            resolver.nameservers = [host or self._server]
            resolver.port = int(port) if host else PORT
        resolver.search = []  # a name is asked as it stands
        return resolver
