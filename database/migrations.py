"""The schema, as ordered functions; each runs once, in one transaction with its own record.

Two tables hold cases by the same columns: `case_open` (small, read by every board) and `case_archive`
(grows forever). A board therefore never reads more than the open cases.
"""

from collections.abc import Callable

import duckdb

from database import chain, fact_columns
from domain.errors import Need, StoreUnavailable
from domain.words import N_

Migration = Callable[[duckdb.DuckDBPyConnection], None]

CASE_COLUMNS = """
    case_id UUID PRIMARY KEY,
    call_no VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ,
    reporter_ref VARCHAR,
    call_class VARCHAR,
    channel VARCHAR NOT NULL,
    type_code VARCHAR,
    domain VARCHAR,
    priority TINYINT,
    lon DOUBLE,
    lat DOUBLE,
    adm_code VARCHAR,
    kelurahan VARCHAR,
    kecamatan VARCHAR,
    water_area VARCHAR,
    outcome VARCHAR,
    register_no VARCHAR,
    response_s INTEGER,
    {steps},
    changed_by VARCHAR NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    state JSON NOT NULL
""".format(steps=",\n    ".join(f"step{n}_s INTEGER, target{n}_s INTEGER NOT NULL" for n in range(1, 10)))


def _001_first_schema(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE event (
            seq BIGINT NOT NULL,
            occurred_at TIMESTAMPTZ NOT NULL,
            entered_at TIMESTAMPTZ NOT NULL,
            actor VARCHAR NOT NULL,
            role VARCHAR NOT NULL,
            entity VARCHAR NOT NULL,
            entity_id VARCHAR NOT NULL,
            action VARCHAR NOT NULL,
            before JSON NOT NULL,
            after JSON NOT NULL
        )
        """
    )
    for table in ("case_open", "case_archive"):
        connection.execute(f"CREATE TABLE {table} ({CASE_COLUMNS})")
    connection.execute(
        "CREATE VIEW case_all AS SELECT * FROM case_open UNION ALL BY NAME SELECT * FROM case_archive"
    )
    connection.execute(
        """
        CREATE TABLE case_private (
            case_id UUID PRIMARY KEY,
            narrative VARCHAR NOT NULL,
            reporter_name VARCHAR,
            callback_number VARCHAR
        )
        """
    )
    connection.execute(
        """
        CREATE TABLE unit_hold (
            unit_code VARCHAR PRIMARY KEY,
            case_id UUID NOT NULL,
            call_no VARCHAR NOT NULL,
            held_by VARCHAR NOT NULL,
            held_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ,
            status VARCHAR NOT NULL
        )
        """
    )
    connection.execute(
        """
        CREATE TABLE unit_state (
            unit_code VARCHAR PRIMARY KEY,
            out_of_service_reason VARCHAR,
            returning_since TIMESTAMPTZ,
            changed_at TIMESTAMPTZ NOT NULL
        )
        """
    )
    connection.execute(
        """
        CREATE TABLE registry (
            kind VARCHAR NOT NULL,
            code VARCHAR NOT NULL,
            version INTEGER NOT NULL,
            retired_at TIMESTAMPTZ,
            row JSON NOT NULL,
            PRIMARY KEY (kind, code)
        )
        """
    )
    connection.execute("CREATE TABLE counter (name VARCHAR PRIMARY KEY, value BIGINT NOT NULL)")
    connection.execute("CREATE TABLE setting (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)")


def _002_weather(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE weather (
            observed_at TIMESTAMPTZ NOT NULL,
            observed_by VARCHAR NOT NULL,
            wave_m DOUBLE,
            wind_from_deg DOUBLE,
            wind_kn DOUBLE
        )
        """
    )


def _003_positions(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE device (
            device_id VARCHAR PRIMARY KEY,
            unit_code VARCHAR NOT NULL,
            label VARCHAR NOT NULL,
            token_hash VARCHAR NOT NULL,
            priority INTEGER NOT NULL,
            max_age_s INTEGER NOT NULL,
            made_at TIMESTAMPTZ NOT NULL,
            made_by VARCHAR NOT NULL,
            revoked_at TIMESTAMPTZ
        )
        """
    )
    # No key: a second of a thousand units is one append, and the order of arrival does not matter.
    connection.execute(
        """
        CREATE TABLE position (
            unit_code VARCHAR NOT NULL,
            device_id VARCHAR NOT NULL,
            source VARCHAR NOT NULL,
            lon DOUBLE NOT NULL,
            lat DOUBLE NOT NULL,
            reported_at TIMESTAMPTZ NOT NULL,
            received_at TIMESTAMPTZ NOT NULL,
            accuracy_m DOUBLE,
            speed_kn DOUBLE,
            heading_deg DOUBLE,
            battery DOUBLE
        )
        """
    )


def _004_alarms(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE alarm (
            key VARCHAR PRIMARY KEY,
            kind VARCHAR NOT NULL,
            case_id UUID NOT NULL,
            call_no VARCHAR NOT NULL,
            step INTEGER,
            unit_code VARCHAR,
            roles VARCHAR[] NOT NULL,
            counts_from TIMESTAMPTZ NOT NULL,
            limit_s INTEGER NOT NULL,
            due_at TIMESTAMPTZ NOT NULL,
            raised_at TIMESTAMPTZ NOT NULL,
            acknowledged_at TIMESTAMPTZ,
            acknowledged_by VARCHAR,
            acknowledged_role VARCHAR,
            repeats INTEGER,
            note VARCHAR
        )
        """
    )


def _005_crew(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE crew_action (
            id VARCHAR PRIMARY KEY,
            device_id VARCHAR NOT NULL,
            unit_code VARCHAR NOT NULL,
            case_id UUID,
            action VARCHAR NOT NULL,
            happened_at TIMESTAMPTZ NOT NULL,
            received_at TIMESTAMPTZ NOT NULL,
            result VARCHAR NOT NULL
        )
        """
    )


def _006_notices(connection: duckdb.DuckDBPyConnection) -> None:
    # `told` is the notice as it stood when it was queued: proof of what was said.
    connection.execute(
        """
        CREATE TABLE notice_delivery (
            id UUID PRIMARY KEY,
            case_id UUID NOT NULL,
            agency VARCHAR NOT NULL,
            kind VARCHAR NOT NULL,
            channel VARCHAR NOT NULL,
            rank INTEGER NOT NULL,
            state VARCHAR NOT NULL,
            told JSON NOT NULL,
            queued_at TIMESTAMPTZ NOT NULL,
            next_at TIMESTAMPTZ NOT NULL,
            attempts INTEGER NOT NULL,
            sent_at TIMESTAMPTZ,
            delivered_at TIMESTAMPTZ,
            acknowledged_at TIMESTAMPTZ,
            told_by VARCHAR,
            error VARCHAR,
            detail VARCHAR
        )
        """
    )


def _007_outbox(connection: duckdb.DuckDBPyConnection) -> None:
    # The bytes are kept as they are sent: they are what a receipt is for.
    connection.execute(
        """
        CREATE TABLE outbox (
            record_id UUID NOT NULL,
            revision INTEGER NOT NULL,
            digest VARCHAR NOT NULL,
            size_bytes BIGINT NOT NULL,
            day VARCHAR NOT NULL,
            path VARCHAR NOT NULL,
            body BLOB NOT NULL,
            queued_at TIMESTAMPTZ NOT NULL,
            PRIMARY KEY (record_id, revision)
        )
        """
    )
    # Apart from the bytes, because an update of a row with an indexed key writes it whole.
    connection.execute(
        """
        CREATE TABLE outbox_state (
            record_id UUID NOT NULL,
            revision INTEGER NOT NULL,
            state VARCHAR NOT NULL,
            next_at TIMESTAMPTZ NOT NULL,
            attempts INTEGER NOT NULL,
            last_at TIMESTAMPTZ,
            trouble VARCHAR,
            detail VARCHAR,
            receipt_id VARCHAR,
            receipt_digest VARCHAR,
            receipt_at TIMESTAMPTZ,
            PRIMARY KEY (record_id, revision)
        )
        """
    )


def _008_legal_hold(connection: duckdb.DuckDBPyConnection) -> None:
    # A hold that was released stays: it says why data was kept longer than its time.
    connection.execute(
        """
        CREATE TABLE legal_hold (
            case_id UUID NOT NULL,
            reason VARCHAR NOT NULL,
            placed_at TIMESTAMPTZ NOT NULL,
            placed_by VARCHAR NOT NULL,
            released_at TIMESTAMPTZ,
            released_by VARCHAR,
            released_why VARCHAR
        )
        """
    )
    # What was erased of a case and when; without it every run would go through the whole archive again.
    connection.execute(
        """
        CREATE TABLE anonymised (
            case_id UUID PRIMARY KEY,
            rule VARCHAR NOT NULL,
            done_at TIMESTAMPTZ NOT NULL,
            number_hash_gone BOOLEAN NOT NULL
        )
        """
    )


def _009_emergency_forms(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE emergency_form (
            serial VARCHAR PRIMARY KEY,
            issued_at TIMESTAMPTZ NOT NULL,
            issued_by VARCHAR NOT NULL,
            case_id UUID,
            entered_at TIMESTAMPTZ,
            entered_by VARCHAR
        )
        """
    )


def _010_fact_columns(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DROP VIEW case_all")
    for table in ("case_open", "case_archive"):
        for name, kind in fact_columns.COLUMNS.items():
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    connection.execute(
        "CREATE VIEW case_all AS SELECT * FROM case_open UNION ALL BY NAME SELECT * FROM case_archive"
    )


def _011_facts_of_old_cases(connection: duckdb.DuckDBPyConnection) -> None:
    # A transaction of its own: a table cannot be changed and filled in one.
    for table in ("case_open", "case_archive"):
        fact_columns.fill(connection, table)


def _012_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE account (
            account_id VARCHAR PRIMARY KEY,
            login VARCHAR NOT NULL,
            name VARCHAR NOT NULL,
            roles VARCHAR[] NOT NULL,
            source VARCHAR NOT NULL,
            made_at TIMESTAMPTZ NOT NULL,
            made_by VARCHAR NOT NULL,
            password_hash VARCHAR,
            password_at TIMESTAMPTZ,
            must_change BOOLEAN NOT NULL,
            totp_secret VARCHAR,
            totp_used BIGINT NOT NULL,
            failures INTEGER NOT NULL,
            failed_at TIMESTAMPTZ,
            disabled_at TIMESTAMPTZ,
            subject VARCHAR
        )
        """
    )
    connection.execute(
        """
        CREATE TABLE session (
            session_id VARCHAR PRIMARY KEY,
            token_hash VARCHAR NOT NULL,
            account_id VARCHAR NOT NULL,
            role VARCHAR NOT NULL,
            started_at TIMESTAMPTZ NOT NULL,
            seen_at TIMESTAMPTZ NOT NULL,
            address VARCHAR NOT NULL,
            agent VARCHAR NOT NULL,
            on_behalf_of VARCHAR NOT NULL
        )
        """
    )


def _013_event_chain(connection: duckdb.DuckDBPyConnection) -> None:
    chain.chain_old(connection)


def _014_api_tokens(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE api_token (
            token_id VARCHAR PRIMARY KEY,
            label VARCHAR NOT NULL,
            scopes VARCHAR[] NOT NULL,
            unit_code VARCHAR,
            expires_at TIMESTAMPTZ NOT NULL,
            revoked_at TIMESTAMPTZ,
            token_hash VARCHAR NOT NULL,
            made_at TIMESTAMPTZ NOT NULL,
            made_by VARCHAR NOT NULL,
            used_at TIMESTAMPTZ
        )
        """
    )


def _015_duty(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE TABLE roster (
            day DATE NOT NULL,
            shift VARCHAR NOT NULL,
            role VARCHAR NOT NULL,
            login VARCHAR NOT NULL,
            name VARCHAR NOT NULL
        )
        """
    )
    connection.execute(
        """
        CREATE TABLE handover (
            handover_id VARCHAR PRIMARY KEY,
            starts_at TIMESTAMPTZ NOT NULL,
            written_at TIMESTAMPTZ NOT NULL,
            document VARCHAR NOT NULL,
            sha256 VARCHAR NOT NULL,
            state VARCHAR NOT NULL,
            taker VARCHAR,
            answered_at TIMESTAMPTZ,
            reason VARCHAR NOT NULL
        )
        """
    )


def _016_access_log(connection: duckdb.DuckDBPyConnection) -> None:
    # Without a key: a second of looks is one append. Never the data that was seen, only that it was.
    connection.execute(
        """
        CREATE TABLE access_log (
            seen_at TIMESTAMPTZ NOT NULL,
            name VARCHAR NOT NULL,
            role VARCHAR NOT NULL,
            account VARCHAR NOT NULL,
            on_behalf_of VARCHAR NOT NULL,
            seen VARCHAR NOT NULL,
            way VARCHAR NOT NULL,
            case_id UUID,
            reason VARCHAR NOT NULL,
            cases INTEGER NOT NULL,
            since TIMESTAMPTZ,
            until TIMESTAMPTZ
        )
        """
    )
    # What was revealed before there was this table stands in the trail; its reasons stay there.
    connection.execute(
        "INSERT INTO access_log SELECT occurred_at, actor, role, account, on_behalf_of, "
        "if(after->>'$.reason' = 'call_back', 'call_back', 'identity'), 'screen', "
        "TRY_CAST(entity_id AS UUID), "
        "'', 1, NULL, NULL FROM event WHERE entity = 'identity' AND action = 'reveal_identity'"
    )
    connection.execute(
        """
        CREATE TABLE subject_request (
            request_id VARCHAR PRIMARY KEY,
            kind VARCHAR NOT NULL,
            state VARCHAR NOT NULL,
            subject VARCHAR NOT NULL,
            checked_how VARCHAR NOT NULL,
            asked_at TIMESTAMPTZ NOT NULL,
            due_at TIMESTAMPTZ NOT NULL,
            taken_by VARCHAR NOT NULL,
            case_ids UUID[] NOT NULL,
            done_at TIMESTAMPTZ,
            done_by VARCHAR,
            outcome VARCHAR NOT NULL
        )
        """
    )


MIGRATIONS: tuple[Migration, ...] = (
    _001_first_schema,
    _002_weather,
    _003_positions,
    _004_alarms,
    _005_crew,
    _006_notices,
    _007_outbox,
    _008_legal_hold,
    _009_emergency_forms,
    _010_fact_columns,
    _011_facts_of_old_cases,
    _012_accounts,
    _013_event_chain,
    _014_api_tokens,
    _015_duty,
    _016_access_log,
)


def migrate(connection: duckdb.DuckDBPyConnection, file: str = "") -> list[str]:
    """Run the migrations that the file lacks, in order; return their names.

    Raises StoreUnavailable for a file that a newer Sigap has changed: this one would not know what it writes.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migration "
        "(name VARCHAR PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now())"
    )
    applied = {row[0] for row in connection.execute("SELECT name FROM migration").fetchall()}
    unknown = sorted(applied - {_name(migration) for migration in MIGRATIONS})
    if unknown:
        raise StoreUnavailable(
            path=file,
            reason=Need(
                N_("berkas ini sudah diubah oleh Sigap yang lebih baru (skema {newest})"), newest=unknown[-1]
            ),
            todo=Need(
                N_(
                    "Jalankan versi Sigap yang mengenal {unknown}, atau pulihkan cadangan yang dibuat "
                    "sebelum pembaruan. Berkas tidak diubah."
                ),
                unknown=tuple(unknown),
            ),
        )
    ran = []
    for migration in MIGRATIONS:
        name = _name(migration)
        if name in applied:
            continue
        connection.execute("BEGIN")
        try:
            migration(connection)
            connection.execute("INSERT INTO migration (name) VALUES (?)", [name])
        except duckdb.Error:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        ran.append(name)
    return ran


def _name(migration: Migration) -> str:
    return migration.__name__.lstrip("_")


def schema_version(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the name of the newest applied migration."""
    row = connection.execute("SELECT max(name) FROM migration").fetchone()
    return str(row[0]) if row and row[0] else ""
