from hansa.core.contract import ContractColumn, ContractTable
from hansa.core.datatype import BIGINT, STRING
from hansa.core.schema import Column, TableSchema

TABLE = ContractTable(
    "orders",
    (
        ContractColumn("line", BIGINT, key_position=2),
        ContractColumn("id", BIGINT, key_position=1),
        ContractColumn("code", STRING, unique=True, required=True),
        ContractColumn("alias", STRING, unique=True),
    ),
)


def test_the_primary_key_is_in_its_own_order() -> None:
    assert TABLE.primary_key == ("id", "line")


def test_readers_may_rely_on_columns_and_keys_that_are_never_null() -> None:
    assert TABLE.schema == TableSchema(
        (
            Column("line", BIGINT, nullable=False),
            Column("id", BIGINT, nullable=False),
            Column("code", STRING, nullable=False),
            Column("alias", STRING, nullable=True),
        ),
        frozenset({frozenset({"id", "line"}), frozenset({"code"})}),
    )


def test_a_column_is_found_by_its_exact_name_first() -> None:
    schema = TableSchema((Column("id"), Column("ID"), Column("Name")))
    assert schema.column("ID") == Column("ID")
    assert schema.column("name") == Column("Name")
    assert schema.column("Id") is None
