"""Table of keys of hashes by which sealed values are compared."""

from sqlmodel import Field, SQLModel

from tmon.sealing import Sealed


class HashKey(SQLModel, table=True):
    """A key of keyed hashes, of the whole deployment. It never changes: what was hashed with another could not be compared."""

    __tablename__ = "hash_key"

    name: str = Field(primary_key=True, max_length=20)
    key: str = Field(sa_type=Sealed)
    """Sealed. `keys rotate` seals it anew, and leaves the key as it is."""
