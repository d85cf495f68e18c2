"""Public ids: short, random, safe to put into a button's value."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_id(prefix: str) -> str:
    """Return a new id such as `st_k3v9…`: 12 random characters (about 59 bits) without look-alikes."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))
