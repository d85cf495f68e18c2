"""Mails, as HTML and as plain text."""

import re
from html.parser import HTMLParser

from handlers.common_views.mail import html_email, plain_email
from handlers.incidents import views
from handlers.samples.fixtures import NASTY, incident
from handlers.samples.fixtures import incident_facts as facts
from tests.handlers.incidents.drawn import texts
from tmon.incidents.summary import Risk


def test_html_and_plain_say_the_same() -> None:
    class Reader(HTMLParser):
        text = ""

        def handle_data(self, data: str) -> None:
            self.text += data

    _, letter = views.letter(texts("ko"), facts(incident(message=NASTY), risk=Risk(2)))
    html, reader = html_email(letter, "ko"), Reader()
    reader.feed(html)
    for paragraph in (letter.title, *letter.paragraphs, letter.footer):
        assert paragraph in reader.text
        assert paragraph in plain_email(letter)
    assert not re.search(r"(src|href)=", html)
