"""From an email as written to an email as frozen by publishing."""

from __future__ import annotations

from contacts.content.rules.blocks import MOST_BLOCKS, Block, Draft, DraftError, Problem, Reader
from contacts.content.rules.layout import Brand, Frame, html_of
from contacts.content.rules.plain import text_of
from contacts.content.rules.skeleton import Compiled, freeze

MOST_BYTES = 100_000
"""Gmail cuts a message off at 102 kB, and the unsubscribe link with it."""

REASON = (
    'You receive this email because {{ recipient.reason | default("you are a contact of your company") }}'
    ' at {{ account.name | default("a GitLab customer") }}.'
)


def compile_draft(draft: Draft, *, brand: Brand, has_unsubscribe: bool = True) -> Compiled:
    """
    Check a draft and freeze it; done once per published version.

    Only operational messages go without an unsubscribe link (`has_unsubscribe=False`).

    :raises DraftError: listing every problem by block number and field.
    """
    reader = Reader()
    subject = reader.line(draft.subject, block=None, field="subject")
    preheader = reader.line(draft.preheader, block=None, field="preheader", required=False)
    content = _content(draft, reader)
    if reader.problems:
        raise DraftError(reader.problems)
    frame = Frame(
        preheader=preheader,
        organisation=reader.ledger.mark("{{ organisation.name }}"),
        address=reader.ledger.mark("{{ organisation.address }}"),
        reason=reader.ledger.mark(REASON),
        has_unsubscribe=has_unsubscribe,
    )
    compiled = freeze(
        subject=subject,
        html=html_of(content, frame, brand),
        text=text_of(content, frame),
        expressions=tuple(reader.ledger.expressions),
        links=tuple(reader.ledger.links),
        has_unsubscribe=has_unsubscribe,
    )
    if compiled.size > MOST_BYTES:
        raise DraftError([Problem(None, "email", f"is longer than {MOST_BYTES // 1000} kB, where Gmail cuts off")])
    return compiled


def _content(draft: Draft, reader: Reader) -> list[Block]:
    if not 0 < len(draft.blocks) <= MOST_BLOCKS:
        reader.problems.append(Problem(None, "email", f"has {len(draft.blocks)} blocks; write 1 to {MOST_BLOCKS}"))
        return []
    read = [reader.block(raw, number) for number, raw in enumerate(draft.blocks, start=1)]
    return [block for block in read if block is not None]
