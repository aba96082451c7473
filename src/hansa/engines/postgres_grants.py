"""Who may read a schema of PostgreSQL: exactly the roles that a contract names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hansa.sql.identifiers import literal, quote

if TYPE_CHECKING:
    from hansa.engines.protocol import Engine

_DIALECT = "postgres"

_GRANTEES = """
SELECT DISTINCT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END
FROM (
  SELECT nspowner AS owner, nspacl AS acl FROM pg_namespace WHERE nspname = {schema}
  UNION ALL
  SELECT c.relowner, c.relacl FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = {schema} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
) AS held, aclexplode(held.acl) AS a
WHERE a.grantee <> held.owner
"""


def grant(engine: Engine, schema: str, roles: Sequence[str]) -> tuple[str, ...]:
    """Let these roles read the schema and nobody else; gives those that are not there."""
    name = quote(schema, _DIALECT)
    known = {str(role) for (role,) in engine.query("SELECT rolname FROM pg_roles").rows}
    wanted = [role for role in dict.fromkeys(roles) if role in known]
    rows = engine.query(_GRANTEES.format(schema=literal(schema, _DIALECT))).rows
    held = [None if role is None else str(role) for (role,) in rows]
    for role in held:
        if role not in wanted:
            grantee = "PUBLIC" if role is None else quote(role, _DIALECT)
            engine.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {name} FROM {grantee}")
            engine.execute(f"REVOKE ALL ON SCHEMA {name} FROM {grantee}")
    for role in wanted:
        grantee = quote(role, _DIALECT)
        engine.execute(f"GRANT USAGE ON SCHEMA {name} TO {grantee}")
        engine.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {grantee}")
    return tuple(role for role in dict.fromkeys(roles) if role not in known)
