"""How an email looks: a frame in MJML around the blocks, 600 px wide, calm, light and dark; and its text part.

Both keep their slots (`{{token:0}}`, `{{link:1}}`, `{{pixel}}`, `{{unsubscribe}}`, `{{subject}}`), which compilation.py
fills. Everything an author wrote is escaped before MJML reads it. Widths and colors stand inline, for clients that drop
style sheets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import mjml

from contacts.content.rules import blocks as b
from contacts.content.rules.inline import Rich, Span

# Without Roboto, for which MJML would call a font host.
SANS = "Inter, -apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


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


def html_of(content: Sequence[b.Block], frame: Frame, brand: Brand) -> str:
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


@dataclass(frozen=True)
class Colors:
    accent: str


def markup_of(content: Sequence[b.Block], colors: Colors) -> str:
    return "\n".join(_block(block, colors) for block in content)


def _block(block: b.Block, colors: Colors) -> str:
    match block:
        case b.Heading(text):
            return _heading(text)
        case b.Text(paragraphs):
            return "".join(f"<mj-text>{_rich(rich, colors)}</mj-text>" for rich in paragraphs)
        case b.BulletList(items):
            return _table("".join(_item(rich, colors) for rich in items), gap="0 0 10px")
        case b.Button(label, href):
            return _button(label, href, colors)
        case b.Tip(text):
            return _table(_tip(text, colors), gap="4px 0 22px")
        case b.Code(lines):
            return _table(_code(lines), gap="0 0 22px")
        case b.Nps(question, hrefs):
            return _nps(question, hrefs, colors)
        case b.Signature(name, title):
            return (
                f'<mj-text padding="8px 0 12px" line-height="23px"><b>{escape(name)}</b><br />'
                f'<span class="quiet" style="font-size:14px;color:#5f5f6e">{escape(title)}</span></mj-text>'
            )
    return '<mj-divider css-class="rule" border-width="1px" border-color="#e6e6ec" padding="8px 0 24px" />'


def _heading(text: str) -> str:
    return (
        '<mj-text font-size="23px" line-height="31px" letter-spacing="-0.3px" padding="0 0 14px">'
        f'<h1 style="margin:0;font-size:inherit;font-weight:650;color:#17171f">{escape(text)}</h1></mj-text>'
    )


def _rich(spans: Rich, colors: Colors) -> str:
    return "".join(_span(span, colors) for span in spans)


def _span(span: Span, colors: Colors) -> str:
    html = escape(span.text).replace("\n", " ")
    if span.style == "bold":
        html = f'<b style="color:#17171f">{html}</b>'
    if span.style == "code":
        html = f'<code style="font:14px {MONO};background:#f1f1f5;padding:2px 5px;border-radius:4px">{html}</code>'
    return f'<a href="{span.href}" style="color:{colors.accent}">{html}</a>' if span.href else html


def _table(rows: str, *, gap: str) -> str:
    return f'<mj-table font-size="16px" line-height="26px" color="#2b2b36" padding="{gap}">{rows}</mj-table>'


def _item(rich: Rich, colors: Colors) -> str:
    dot = f'<td width="20" valign="top" style="padding:0 0 8px;color:{colors.accent}">&#8226;</td>'
    return f'<tr>{dot}<td valign="top" style="padding:0 0 8px">{_rich(rich, colors)}</td></tr>'


def _tip(rich: Rich, colors: Colors) -> str:
    edge = f"border-left:3px solid {colors.accent};border-radius:0 8px 8px 0"
    style = f"background:#f6f6fb;{edge};padding:14px 18px;font-size:15px;line-height:24px"
    return f'<tr><td class="box" style="{style}">{_rich(rich, colors)}</td></tr>'


def _code(lines: tuple[str, ...]) -> str:
    style = f"background:#f4f4f7;border-radius:8px;padding:14px 18px;font:13px/21px {MONO};word-break:break-word"
    return f'<tr><td class="box" style="{style}">{"<br />".join(_code_line(line) for line in lines)}</td></tr>'


def _code_line(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return "&#160;" * indent + escape(line[indent:])


def _button(label: str, href: str, colors: Colors) -> str:
    return (
        f'<mj-button css-class="go" href="{href}" align="left" background-color="{colors.accent}" color="#ffffff"'
        ' border-radius="8px" font-size="15px" font-weight="600" line-height="20px" inner-padding="12px 22px"'
        f' padding="8px 0 26px">{escape(label)}</mj-button>'
    )


def _nps(question: str, hrefs: tuple[str, ...], colors: Colors) -> str:
    cells = "".join(_score(score, href, colors) for score, href in enumerate(hrefs))
    ends = (
        '<td class="quiet" colspan="5" style="font-size:13px;color:#5f5f6e">Not at all likely</td>'
        '<td class="quiet" colspan="6" align="right" style="font-size:13px;color:#5f5f6e">Extremely likely</td>'
    )
    asked = f'<mj-text padding="4px 0 12px"><b style="color:#17171f">{escape(question)}</b></mj-text>'
    return asked + _table(f"<tr>{cells}</tr><tr>{ends}</tr>", gap="0 0 24px")


def _score(score: int, href: str, colors: Colors) -> str:
    link = f"display:block;padding:9px 0;font-size:15px;line-height:22px;text-decoration:none;color:{colors.accent}"
    return (
        '<td class="score" align="center" width="9%" style="border:1px solid #d5d5de">'
        f'<a href="{href}" style="{link}">{score}</a></td>'
    )


def text_of(content: Sequence[b.Block], frame: Frame) -> str:
    """Return the text with its slots, blocks apart by a blank line, lines not wrapped."""
    footer = [frame.reason, f"{frame.organisation}, {frame.address}"]
    if frame.has_unsubscribe:
        footer.append("Unsubscribe: {{unsubscribe}}")
    return "\n\n".join([*(_plain_block(block) for block in content), "-- \n" + "\n".join(footer)]) + "\n"


def _plain_block(block: b.Block) -> str:
    match block:
        case b.Heading(text):
            return text
        case b.Text(paragraphs):
            return "\n\n".join(_plain_rich(rich) for rich in paragraphs)
        case b.BulletList(items):
            return "\n".join(f"* {_plain_rich(rich)}" for rich in items)
        case b.Button(label, href):
            return f"{label}:\n{href}"
        case b.Tip(text):
            return f"Tip: {_plain_rich(text)}"
        case b.Code(lines):
            return "\n".join(f"    {line}" for line in lines)
        case b.Nps(question, hrefs):
            scale = "\n".join(f"{score}: {href}" for score, href in enumerate(hrefs))
            return f"{question}\n(0 not at all likely, 10 extremely likely)\n{scale}"
        case b.Signature(name, title):
            return f"{name}\n{title}"
    return "* * *"


def _plain_rich(spans: Rich) -> str:
    return "".join(_plain_span(span) for span in spans)


def _plain_span(span: Span) -> str:
    text = span.text.replace("\n", " ")
    return f"{text} ({span.href})" if span.href else text
