"""How this process reaches the outside: one proxy for Slack, its files and TMON, the same certificates for these and mail.

The clients' own readings of the environment differ: one ignores `NO_PROXY`, one every proxy, one the system's certificates.
So all of them are told.
"""

import os
import ssl
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi


def tls_context() -> ssl.SSLContext:
    """Return the context that checks certificates against `SSL_CERT_FILE` or `SSL_CERT_DIR`, else the system's and certifi's."""
    return _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache  # reading the certificates takes some 20 ms
def _context(file: str | None, folder: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()  # OpenSSL reads the two variables by itself
    if not file and not folder:
        context.load_verify_locations(certifi.where())
    return context


def proxy_for(url: str) -> str | None:
    """Return the proxy for `url` from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; None for none and on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_this_machine(host) or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def is_this_machine(host: str) -> bool:
    """Return whether `host` is this machine itself, so that nothing leaves it."""
    name = host.lower().rstrip(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
