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
CREATE TABLE "renames" (
   "registry_id" TEXT PRIMARY KEY,
   "entity_id" TEXT NOT NULL,
   "seen" TEXT NOT NULL,
   "written" TEXT NOT NULL
);
CREATE TABLE "waits" (
   "thing" TEXT,
   "action" TEXT,
   "seconds" REAL NOT NULL,
   "seen" INTEGER NOT NULL,
   PRIMARY KEY ("thing", "action")
);
CREATE TABLE "overlay" (
   "id" TEXT PRIMARY KEY,
   "kind" TEXT NOT NULL,
   "body" TEXT NOT NULL,
   "author" TEXT NOT NULL,
   "reason" TEXT NOT NULL,
   "created" TEXT NOT NULL,
   "expires" TEXT,
   "ended" TEXT
);
CREATE TABLE "approved_names" (
   "thing" TEXT PRIMARY KEY,
   "names" TEXT NOT NULL,
   "author" TEXT NOT NULL,
   "approved" TEXT NOT NULL
);
CREATE TABLE "spending" (
   "id" INTEGER PRIMARY KEY,
   "day" TEXT NOT NULL,
   "at" TEXT NOT NULL,
   "purpose" TEXT NOT NULL,
   "channel" TEXT NOT NULL,
   "person" TEXT,
   "background" INTEGER NOT NULL,
   "tokens_in" INTEGER NOT NULL,
   "tokens_out" INTEGER NOT NULL,
   "money" INTEGER NOT NULL,
   "settled" INTEGER NOT NULL
);
CREATE INDEX "idx_spending_day"
    ON "spending" ("day");
CREATE TABLE "programs" (
   "id" TEXT PRIMARY KEY,
   "waits_for" TEXT NOT NULL,
   "body" BLOB NOT NULL,
   "created" TEXT NOT NULL
);
INSERT INTO _sqlite_migrations VALUES (1, 'claw', '0001 questions, clients, waits and renames', '2026-11-22 09:57:08.115126+00:00');
INSERT INTO _sqlite_migrations VALUES (2, 'claw', '0002 renames and waits belong to a thing', '2026-11-22 09:57:08.132392+00:00');
INSERT INTO _sqlite_migrations VALUES (3, 'claw', '0003 what changes a verdict without being in the policy file', '2026-11-22 09:57:08.132707+00:00');
INSERT INTO _sqlite_migrations VALUES (4, 'claw', '0004 names that may be shown to a model', '2026-11-22 09:57:08.132986+00:00');
INSERT INTO _sqlite_migrations VALUES (5, 'claw', '0005 what asking a model has cost', '2026-11-22 09:57:08.133795+00:00');
INSERT INTO _sqlite_migrations VALUES (6, 'claw', '0006 programs that wait or are under way', '2026-11-22 09:57:08.134069+00:00');
INSERT INTO pending VALUES ('pending id 1', '{}', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 'answered', 1, 'pending answered_by 1', '2026-01-01T12:00:00+00:00');
INSERT INTO pending VALUES ('pending id 2', '{}', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'answered', 2, 'pending answered_by 2', '2026-01-02T12:00:00+00:00');
INSERT INTO clients VALUES ('clients id 1', 'clients name 1', 'clients person 1', 'token', 'clients ceiling 1', 'clients hash 1', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00');
INSERT INTO clients VALUES ('clients id 2', 'clients name 2', 'clients person 2', 'token', 'clients ceiling 2', 'clients hash 2', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00');
INSERT INTO renames VALUES ('renames registry_id 1', 'renames entity_id 1', 'renames seen 1', 'renames written 1');
INSERT INTO renames VALUES ('renames registry_id 2', 'renames entity_id 2', 'renames seen 2', 'renames written 2');
INSERT INTO waits VALUES ('waits thing 1', 'waits action 1', 1.5, 1);
INSERT INTO waits VALUES ('waits thing 2', 'waits action 2', 2.5, 2);
INSERT INTO overlay VALUES ('overlay id 1', 'overlay kind 1', '{}', 'overlay author 1', 'overlay reason 1', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00');
INSERT INTO overlay VALUES ('overlay id 2', 'overlay kind 2', '{}', 'overlay author 2', 'overlay reason 2', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00');
INSERT INTO approved_names VALUES ('approved_names thing 1', '[]', 'approved_names author 1', '2026-01-01T12:00:00+00:00');
INSERT INTO approved_names VALUES ('approved_names thing 2', '[]', 'approved_names author 2', '2026-01-02T12:00:00+00:00');
INSERT INTO spending VALUES (1, 'spending day 1', '2026-01-01T12:00:00+00:00', 'spending purpose 1', 'spending channel 1', 'spending person 1', 1, 1, 1, 1, 1);
INSERT INTO spending VALUES (2, 'spending day 2', '2026-01-02T12:00:00+00:00', 'spending purpose 2', 'spending channel 2', 'spending person 2', 2, 2, 2, 2, 2);
INSERT INTO programs VALUES ('programs id 1', 'programs waits_for 1', X'70726F6772616D7320626F64792031', '2026-01-01T12:00:00+00:00');
INSERT INTO programs VALUES ('programs id 2', 'programs waits_for 2', X'70726F6772616D7320626F64792032', '2026-01-02T12:00:00+00:00');
