"""What the views of an uploaded list offer."""

import pytest

from handlers.listings import views
from handlers.listings.ids import ListingRef
from handlers.samples.fixtures import MOMENT
from handlers.texts import Texts
from tests.handlers.listings.test_wording import DEAL, NAMES
from tmon.clock import KST
from tmon.listings.documents import Judged, Kind, SheetContent
from tmon.listings.uploads import Upload
from tmon.models.listings import UploadSource, UploadState


@pytest.mark.parametrize(
    ("kinds", "submit"),
    [
        ([Kind.NEW, Kind.NEW], "2건 등록하기"),
        ([Kind.NEW, Kind.CHANGED, Kind.WRONG], "2건 등록하기"),
        ([Kind.CHANGED, Kind.SAME], "1건 반영하기"),
        ([Kind.SAME, Kind.WRONG], None),
    ],
)
def test_the_submit_of_a_preview_says_whether_something_is_new(kinds: list[Kind], submit: str | None) -> None:
    content = SheetContent(judged=[Judged(deal=DEAL, kind=kind) for kind in kinds])
    upload = Upload("T1", "pu_1", "st_1", "U1", UploadState.PREVIEWED, UploadSource.FILE, content)
    shown = views.upload_view(Texts("ko", lambda: MOMENT, KST), upload, NAMES, ListingRef(upload="pu_1"))
    assert (shown["submit"]["text"] if "submit" in shown else None) == submit
