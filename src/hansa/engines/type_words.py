"""The types of a target in its own words, where it has them."""

from __future__ import annotations

from collections.abc import Collection

from hansa.core.datatype import DataType, Family
from hansa.engines.errors import TypeLacking
from hansa.sql.types import InvalidType, parse_type, type_sql


def exact_type_sql(
    datatype: DataType, dialect: str, title: str, integer_bits: Collection[int]
) -> str:
    """A type in a dialect's words, which mean it and no other one.

    `integer_bits` are the widths of the engine's whole numbers, all of them signed. Raises
    TypeLacking, which names the engine by its `title`.
    """
    whole = datatype.family is Family.INTEGER
    if whole and not (datatype.signed and datatype.bits in integer_bits):
        raise TypeLacking(str(datatype), title)
    try:
        text = type_sql(datatype, dialect)
        back = parse_type(text, dialect)
    except InvalidType:
        raise TypeLacking(str(datatype), title) from None
    if (back.family, back.bits, back.signed) != (datatype.family, datatype.bits, datatype.signed):
        raise TypeLacking(str(datatype), title)
    return text
