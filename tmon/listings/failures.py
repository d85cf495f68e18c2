"""Why a call for a product was not carried out, and whether it is made again later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tmon.api import AuthError, NotOffered, Rejected, Throttled, TmonError, Unavailable, UnreadableAnswer
from tmon.errors import AppError
from tmon.listings.queue import LONGEST_RETRY, RETRY
from tmon.models.listings import ChangeWait
from tmon.stores.switches import SwitchOff


class NotOurs(Rejected):
    """A deal with this key was there before the first registration under it."""


class KeyBurnt(Rejected):
    """TMON refuses a key as taken, and has no deal with it: the deal was deleted."""


@dataclass(frozen=True)
class Failure:
    """Why a call was not carried out. `note`: a text key; `wait`: it is made again later; None: a person has to act."""

    note: str
    values: Mapping[str, Any] = field(default_factory=dict)
    detail: str | None = None
    wait: ChangeWait | None = None
    pause: timedelta = RETRY


def failure_of(error: Exception) -> Failure:
    """Return what an error means, of which it is certain that TMON did nothing."""
    match error:
        case NotOurs():
            return Failure("listings.not_ours")
        case KeyBurnt():
            return Failure("listings.key_burnt")
        case Rejected(deal_gone=True):
            return Failure("listings.gone", detail=error.message)
        case Rejected():
            wait = ChangeWait.RETRY if error.image_host_silent else None
            return Failure("listings.refused", detail=error.message, wait=wait)
        case NotOffered():
            return Failure("listings.not_offered")
        case AuthError():
            return Failure("listings.key_refused")
        case Throttled():
            asked = RETRY if error.retry_after is None else timedelta(seconds=error.retry_after)
            return Failure("listings.throttled", wait=ChangeWait.THROTTLED, pause=max(RETRY, min(asked, LONGEST_RETRY)))
        case UnreadableAnswer(passing=False):
            return Failure("listings.unreadable")
        case Unavailable() | UnreadableAnswer():
            return Failure("listings.down", wait=ChangeWait.RETRY)
        case TmonError():
            return Failure("listings.unreadable", detail=error.message)
        case SwitchOff():
            return Failure("listings.switched_off")
        case AppError():
            return Failure(error.key, {name: str(value) for name, value in error.values.items()})
    raise error
