"""How an email looks: a frame in MJML around the blocks, 600 px wide, calm, light and dark.

The HTML keeps its slots (`{{token:0}}`, `{{link:1}}`, `{{pixel}}`, `{{unsubscribe}}`, `{{subject}}`);
skeleton.py fills them. Everything an author wrote is escaped before MJML reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import mjml

from contacts.content.rules.blocks import Block
from contacts.content.rules.markup import SANS, Colors, markup_of


@dataclass(frozen=True)
class Brand:
    """What the sender's organisation decides about the look; its name and address are tokens."""

    accent: str = "#5753c6"
    accent_on_dark: str = "#a5a3ff"
    language: str = "en"

    def __post_init__(self) -> None:
        for color in (self.accent, self.accent_on_dark):
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
                raise ValueError(f"“{color}” is not a color such as #5753c6")
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", self.language):
            raise ValueError(f"“{self.language}” is not a language such as en")


@dataclass(frozen=True)
class Frame:
    """The lines around the blocks, their tokens already slots."""

    preheader: str
    organisation: str
    address: str
    reason: str
    has_unsubscribe: bool


def html_of(content: Sequence[Block], frame: Frame, brand: Brand) -> str:
    source = _document(markup_of(content, Colors(brand.accent)), frame, brand)
    # The engine refuses CRLF between the parts of a head.
    return _tightened(mjml.mjml2html(source.replace("\r\n", "\n")))


# Drop the line breaks nobody sees; a code block breaks its lines with tags.
def _tightened(html: str) -> str:
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s*\n\s*<", "><", html))


def _document(content: str, frame: Frame, brand: Brand) -> str:
    return f"""<mjml lang="{brand.language}">
<mj-head>
<mj-title>{{{{subject}}}}</mj-title>
<mj-preview>{escape(frame.preheader)}</mj-preview>
<mj-attributes>
<mj-all font-family="{SANS}" padding="0" />
<mj-text font-size="16px" line-height="26px" color="#2b2b36" padding="0 0 16px" />
</mj-attributes>
<mj-style>{_style(brand)}</mj-style>
<mj-raw><meta name="color-scheme" content="light dark" />
<meta name="supported-color-schemes" content="light dark" /></mj-raw>
</mj-head>
<mj-body background-color="#f4f4f7" width="600px" css-class="canvas">
<mj-section padding="26px 40px 12px" css-class="edge"><mj-column>
<mj-text css-class="name" font-size="14px" line-height="20px" font-weight="600" color="#17171f">
<span class="mark" style="color:{brand.accent}">&#9679;</span>&#8194;{escape(frame.organisation)}</mj-text>
</mj-column></mj-section>
<mj-section css-class="card" background-color="#ffffff" border="1px solid #e6e6ec" border-radius="12px"
 padding="36px 40px 24px"><mj-column>
{content}
</mj-column></mj-section>
<mj-section padding="20px 40px 40px" css-class="edge"><mj-column>
<mj-text css-class="foot" font-size="12px" line-height="19px" color="#5f5f6e">
{_footer(frame)}</mj-text>
</mj-column></mj-section>
<mj-raw><a href="{{{{link:0}}}}" aria-hidden="true" tabindex="-1" style="display:none"></a>
<img src="{{{{pixel}}}}" width="1" height="1" alt="" style="display:block" /></mj-raw>
</mj-body>
</mjml>"""


def _footer(frame: Frame) -> str:
    lines = [escape(frame.reason), f"{escape(frame.organisation)} &#183; {escape(frame.address)}"]
    if frame.has_unsubscribe:
        lines.append('<a href="{{unsubscribe}}" style="color:#5f5f6e">Unsubscribe from these emails</a>')
    return "<br />".join(lines)


# Rules that cannot stand inline: small screens, and a dark dress where the reader asks for it.
def _style(brand: Brand) -> str:
    return f"""
@media (max-width: 480px) {{
  .card {{ margin: 0 10px !important; }}
  .card > table > tbody > tr > td {{ padding: 26px 20px 14px !important; }}
  .edge > table > tbody > tr > td {{ padding-left: 30px !important; padding-right: 30px !important; }}
}}
@media (prefers-color-scheme: dark) {{
  body, .canvas {{ background-color: #0e0e13 !important; }}
  .card, .card > table {{ background-color: #16161d !important; }}
  .card > table > tbody > tr > td {{ border-color: #262631 !important; }}
  .card div, .card td {{ color: #d9d9e3 !important; }}
  .card h1, .card b, .name div {{ color: #f1f1f6 !important; }}
  .foot div, .foot a, .card .quiet {{ color: #a4a4b3 !important; }}
  .card a, .name .mark {{ color: {brand.accent_on_dark} !important; }}
  .card .go td, .card .go a {{ background: {brand.accent_on_dark} !important; color: #121218 !important; }}
  .card .box, .card code {{ background: #20202a !important; border-color: {brand.accent_on_dark} !important; }}
  .card .score {{ background: #20202a !important; border-color: #353542 !important; }}
  .card .rule p {{ border-color: #2c2c38 !important; }}
}}"""
