CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE "pending" (
   "id" TEXT PRIMARY KEY,
   "body" TEXT NOT NULL,
   "created" TEXT NOT NULL,
   "expires" TEXT NOT NULL,
   "state" TEXT NOT NULL,
   "audit" INTEGER NOT NULL,
   "answered_by" TEXT,
   "answered" TEXT
);
CREATE TABLE "clients" (
   "id" TEXT PRIMARY KEY,
   "name" TEXT NOT NULL,
   "person" TEXT,
   "kind" TEXT NOT NULL,
   "ceiling" TEXT,
   "hash" TEXT NOT NULL,
   "created" TEXT NOT NULL,
   "expires" TEXT,
   "last_used" TEXT,
   "revoked" TEXT
);
CREATE TABLE "waits" (
   "entity_id" TEXT,
   "action" TEXT,
   "seconds" REAL NOT NULL,
   "seen" INTEGER NOT NULL,
   PRIMARY KEY ("entity_id", "action")
);
CREATE TABLE "renames" (
   "registry_id" TEXT PRIMARY KEY,
   "entity_id" TEXT NOT NULL
);
INSERT INTO _sqlite_migrations VALUES (1, 'claw', '0001 questions, clients, waits and renames', '2026-11-22 09:57:07.978244+00:00');
INSERT INTO pending VALUES ('pending id 1', '{}', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 'answered', 1, 'pending answered_by 1', '2026-01-01T12:00:00+00:00');
INSERT INTO pending VALUES ('pending id 2', '{}', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'answered', 2, 'pending answered_by 2', '2026-01-02T12:00:00+00:00');
INSERT INTO clients VALUES ('clients id 1', 'clients name 1', 'clients person 1', 'token', 'clients ceiling 1', 'clients hash 1', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00');
INSERT INTO clients VALUES ('clients id 2', 'clients name 2', 'clients person 2', 'token', 'clients ceiling 2', 'clients hash 2', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00');
INSERT INTO waits VALUES ('waits entity_id 1', 'waits action 1', 1.5, 1);
INSERT INTO waits VALUES ('waits entity_id 2', 'waits action 2', 2.5, 2);
INSERT INTO renames VALUES ('renames registry_id 1', 'renames entity_id 1');
INSERT INTO renames VALUES ('renames registry_id 2', 'renames entity_id 2');
