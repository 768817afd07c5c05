import GRDB

/// The tables of a history and how they came to be.
///
/// Every change of the tables is a migration of its own, which is never edited once it was released; a file with a
/// migration that is not known here was written by a later waymark.
enum HistorySchema {
    /// What SQLite's header says whose file it is: `waym`.
    static let applicationID = 0x7761_796D

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 counts and events", migrate: counts)
        migrator.registerMigration("2 instances of versions", migrate: instances)
        return migrator
    }()

    private static let counts: @Sendable (Database) throws -> Void = { db in
        try db.execute(
            sql: """
                PRAGMA application_id = \(applicationID);
                CREATE TABLE state (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    revision INTEGER NOT NULL, committed_at INTEGER NOT NULL,
                    watermark INTEGER NOT NULL, first_seen INTEGER);
                INSERT INTO state VALUES (1, 0, 0, 0, NULL);
                CREATE TABLE series (
                    id INTEGER PRIMARY KEY, journey TEXT NOT NULL, fingerprint TEXT NOT NULL, environment TEXT NOT NULL,
                    rules TEXT NOT NULL, first_run INTEGER, last_run INTEGER,
                    labels TEXT NOT NULL, left_out INTEGER NOT NULL,
                    UNIQUE (journey, fingerprint, environment));
                CREATE TABLE part (
                    id INTEGER PRIMARY KEY, series INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                    detail TEXT NOT NULL, anchor INTEGER NOT NULL, columns TEXT NOT NULL,
                    UNIQUE (series, kind, name, detail, anchor, columns));
                CREATE TABLE sighting (part INTEGER PRIMARY KEY, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL);
                CREATE TABLE block (
                    sort INTEGER NOT NULL, slot INTEGER NOT NULL, number INTEGER NOT NULL, part INTEGER NOT NULL,
                    revision INTEGER NOT NULL, data BLOB NOT NULL,
                    PRIMARY KEY (sort, slot, number, part)) WITHOUT ROWID;
                CREATE TABLE event (
                    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (time, body));
                """)
    }

    /// Apart from the sightings, which change every second as instances do not.
    private static let instances: @Sendable (Database) throws -> Void = { db in
        try db.execute(sql: "CREATE TABLE instances (part INTEGER PRIMARY KEY, data BLOB NOT NULL)")
    }
}
