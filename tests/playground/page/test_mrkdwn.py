"""Slack's markup as the page draws it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.page.mrkdwn import mrkdwn, plain
from tests.playground.page.drawing import NAMES, Tags, draw, text


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*굵게* _기울임_ ~취소~", "<strong>굵게</strong> <em>기울임</em> <s>취소</s>"),
        ("*굵고 _기운_ 글*", "<strong>굵고 <em>기운</em> 글</strong>"),
        ("`a*b*c`", "<code>a*b*c</code>"),
        ("두\n줄", "두<br>줄"),
        ("앞\n```\n*그대로*\n```\n뒤", "앞<pre>*그대로*</pre>뒤"),
        ("> 하나\n&gt; 둘\n밖", "<blockquote>하나<br>둘</blockquote>밖"),
        ("<@U1> <#C1> <!here>", '<span class="mention">@김민지</span> <span class="mention">#주문-알림</span> <span class="mention">@here</span>'),
        ("<#C9>", '<span class="mention">#비공개 채널</span>'),
        (":truck: :no_such_code:", "🚚 :no_such_code:"),
        ("&lt;b&gt; &amp; &copy;", "&lt;b&gt; &amp; &amp;copy;"),
        ("12:30:45", "12:30:45"),
    ],
)  # fmt: skip
def test_mrkdwn_is_drawn(source: str, html: str) -> None:
    assert mrkdwn(source, NAMES) == html


@pytest.mark.parametrize("source", ["*굵게*를", "2 * 3 * 4", "snake_case_name", "- 목록이 아님", "* 빈칸*"])
def test_what_slack_leaves_as_typed_is_left(source: str) -> None:
    assert mrkdwn(source, NAMES) == source


def test_links() -> None:
    drawn = Tags(mrkdwn("<https://tmon.example/a?b=1&amp;c=2|티몬> <mailto:a@b.kr|a@b.kr> https://c.example/d.", NAMES))
    assert [a["href"] for a in drawn.of("a")] == [
        "https://tmon.example/a?b=1&c=2",
        "mailto:a@b.kr",
        "https://c.example/d",
    ]
    assert all(a["rel"] == "noopener noreferrer" for a in drawn.of("a"))
    assert drawn.text == "티몬 a@b.kr https://c.example/d."


@pytest.mark.parametrize("url", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//evil.example"])
def test_a_link_that_could_run_code_is_only_text(url: str) -> None:
    assert Tags(mrkdwn(f"<{url}|여기>", NAMES)).of("a") == []
    button = {"type": "button", "action_id": "a", "text": text("열기"), "url": url}
    assert [a["href"] for a in Tags(draw({"type": "actions", "elements": [button]})).of("a")] == ["#"]


def test_dates_are_shown_in_korean_time() -> None:
    drawn = mrkdwn("<!date^1764000000^{date_long} {time}^https://a.example|나중에>", NAMES)
    assert Tags(drawn).text == "2025년 11월 25일 화요일 오전 1:00"
    assert Tags(mrkdwn("<!date^soon^{date}|나중에>", NAMES)).text == "나중에"


def test_a_name_cannot_bring_markup() -> None:
    assert Tags(mrkdwn("<@U2>", NAMES)).text == "@<이준호>"


@given(st.text(alphabet=st.sampled_from("*_~`<>|@#!:&;\n \"'/abhtps가글.")))
def test_no_text_breaks_out(source: str) -> None:
    allowed = {"strong", "em", "s", "code", "pre", "blockquote", "br", "a", "span", "time"}
    for drawn in (mrkdwn(source, NAMES), plain(source)):
        for name, attributes in Tags(drawn).found:
            assert name in allowed
            assert set(attributes) <= {"class", "href", "target", "rel"}
