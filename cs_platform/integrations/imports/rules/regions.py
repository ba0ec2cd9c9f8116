"""Which of the three regions a country belongs to, as a guess for customers whose region nobody gave."""

from __future__ import annotations

AMER = """
AG AI AR AW BB BL BM BO BQ BR BS BZ CA CL CO CR CU CW DM DO EC FK GD GF GP GT GY HN HT JM KN KY LC MF MQ MS MX NI
PA PE PM PR PY SR SV SX TC TT US UY VC VE VG VI
""".split()  # noqa: SIM905 (a list would be fifty lines)

APAC = """
AF AS AU BD BN BT CC CK CN CX FJ FM GU HK ID IN IO JP KH KI KP KR LA LK MH MM MN MO MP MV MY NC NF NP NR NU NZ PF
PG PH PK PN PW SB SG TH TK TL TO TV TW VN VU WF WS
""".split()  # noqa: SIM905 (a list would be fifty lines)


def region_of(country: str) -> str | None:
    """Return the region of a two-letter country code (ISO 3166, and UK); None for anything longer or no letters."""
    code = country.strip().upper()
    if len(code) != 2 or not code.isalpha():
        return None
    return "AMER" if code in AMER else "APAC" if code in APAC else "EMEA"
