"""Every record that is set aside can be read again."""

from collections import Counter

from tmon.features import FEATURES
from tmon.models.collection import Unread


def test_each_kind_of_record_is_read_again_by_one_feature() -> None:
    collectors = [collector for feature in FEATURES for collector in feature.collectors]
    collected = [what for collector in collectors for what in collector.reads_again]
    singly = [what for feature in FEATURES for what in feature.read_again]
    assert Counter([*collected, *singly]) == Counter(Unread)
