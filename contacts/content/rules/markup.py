"""Each block as MJML. Widths and colors stand inline, for clients that drop style sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from contacts.content.rules import blocks as b
from contacts.content.rules.inline import Rich, Span

# Without Roboto, for which MJML would call a font host.
SANS = "Inter, -apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


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
