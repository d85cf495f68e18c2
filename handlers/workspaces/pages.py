"""The pages that a browser shows at the end of an installation: no script, nothing from elsewhere."""

from enum import Enum

from markupsafe import escape

from handlers.texts import Texts


class Page(Enum):
    """How an installation ended: the keys of a title and of a sentence."""

    INSTALLED = "workspaces.installed_title", "workspaces.installed"
    STATE = "workspaces.state_title", "workspaces.state"
    CANCELLED = "workspaces.cancelled_title", "workspaces.cancelled"
    ORG = "workspaces.org_title", "workspaces.org"
    REFUSED = "workspaces.refused_title", "workspaces.refused"
    UNREACHABLE = "workspaces.refused_title", "workspaces.unreachable"
    NOT_STORED = "workspaces.refused_title", "workspaces.not_stored"


PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",  # the address bears a code of Slack's
    "X-Content-Type-Options": "nosniff",
}
_STYLE = (
    "body{margin:0;background:#f8f8f8;color:#1d1c1d;font:16px/1.6 'Apple SD Gothic Neo','Malgun Gothic',sans-serif;"
    "word-break:keep-all;overflow-wrap:anywhere}main{max-width:32rem;margin:12vh auto;padding:0 24px}"
    "h1{font-size:1.4rem;line-height:1.4}a{display:inline-block;margin-top:12px;padding:10px 18px;background:#1264a3;"
    "color:#fff;text-decoration:none;border-radius:4px}a:focus-visible{outline:3px solid #1d9bd1;outline-offset:2px}"
)


def draw_page(t: Texts, page: Page, *, link: tuple[str, str], **values: str) -> str:
    """Draw a page with a link (label and address). `values`: of its sentence."""
    title_key, key = page.value
    title = escape(t(title_key))
    return (
        f'<!DOCTYPE html><html lang="{t.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1><p>{escape(t(key, **values))}</p>"
        f'<p><a href="{escape(link[1])}">{escape(link[0])}</a></p></main></body></html>'
    )
