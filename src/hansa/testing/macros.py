"""A product's macros in the sandbox."""

from __future__ import annotations

from hansa.core.product import Product
from hansa.engines.sandbox import Sandbox, SandboxError
from hansa.errors import Place
from hansa.sql.macros import Macro, MacroInvalid, read_macros

MACRO_FILE = "tests/macros.sql"


def macros_of(product: Product) -> tuple[Macro, ...]:
    """The macros that the product's tests bring along. Raises MacroInvalid."""
    content = product.files.get(MACRO_FILE)
    if content is None:
        return ()
    label = product.label
    file = MACRO_FILE if label in ("", ".") else f"{label}/{MACRO_FILE}"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise MacroInvalid("the macros are not UTF-8", Place(file)) from None
    return read_macros(text, file)


def macros_for_tests_of(published: Product, product: Product) -> tuple[Macro, ...]:
    """The macros that tests of a release came with, and others that the product has.

    What a release promises was tested with its own. A function that only the product's SQL
    calls is known from the product alone. Raises MacroInvalid.
    """
    own = macros_of(published)
    known = {macro.name.casefold() for macro in own}
    return (*own, *(one for one in macros_of(product) if one.name.casefold() not in known))


def use_macros(sandbox: Sandbox, macros: tuple[Macro, ...]) -> None:
    """Let SQL in the sandbox call these macros, and no others that were used in it before.

    Raises MacroInvalid for one that DuckDB refuses, or that has the name of one of its own
    functions: SQL that measures and compares must mean the same whatever a product brings.
    """
    if macros == sandbox.macros:
        return
    sandbox.drop_macros()
    for macro in macros:
        if sandbox.has_function(macro.name):
            raise MacroInvalid(f"macro `{macro.name}` would hide a function of DuckDB", macro.place)
        try:
            sandbox.create_macro(macro)
        except SandboxError as error:
            place = macro.place_of(*error.at) if error.at else macro.place
            raise MacroInvalid(f"macro `{macro.name}`: {error.message}", place) from None
