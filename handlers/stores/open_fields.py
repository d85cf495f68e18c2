"""What stands in the open form, to draw it anew."""

from collections.abc import Mapping
from typing import Any

from handlers.form_values import read_form
from tmon.stores.fields import SECRETS


def read_open_fields(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a view's inputs, without the secrets: those Slack itself keeps in the inputs."""
    return {name: value for name, value in read_form(view).items() if name not in SECRETS}
