"""Types from text and back, by dialect."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from hansa.core.datatype import DataType, Family
from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput
from hansa.sql.dialects import check_dialect
from hansa.sql.typetext import write_duckdb, write_foreign
from hansa.sql.typewords import words_of

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[^\W\d]\w*)|(?P<number>\d+)|"(?P<quoted>(?:[^"]|"")+)"|`(?P<tick>[^`]+)`"""
    r"""|'(?P<text>(?:[^']|'')*)'|(?P<mark>[()<>\[\],:]))"""
)
_MAX_DEPTH = 50


class InvalidType(InvalidInput):
    """A text does not name a type of its dialect."""

    slug = "invalid-type"

    def __init__(self, text: str, dialect: str, hint: str | None = None) -> None:
        self.text = text
        self.dialect = dialect
        self.hint = hint or "write a type such as integer, varchar, decimal(10,2) or timestamp"

    def __str__(self) -> str:
        return f"`{self.text[:80]}` is not a type in {self.dialect}"


@lru_cache(maxsize=4096)
def parse_type(text: str, dialect: str) -> DataType:
    """The type that the text names, with the dialect's defaults filled in.

    Raises InvalidType, with the nearest words, and UnknownDialect.
    """
    check_dialect(dialect)
    return _TypeReader(text, dialect).read()


class _TypeReader:
    """Reads one type text from left to right."""

    def __init__(self, text: str, dialect: str) -> None:
        self._text = text
        self._dialect = dialect
        self._words = words_of(dialect)
        self._tokens = self._split()
        self._at = 0

    def read(self) -> DataType:
        kind = self._type(0)
        if self._at < len(self._tokens):
            raise self._error()
        return kind

    def _split(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at, text = 0, self._text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise self._error()
            tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        return tokens

    def _error(self, hint: str | None = None) -> InvalidType:
        return InvalidType(self._text, self._dialect, hint)

    def _peek(self, offset: int = 0) -> tuple[str, str]:
        at = self._at + offset
        return self._tokens[at] if at < len(self._tokens) else ("end", "")

    def _take(self, mark: str) -> bool:
        if self._peek() == ("mark", mark):
            self._at += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise self._error()

    def _type(self, depth: int) -> DataType:
        if depth > _MAX_DEPTH:
            raise self._error("nest types less deeply")
        word, base = self._base()
        kind = self._arguments(word, base, depth)
        kind = self._zone(kind)
        return self._suffixes(kind)

    def _base(self) -> tuple[str, DataType]:
        """The longest run of words that has a meaning."""
        words: list[str] = []
        while self._peek(len(words))[0] == "word" and len(words) < 5:
            words.append(self._peek(len(words))[1].lower())
        for count in range(len(words), 0, -1):
            phrase = " ".join(words[:count])
            if phrase in self._words:
                self._at += count
                return phrase, self._words[phrase]
        raise self._error(did_you_mean(words[0], self._words) if words else None)

    def _arguments(self, word: str, base: DataType, depth: int) -> DataType:
        match base.family:
            case Family.ARRAY | Family.MAP:
                return self._container(base, depth)
            case Family.STRUCT:
                return self._struct(base, depth)
            case Family.OTHER:
                return self._other(base, depth)
            case _:
                return self._sized(word, base, self._numbers())

    def _container(self, base: DataType, depth: int) -> DataType:
        closing = ">" if self._take("<") else ")" if self._take("(") else ""
        if not closing:
            return replace(base, items=())
        items = [self._type(depth + 1)]
        while self._take(","):
            items.append(self._type(depth + 1))
        self._expect(closing)
        if len(items) != (1 if base.family is Family.ARRAY else 2):
            raise self._error()
        return replace(base, items=tuple(items))

    def _struct(self, base: DataType, depth: int) -> DataType:
        closing = ">" if self._take("<") else ")" if self._take("(") else ""
        if not closing:
            return base
        fields = [self._field(depth)]
        while self._take(","):
            fields.append(self._field(depth))
        self._expect(closing)
        return replace(base, fields=tuple(fields))

    def _field(self, depth: int) -> tuple[str, DataType]:
        kind, name = self._peek()
        if kind not in ("word", "quoted", "tick"):
            raise self._error("write a struct as struct(name type, …)")
        self._at += 1
        self._take(":")
        return name.replace('""', '"') if kind == "quoted" else name, self._type(depth + 1)

    def _other(self, base: DataType, depth: int) -> DataType:
        """The dialect's own type, its arguments kept as they are written."""
        if self._peek() != ("mark", "("):
            if base.name in ("enum", "union"):
                raise self._error(f"write the members, such as {base.name}(…)")
            return base
        if base.name == "union":
            return self._struct(base, depth)
        parts, open_marks = [], 0
        while True:
            kind, value = self._peek()
            if kind == "end":
                raise self._error()
            self._at += 1
            open_marks += (value == "(") - (value == ")") if kind == "mark" else 0
            parts.append(_spell(kind, value))
            if open_marks == 0:
                break
        return replace(base, name=f"{base.name}{''.join(parts)}")

    def _numbers(self) -> list[int]:
        if not self._take("("):
            return []
        numbers = []
        while True:
            kind, value = self._peek()
            self._at += 1
            if kind == "number" and len(value) < 10:
                numbers.append(int(value))
            elif not (kind == "word" and value.lower() in ("max", "char", "byte")):
                raise self._error()
            if not self._take(","):
                break
        self._expect(")")
        return numbers

    def _sized(self, word: str, base: DataType, numbers: list[int]) -> DataType:
        if not numbers:
            return replace(base, length=1) if base.fixed and word != "bpchar" else base
        first = numbers[0]
        match base.family:
            case Family.DECIMAL:
                scale = numbers[1] if len(numbers) > 1 else 0
                if not 0 < first <= 76 or scale > first:
                    raise self._error("write a precision and a scale that is not larger")
                return replace(base, precision=first, scale=scale)
            case Family.STRING | Family.BINARY:
                return replace(base, length=first)
            case Family.TIMESTAMP | Family.TIME:
                return replace(base, precision=self._precision(first))
            case Family.FLOAT if word == "float":
                return replace(base, bits=32 if first <= 24 else 64)
            case Family.INTEGER | Family.INTERVAL:
                return base  # a display width changes no value
            case _:
                raise self._error()

    def _precision(self, digits: int) -> int | None:
        if self._dialect != "duckdb":
            return digits
        # DuckDB has four units of time: seconds, and thousandths of them.
        return next((unit for limit, unit in ((0, 0), (3, 3), (6, None)) if digits <= limit), 9)

    def _zone(self, kind: DataType) -> DataType:
        following = tuple(self._peek(offset)[1].lower() for offset in range(3))
        if kind.family in (Family.TIMESTAMP, Family.TIME) and following[1:] == ("time", "zone"):
            if following[0] in ("with", "without"):
                self._at += 3
                return replace(kind, timezone=following[0] == "with")
        elif kind.family is Family.INTEGER and following[0] in ("unsigned", "signed"):
            self._at += 1
            return replace(kind, signed=following[0] == "signed")
        elif kind.family is Family.INTERVAL and self._peek()[0] == "word":
            while self._peek()[0] == "word":
                self._at += 1
        return kind

    def _suffixes(self, kind: DataType) -> DataType:
        while True:
            if self._peek() == ("word", "array") or self._peek() == ("word", "ARRAY"):
                self._at += 1
                size = self._size() if self._take("[") else None
            elif self._take("["):
                size = self._size()
            else:
                return kind
            kind = DataType(Family.ARRAY, items=(kind,), length=size, fixed=size is not None)

    def _size(self) -> int | None:
        kind, value = self._peek()
        size = int(value) if kind == "number" and len(value) < 10 else None
        self._at += size is not None
        self._expect("]")
        return size


def _spell(kind: str, value: str) -> str:
    match kind:
        case "text":
            return f"'{value}'"
        case "quoted":
            return f'"{value}"'
        case "mark":
            return ", " if value == "," else value
        case _:
            return value


def type_sql(type: DataType, dialect: str) -> str:  # noqa: A002
    """The type as DDL of the dialect; for DuckDB in DuckDB's own words, which have no lengths.

    Raises InvalidType for a type that is not known.
    """
    check_dialect(dialect)
    if not type.is_known:
        raise InvalidType("unknown", dialect, "declare the type of this column")
    if not _is_complete(type):
        raise InvalidType(str(type), dialect, "write what it holds, such as integer[]")
    return write_duckdb(type) if dialect == "duckdb" else write_foreign(type, dialect)


def _is_complete(kind: DataType) -> bool:
    match kind.family:
        case Family.ARRAY | Family.MAP:
            return bool(kind.items) and all(map(_is_complete, kind.items))
        case Family.STRUCT:
            return bool(kind.fields) and all(_is_complete(field) for _, field in kind.fields)
        case _:
            return True
