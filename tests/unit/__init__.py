"""Parts on their own, with real databases, sockets and servers."""
