"""People as a view of decisions; matching runs, review, topology.

What was stored before is taken over: each identity with its assignments under one decision of kind
"import", each judgement under a decision of its own, so that it can be taken back as before.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

Row = dict[str, Any]


def upgrade() -> None:
    identities = _take("identity")
    assignments = _take("assignment")
    judgements = _take("judgement")
    op.drop_index("ix_judgement_query_tracklet", "judgement")
    op.drop_index("ix_judgement_tracklet", "judgement")
    op.drop_table("judgement")
    op.drop_index("ix_assignment_identity_id", "assignment")
    op.drop_index("ix_assignment_tracklet_id_id", "assignment")
    op.drop_table("assignment")
    op.drop_column("identity", "name")
    _make_runs_and_decisions()
    _make_cells()
    _make_review()
    _make_topology()
    _import_people(identities, assignments)
    _import_judgements(judgements)


def downgrade() -> None:
    judgements = _judgements_as_before()
    assignments = _assignments_as_before()
    names = {row["identity_id"]: row["name"] for row in _take("identity_edit")}
    for table in (
        "topology",
        "conflict_tracklet",
        "conflict",
        "candidate",
        "barred",
        "judgement",
        "identity_edit",
        "assignment",
        "decision_identity",
        "decision",
        "matching_run",
    ):
        op.drop_table(table)
    op.add_column(
        "identity", sa.Column("name", sa.String(length=200), nullable=False, server_default="")
    )
    for identity_id, name in names.items():
        op.get_bind().execute(
            sa.text("UPDATE identity SET name = :name WHERE id = :id"),
            {"name": name, "id": identity_id},
        )
    _make_old_assignment()
    _make_old_judgement()
    _put("assignment", assignments)
    _put("judgement", judgements)


def _id() -> sa.Column[Any]:
    return sa.Column("id", ROW_ID, nullable=False)


def _refers(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, ROW_ID, nullable=nullable)


def _word(name: str, length: int = 20) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _number(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _real(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _json(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _key(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=f"fk_{table}_{column}", ondelete=ondelete
    )


def _one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"ck_{table}_{column}")


def _indexes(table: str, *indexes: Sequence[str]) -> None:
    for columns in indexes:
        op.create_index("_".join(["ix", table, *columns]), table, list(columns))


def _make_runs_and_decisions() -> None:
    op.create_table(
        "matching_run",
        _id(),
        _refers("job_id", nullable=True),
        _word("mode"),
        sa.Column("preview", sa.Boolean(), nullable=False),
        _word("state"),
        _word("actor", 200),
        _json("params"),
        _word("code_version", 100),
        _word("model", 200),
        _word("space", 200),
        _json("counts"),
        _json("changes"),
        sa.Column("error", sa.Text(), nullable=True),
        _number("as_of"),
        _number("created"),
        _number("started", nullable=True),
        _number("finished", nullable=True),
        sa.Column("edges", sa.LargeBinary(), nullable=True),
        sa.Column("proposal", sa.LargeBinary(), nullable=True),
        _one_of("matching_run", "mode", "new", "full"),
        _one_of(
            "matching_run",
            "state",
            "queued",
            "running",
            "preview",
            "applied",
            "discarded",
            "failed",
        ),
        _key("matching_run", "job_id", "job", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_matching_run"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "decision",
        _id(),
        _word("kind"),
        _word("actor", 200),
        _refers("run_id", nullable=True),
        _refers("reverses", nullable=True),
        _json("details"),
        _number("created"),
        _one_of(
            "decision",
            "kind",
            "match",
            "merge",
            "split",
            "add",
            "remove",
            "create",
            "rename",
            "note",
            "set_aside",
            "restore",
            "answer",
            "undo",
            "redo",
            "import",
        ),
        _key("decision", "reverses", "decision"),
        _key("decision", "run_id", "matching_run"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sqlite_autoincrement=True,
    )
    _indexes("decision", ["actor", "id"], ["reverses"], ["run_id"])
    op.create_table(
        "decision_identity",
        _refers("decision_id"),
        _refers("identity_id"),
        _word("role"),
        _refers("into_id", nullable=True),
        _one_of("decision_identity", "role", "new", "changed", "merged"),
        _key("decision_identity", "decision_id", "decision", "CASCADE"),
        _key("decision_identity", "identity_id", "identity", "CASCADE"),
        _key("decision_identity", "into_id", "identity", "SET NULL"),
        sa.PrimaryKeyConstraint("decision_id", "identity_id", name="pk_decision_identity"),
    )
    _indexes("decision_identity", ["identity_id"], ["into_id"])


def _make_cells() -> None:
    op.create_table(
        "assignment",
        _id(),
        _refers("tracklet_id"),
        _refers("identity_id", nullable=True),
        _word("placed_by"),
        _real("probability", nullable=True),
        _word("actor", 200),
        _refers("run_id", nullable=True),
        _refers("decision_id"),
        _number("origin", nullable=True),
        _number("created"),
        _one_of("assignment", "placed_by", "person", "run"),
        _key("assignment", "tracklet_id", "tracklet", "CASCADE"),
        _key("assignment", "identity_id", "identity"),
        _key("assignment", "run_id", "matching_run"),
        _key("assignment", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
        sqlite_autoincrement=True,
    )
    _indexes("assignment", ["tracklet_id", "id"], ["identity_id"], ["decision_id"])
    op.create_table(
        "identity_edit",
        _id(),
        _refers("identity_id"),
        _word("name", 200),
        sa.Column("notes", sa.Text(), nullable=False),
        _word("state"),
        _refers("decision_id"),
        _number("origin", nullable=True),
        _one_of("identity_edit", "state", "active", "set_aside"),
        _key("identity_edit", "identity_id", "identity", "CASCADE"),
        _key("identity_edit", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_edit"),
        sqlite_autoincrement=True,
    )
    _indexes("identity_edit", ["identity_id", "id"], ["decision_id"])
    op.create_table(
        "judgement",
        _id(),
        _refers("query_tracklet"),
        _refers("tracklet"),
        _word("verdict"),
        _word("actor", 200),
        _refers("decision_id"),
        _number("origin", nullable=True),
        _number("created"),
        _one_of("judgement", "verdict", "same", "different", "none"),
        _key("judgement", "query_tracklet", "tracklet", "CASCADE"),
        _key("judgement", "tracklet", "tracklet", "CASCADE"),
        _key("judgement", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("id", name="pk_judgement"),
        sqlite_autoincrement=True,
    )
    _indexes("judgement", ["query_tracklet"], ["tracklet"], ["decision_id"])
    op.create_table(
        "barred",
        _id(),
        _refers("tracklet_id"),
        _refers("identity_id"),
        sa.Column("barred", sa.Boolean(), nullable=False),
        _refers("decision_id"),
        _number("origin", nullable=True),
        _key("barred", "tracklet_id", "tracklet", "CASCADE"),
        _key("barred", "identity_id", "identity", "CASCADE"),
        _key("barred", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("id", name="pk_barred"),
        sqlite_autoincrement=True,
    )
    _indexes("barred", ["tracklet_id", "identity_id", "id"], ["identity_id"], ["decision_id"])


def _make_review() -> None:
    op.create_table(
        "candidate",
        _id(),
        _refers("run_id"),
        _refers("tracklet_a"),
        _refers("tracklet_b"),
        _real("probability"),
        _real("value"),
        _refers("rival_tracklet", nullable=True),
        _real("rival_probability", nullable=True),
        _json("details"),
        _word("state"),
        _refers("decision_id", nullable=True),
        _number("created"),
        _one_of("candidate", "state", "open", "answered", "skipped", "stale"),
        _key("candidate", "run_id", "matching_run", "CASCADE"),
        _key("candidate", "tracklet_a", "tracklet", "CASCADE"),
        _key("candidate", "tracklet_b", "tracklet", "CASCADE"),
        _key("candidate", "rival_tracklet", "tracklet", "SET NULL"),
        _key("candidate", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("id", name="pk_candidate"),
        sa.UniqueConstraint(
            "run_id", "tracklet_a", "tracklet_b", name="uq_candidate_run_id_tracklet_a_tracklet_b"
        ),
        sqlite_autoincrement=True,
    )
    _indexes(
        "candidate",
        ["state", "value"],
        ["tracklet_a"],
        ["tracklet_b"],
        ["rival_tracklet"],
        ["decision_id"],
    )
    op.create_table(
        "conflict",
        _id(),
        _word("kind", 50),
        _refers("run_id", nullable=True),
        _json("identities"),
        _json("details"),
        _number("created"),
        _number("resolved", nullable=True),
        _key("conflict", "run_id", "matching_run", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_conflict"),
        sqlite_autoincrement=True,
    )
    _indexes("conflict", ["run_id"])
    op.create_table(
        "conflict_tracklet",
        _refers("conflict_id"),
        _refers("tracklet_id"),
        _key("conflict_tracklet", "conflict_id", "conflict", "CASCADE"),
        _key("conflict_tracklet", "tracklet_id", "tracklet", "CASCADE"),
        sa.PrimaryKeyConstraint("conflict_id", "tracklet_id", name="pk_conflict_tracklet"),
    )
    _indexes("conflict_tracklet", ["tracklet_id"])


def _make_topology() -> None:
    op.create_table(
        "topology",
        _id(),
        _refers("from_camera"),
        _refers("to_camera"),
        _word("relation"),
        _real("least_seconds", nullable=True),
        _real("typical_seconds", nullable=True),
        _word("source"),
        _json("learnt", nullable=True),
        _number("updated"),
        _one_of("topology", "relation", "unknown", "overlapping", "apart"),
        _one_of("topology", "source", "entered", "config", "learnt", "none"),
        _key("topology", "from_camera", "camera", "CASCADE"),
        _key("topology", "to_camera", "camera", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_topology"),
        sa.UniqueConstraint("from_camera", "to_camera", name="uq_topology_from_camera_to_camera"),
        sqlite_autoincrement=True,
    )
    _indexes("topology", ["to_camera"])


def _make_old_assignment() -> None:
    op.create_table(
        "assignment",
        _id(),
        _refers("tracklet_id"),
        _refers("identity_id", nullable=True),
        _word("actor", 200),
        sa.Column("run", sa.String(length=100), nullable=True),
        _real("probability", nullable=True),
        _number("created"),
        _key("assignment", "identity_id", "identity"),
        _key("assignment", "tracklet_id", "tracklet", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
        sqlite_autoincrement=True,
    )
    _indexes("assignment", ["identity_id"], ["tracklet_id", "id"])


def _make_old_judgement() -> None:
    op.create_table(
        "judgement",
        _id(),
        _refers("query_tracklet"),
        _refers("tracklet"),
        _word("verdict"),
        _word("actor", 200),
        _number("created"),
        _number("withdrawn", nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=True),
        _one_of("judgement", "verdict", "same", "different"),
        _key("judgement", "query_tracklet", "tracklet", "CASCADE"),
        _key("judgement", "tracklet", "tracklet", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_judgement"),
        sqlite_autoincrement=True,
    )
    _indexes("judgement", ["query_tracklet"], ["tracklet"])


def _import_people(identities: Sequence[Row], assignments: Sequence[Row]) -> None:
    if not identities and not assignments:
        return
    decision = _decide("import", "Retrace", time.time_ns() // 1000)
    runs: dict[str, int] = {}
    for row in assignments:
        run = row.pop("run")
        if run is not None and run not in runs:
            runs[run] = len(runs) + 1
            _put("matching_run", [_old_run(runs[run], run, row)])
        row |= {
            "placed_by": "person" if run is None else "run",
            "run_id": None if run is None else runs[run],
            "decision_id": decision,
            "origin": None,
        }
    _put("assignment", assignments)
    _put(
        "identity_edit",
        [
            {
                "id": place,
                "identity_id": row["id"],
                "name": row["name"],
                "notes": "",
                "state": "active",
                "decision_id": decision,
                "origin": None,
            }
            for place, row in enumerate(identities, 1)
        ],
    )
    _put(
        "decision_identity",
        [
            {"decision_id": decision, "identity_id": row["id"], "role": "new", "into_id": None}
            for row in identities
        ],
    )


def _old_run(run_id: int, name: str, row: Row) -> Row:
    return {
        "id": run_id,
        "job_id": None,
        "mode": "full",
        "preview": False,
        "state": "applied",
        "actor": row["actor"],
        "params": json.dumps({"name": name}),
        "code_version": "",
        "model": "",
        "space": "",
        "counts": "{}",
        "changes": "{}",
        "error": None,
        "as_of": 0,
        "created": row["created"],
        "started": None,
        "finished": row["created"],
        "edges": None,
        "proposal": None,
    }


def _import_judgements(judgements: Sequence[Row]) -> None:
    events: list[tuple[int, int, int, Row]] = []
    for row in judgements:
        events.append((row["created"], row["id"], 0, row))
        if row["withdrawn"] is not None:
            events.append((row["withdrawn"], row["id"], 1, row))
    said: dict[int, int] = {}
    standing: dict[frozenset[int], int] = {}
    rows: list[Row] = []
    free = max((row["id"] for row in judgements), default=0)
    for _, judgement, withdrawn, row in sorted(events, key=lambda event: event[:3]):
        base = {key: row[key] for key in ("query_tracklet", "tracklet", "actor")}
        pair = frozenset((row["query_tracklet"], row["tracklet"]))
        if withdrawn and standing[pair] != judgement:
            continue  # a later word on the pair had taken its place already
        if withdrawn:
            by = row["withdrawn_by"] or row["actor"]
            decision = _decide("undo", by, row["withdrawn"], said[judgement])
            free += 1
            word = {"id": free, "verdict": "none", "origin": 0, "created": row["withdrawn"]}
        else:
            decision = said[judgement] = _decide("answer", row["actor"], row["created"])
            standing[pair] = judgement
            word = {
                "id": judgement,
                "verdict": row["verdict"],
                "origin": None,
                "created": row["created"],
            }
        rows.append(base | word | {"decision_id": decision})
    _put("judgement", _in_order(rows, judgements))


def _in_order(rows: Sequence[Row], before: Sequence[Row]) -> list[Row]:
    """A later event needs a higher id, as the latest row of a pair counts."""
    if len(rows) == len(before):
        return list(rows)
    highest = max(row["id"] for row in before)
    return [row | {"id": highest + place} for place, row in enumerate(rows, 1)]


def _judgements_as_before() -> list[Row]:
    actors = {row["id"]: row["actor"] for row in _take("decision")}
    standing: dict[frozenset[int], Row] = {}
    rows: list[Row] = []
    for row in _take("judgement"):
        pair = frozenset((row["query_tracklet"], row["tracklet"]))
        earlier = standing.pop(pair, None)
        if earlier is not None:
            earlier |= {"withdrawn": row["created"], "withdrawn_by": actors[row["decision_id"]]}
        if row["verdict"] == "none":
            continue
        for column in ("decision_id", "origin"):
            del row[column]
        row |= {"withdrawn": None, "withdrawn_by": None}
        rows.append(row)
        standing[pair] = row
    return rows


def _assignments_as_before() -> list[Row]:
    runs = {}
    for row in _take("matching_run"):
        params = row["params"] if isinstance(row["params"], dict) else json.loads(row["params"])
        runs[row["id"]] = str(params.get("name", row["id"]))
    rows = []
    for row in _take("assignment"):
        by_run = row.pop("placed_by") == "run"
        run_id = row.pop("run_id")
        for column in ("decision_id", "origin"):
            del row[column]
        rows.append(row | {"run": runs.get(run_id, "run") if by_run else None})
    return rows


def _decide(kind: str, actor: str, created: int, reverses: int | None = None) -> int:
    bind = op.get_bind()
    new = (bind.scalar(sa.text("SELECT max(id) FROM decision")) or 0) + 1
    _put(
        "decision",
        [
            {
                "id": new,
                "kind": kind,
                "actor": actor,
                "run_id": None,
                "reverses": reverses,
                "details": "{}",
                "created": created,
            }
        ],
    )
    return new


def _take(table: str) -> list[Row]:
    found = op.get_bind().execute(sa.text(f"SELECT * FROM {table} ORDER BY id"))
    return [dict(row) for row in found.mappings()]


def _put(table: str, rows: Iterable[Row]) -> None:
    """Insert rows with their ids, and let the next id come after them."""
    listed = list(rows)
    if not listed:
        return
    bind = op.get_bind()
    columns = list(listed[0])
    marks = ", ".join(f":{column}" for column in columns)
    bind.execute(sa.text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"), listed)
    if bind.dialect.name == "postgresql" and "id" in columns:
        bind.execute(
            sa.text(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT max(id) FROM {table}))"
            )
        )
