"""How the tests fetch tokens."""

GRANT = {"grant_type": "client_credentials"}
