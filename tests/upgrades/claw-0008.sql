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
CREATE TABLE residents (
    id INTEGER PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
    since TEXT NOT NULL, until TEXT
);
CREATE TABLE consents (
    person TEXT PRIMARY KEY, habits INTEGER NOT NULL, talks INTEGER NOT NULL, changed TEXT NOT NULL
);
CREATE TABLE episodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, channel TEXT NOT NULL, place TEXT, person TEXT,
    confidence REAL NOT NULL, conversation TEXT NOT NULL, previous INTEGER, trust TEXT NOT NULL, text TEXT NOT NULL,
    until TEXT, audit INTEGER
);
CREATE INDEX episodes_conversation ON episodes (conversation, id);
CREATE TABLE memories (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, predicate TEXT NOT NULL,
    value TEXT NOT NULL, sentence TEXT NOT NULL, condition TEXT NOT NULL, key TEXT NOT NULL, several INTEGER NOT NULL,
    status TEXT NOT NULL, trust TEXT NOT NULL, explicit INTEGER NOT NULL, confidence REAL NOT NULL, author TEXT,
    visibility TEXT NOT NULL, sensitivity TEXT NOT NULL, valid_from TEXT, valid_to TEXT, recorded TEXT NOT NULL,
    retired TEXT, supersedes INTEGER, taint TEXT NOT NULL, hash TEXT NOT NULL, used INTEGER NOT NULL, last_used TEXT,
    confirmed TEXT, pinned INTEGER NOT NULL, audit INTEGER
);
CREATE UNIQUE INDEX memories_active ON memories (key) WHERE status = 'active';
CREATE INDEX memories_key ON memories (key, id);
CREATE INDEX memories_subject ON memories (subject, predicate, status);
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY, memory INTEGER NOT NULL REFERENCES memories (id) ON DELETE CASCADE, at TEXT NOT NULL,
    trust TEXT NOT NULL, channel TEXT NOT NULL, person TEXT, explicit INTEGER NOT NULL, episode INTEGER, audit INTEGER,
    first TEXT, last TEXT, taint TEXT NOT NULL, weight REAL NOT NULL, stance TEXT NOT NULL
);
CREATE INDEX evidence_memory ON evidence (memory);
CREATE INDEX evidence_episode ON evidence (episode);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, memory INTEGER, episode INTEGER, session TEXT NOT NULL, speaker TEXT NOT NULL,
    day TEXT NOT NULL, text TEXT NOT NULL, near TEXT NOT NULL, visibility TEXT NOT NULL
);
CREATE UNIQUE INDEX passages_memory ON passages (memory) WHERE memory IS NOT NULL;
CREATE UNIQUE INDEX passages_episode ON passages (episode) WHERE episode IS NOT NULL;
CREATE INDEX passages_session ON passages (session, id);
CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, speaker, day, near, content='passages', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER passages_insert AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, text, speaker, day, near)
    VALUES (new.id, new.text, new.speaker, new.day, new.near);
END;
CREATE TRIGGER passages_delete AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text, speaker, day, near)
    VALUES ('delete', old.id, old.text, old.speaker, old.day, old.near);
END;
CREATE TRIGGER passages_update AFTER UPDATE OF text, speaker, day, near ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text, speaker, day, near)
    VALUES ('delete', old.id, old.text, old.speaker, old.day, old.near);
    INSERT INTO passages_fts (rowid, text, speaker, day, near)
    VALUES (new.id, new.text, new.speaker, new.day, new.near);
END;
CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE, model TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, entity TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
    cause TEXT NOT NULL, person TEXT, run TEXT, audit INTEGER
);
CREATE INDEX changes_entity ON changes (entity, at);
CREATE INDEX changes_at ON changes (at);
CREATE TABLE overrides (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, entity TEXT NOT NULL, undone TEXT NOT NULL, before TEXT NOT NULL,
    after TEXT NOT NULL, seconds REAL NOT NULL, person TEXT, context TEXT NOT NULL, audit INTEGER
);
CREATE TABLE habits (
    id INTEGER PRIMARY KEY, pattern TEXT NOT NULL UNIQUE, person TEXT, fact TEXT NOT NULL, days INTEGER NOT NULL,
    chances INTEGER NOT NULL, rate REAL NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, state TEXT NOT NULL,
    offered TEXT, until TEXT, memory INTEGER
);
CREATE TABLE reads (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, memory INTEGER NOT NULL, conversation TEXT NOT NULL,
    audience TEXT NOT NULL, shown INTEGER NOT NULL
);
CREATE INDEX reads_memory ON reads (memory);
CREATE TABLE tombstones (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT, scope TEXT NOT NULL, rows INTEGER NOT NULL,
    state TEXT NOT NULL, found INTEGER NOT NULL, commitment TEXT NOT NULL
);
CREATE TABLE sleeps (
    id INTEGER PRIMARY KEY, day TEXT NOT NULL, started TEXT NOT NULL, stage TEXT NOT NULL, ended TEXT,
    diff TEXT NOT NULL, undone TEXT
);
CREATE TABLE skills (
    name TEXT PRIMARY KEY, version TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, made TEXT NOT NULL,
    enabled INTEGER NOT NULL, people TEXT NOT NULL, accepted_by TEXT NOT NULL, accepted_at TEXT, why TEXT NOT NULL,
    agreed INTEGER NOT NULL, changed TEXT NOT NULL, last_run TEXT
);
CREATE TABLE skill_versions (
    name TEXT NOT NULL, hash TEXT NOT NULL, version TEXT NOT NULL, files TEXT NOT NULL, parent TEXT,
    created TEXT NOT NULL, report TEXT, found TEXT, PRIMARY KEY (name, hash)
);
CREATE TABLE skill_runs (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL,
    mode TEXT NOT NULL, run TEXT NOT NULL, channel TEXT NOT NULL, person TEXT, conversation TEXT NOT NULL,
    said TEXT NOT NULL, arguments TEXT NOT NULL, calls TEXT NOT NULL, outcome TEXT NOT NULL, held INTEGER,
    why TEXT NOT NULL, undone TEXT, ms REAL NOT NULL, audit INTEGER
);
CREATE INDEX skill_runs_name ON skill_runs (name, id);
CREATE TABLE skill_events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL,
    what TEXT NOT NULL, why TEXT NOT NULL, person TEXT, audit INTEGER
);
CREATE INDEX skill_events_name ON skill_events (name, id);
CREATE TABLE skill_traces (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, conversation TEXT NOT NULL, language TEXT NOT NULL,
    said TEXT NOT NULL, origin TEXT NOT NULL, source TEXT NOT NULL, calls TEXT NOT NULL, before TEXT NOT NULL,
    skeleton TEXT NOT NULL, place TEXT, entry INTEGER, model TEXT NOT NULL, tokens INTEGER NOT NULL,
    undone INTEGER NOT NULL, skill TEXT NOT NULL
);
CREATE INDEX skill_traces_skeleton ON skill_traces (skeleton, id);
CREATE TABLE skill_offers (
    name TEXT PRIMARY KEY, hash TEXT NOT NULL, at TEXT NOT NULL, person TEXT NOT NULL, conversation TEXT NOT NULL,
    state TEXT NOT NULL, until TEXT
);
CREATE TABLE demonstrations (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, person TEXT NOT NULL, conversation TEXT NOT NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, said TEXT NOT NULL, changes TEXT NOT NULL, before TEXT NOT NULL
);
INSERT INTO _sqlite_migrations VALUES (1, 'claw', '0001 questions, clients, waits and renames', '2026-11-22 09:57:08.187285+00:00');
INSERT INTO _sqlite_migrations VALUES (2, 'claw', '0002 renames and waits belong to a thing', '2026-11-22 09:57:08.204455+00:00');
INSERT INTO _sqlite_migrations VALUES (3, 'claw', '0003 what changes a verdict without being in the policy file', '2026-11-22 09:57:08.204751+00:00');
INSERT INTO _sqlite_migrations VALUES (4, 'claw', '0004 names that may be shown to a model', '2026-11-22 09:57:08.204953+00:00');
INSERT INTO _sqlite_migrations VALUES (5, 'claw', '0005 what asking a model has cost', '2026-11-22 09:57:08.205338+00:00');
INSERT INTO _sqlite_migrations VALUES (6, 'claw', '0006 programs that wait or are under way', '2026-11-22 09:57:08.205574+00:00');
INSERT INTO _sqlite_migrations VALUES (7, 'claw', '0007 what is remembered', '2026-11-22 09:57:08.207173+00:00');
INSERT INTO _sqlite_migrations VALUES (8, 'claw', '0008 what was learned to do', '2026-11-22 09:57:08.228432+00:00');
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
INSERT INTO residents VALUES (1, 'residents person 1', 'residents name 1', 'residents role 1', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00');
INSERT INTO residents VALUES (2, 'residents person 2', 'residents name 2', 'residents role 2', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00');
INSERT INTO consents VALUES ('consents person 1', 1, 1, '2026-01-01T12:00:00+00:00');
INSERT INTO consents VALUES ('consents person 2', 2, 2, '2026-01-02T12:00:00+00:00');
INSERT INTO episodes VALUES (1, '2026-01-01T12:00:00+00:00', 'episodes channel 1', 'episodes place 1', 'episodes person 1', 1.5, 'episodes conversation 1', 1, 'episodes trust 1', 'episodes text 1', '2026-01-01T12:00:00+00:00', 1);
INSERT INTO episodes VALUES (2, '2026-01-02T12:00:00+00:00', 'episodes channel 2', 'episodes place 2', 'episodes person 2', 2.5, 'episodes conversation 2', 2, 'episodes trust 2', 'episodes text 2', '2026-01-02T12:00:00+00:00', 2);
INSERT INTO memories VALUES (1, 'fact', 'memories subject 1', 'memories predicate 1', 'memories value 1', 'memories sentence 1', 'memories condition 1', 'memories key 1', 1, 'active', 'memories trust 1', 1, 1.5, 'memories author 1', 'memories visibility 1', 'memories sensitivity 1', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 1, 'memories taint 1', 'memories hash 1', 1, '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 1, 1);
INSERT INTO memories VALUES (2, 'fact', 'memories subject 2', 'memories predicate 2', 'memories value 2', 'memories sentence 2', 'memories condition 2', 'memories key 2', 2, 'active', 'memories trust 2', 2, 2.5, 'memories author 2', 'memories visibility 2', 'memories sensitivity 2', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 2, 'memories taint 2', 'memories hash 2', 2, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 2, 2);
INSERT INTO evidence VALUES (1, 1, '2026-01-01T12:00:00+00:00', 'evidence trust 1', 'evidence channel 1', 'evidence person 1', 1, 1, 1, '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 'evidence taint 1', 1.5, 'evidence stance 1');
INSERT INTO evidence VALUES (2, 2, '2026-01-02T12:00:00+00:00', 'evidence trust 2', 'evidence channel 2', 'evidence person 2', 2, 2, 2, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'evidence taint 2', 2.5, 'evidence stance 2');
INSERT INTO passages VALUES (1, 1, 1, 'passages session 1', 'passages speaker 1', 'passages day 1', 'passages text 1', 'passages near 1', 'passages visibility 1');
INSERT INTO passages VALUES (2, 2, 2, 'passages session 2', 'passages speaker 2', 'passages day 2', 'passages text 2', 'passages near 2', 'passages visibility 2');
INSERT INTO vectors VALUES (1, 'vectors model 1', X'766563746F727320766563746F722031');
INSERT INTO vectors VALUES (2, 'vectors model 2', X'766563746F727320766563746F722032');
INSERT INTO changes VALUES (1, '2026-01-01T12:00:00+00:00', 'changes entity 1', 'changes before 1', 'changes after 1', 'changes cause 1', 'changes person 1', 'changes run 1', 1);
INSERT INTO changes VALUES (2, '2026-01-02T12:00:00+00:00', 'changes entity 2', 'changes before 2', 'changes after 2', 'changes cause 2', 'changes person 2', 'changes run 2', 2);
INSERT INTO overrides VALUES (1, '2026-01-01T12:00:00+00:00', 'overrides entity 1', 'overrides undone 1', 'overrides before 1', 'overrides after 1', 1.5, 'overrides person 1', 'overrides context 1', 1);
INSERT INTO overrides VALUES (2, '2026-01-02T12:00:00+00:00', 'overrides entity 2', 'overrides undone 2', 'overrides before 2', 'overrides after 2', 2.5, 'overrides person 2', 'overrides context 2', 2);
INSERT INTO habits VALUES (1, 'habits pattern 1', 'habits person 1', 'habits fact 1', 1, 1, 1.5, '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 'habits state 1', 'habits offered 1', '2026-01-01T12:00:00+00:00', 1);
INSERT INTO habits VALUES (2, 'habits pattern 2', 'habits person 2', 'habits fact 2', 2, 2, 2.5, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'habits state 2', 'habits offered 2', '2026-01-02T12:00:00+00:00', 2);
INSERT INTO reads VALUES (1, '2026-01-01T12:00:00+00:00', 1, 'reads conversation 1', 'reads audience 1', 1);
INSERT INTO reads VALUES (2, '2026-01-02T12:00:00+00:00', 2, 'reads conversation 2', 'reads audience 2', 2);
INSERT INTO tombstones VALUES (1, '2026-01-01T12:00:00+00:00', 'tombstones by 1', 'tombstones scope 1', 1, 'tombstones state 1', 1, 'tombstones commitment 1');
INSERT INTO tombstones VALUES (2, '2026-01-02T12:00:00+00:00', 'tombstones by 2', 'tombstones scope 2', 2, 'tombstones state 2', 2, 'tombstones commitment 2');
INSERT INTO sleeps VALUES (1, 'sleeps day 1', 'sleeps started 1', 'sleeps stage 1', '2026-01-01T12:00:00+00:00', 'sleeps diff 1', 'sleeps undone 1');
INSERT INTO sleeps VALUES (2, 'sleeps day 2', 'sleeps started 2', 'sleeps stage 2', '2026-01-02T12:00:00+00:00', 'sleeps diff 2', 'sleeps undone 2');
INSERT INTO skills VALUES ('skills name 1', 'skills version 1', 'skills hash 1', 'draft', 'learned', 0, '[]', 'skills accepted_by 1', '2026-01-01T12:00:00+00:00', 'skills why 1', 1, '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00');
INSERT INTO skills VALUES ('skills name 2', 'skills version 2', 'skills hash 2', 'draft', 'learned', 0, '[]', 'skills accepted_by 2', '2026-01-02T12:00:00+00:00', 'skills why 2', 2, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00');
INSERT INTO skill_versions VALUES ('skill_versions name 1', 'skill_versions hash 1', 'skill_versions version 1', 'skill_versions files 1', 'skill_versions parent 1', '2026-01-01T12:00:00+00:00', 'skill_versions report 1', 'skill_versions found 1');
INSERT INTO skill_versions VALUES ('skill_versions name 2', 'skill_versions hash 2', 'skill_versions version 2', 'skill_versions files 2', 'skill_versions parent 2', '2026-01-02T12:00:00+00:00', 'skill_versions report 2', 'skill_versions found 2');
INSERT INTO skill_runs VALUES (1, '2026-01-01T12:00:00+00:00', 'skill_runs name 1', 'skill_runs version 1', 'skill_runs hash 1', 'skill_runs mode 1', 'skill_runs run 1', 'skill_runs channel 1', 'skill_runs person 1', 'skill_runs conversation 1', 'skill_runs said 1', 'skill_runs arguments 1', 'skill_runs calls 1', 'skill_runs outcome 1', 1, 'skill_runs why 1', 'skill_runs undone 1', 1.5, 1);
INSERT INTO skill_runs VALUES (2, '2026-01-02T12:00:00+00:00', 'skill_runs name 2', 'skill_runs version 2', 'skill_runs hash 2', 'skill_runs mode 2', 'skill_runs run 2', 'skill_runs channel 2', 'skill_runs person 2', 'skill_runs conversation 2', 'skill_runs said 2', 'skill_runs arguments 2', 'skill_runs calls 2', 'skill_runs outcome 2', 2, 'skill_runs why 2', 'skill_runs undone 2', 2.5, 2);
INSERT INTO skill_events VALUES (1, '2026-01-01T12:00:00+00:00', 'skill_events name 1', 'skill_events version 1', 'skill_events hash 1', 'skill_events what 1', 'skill_events why 1', 'skill_events person 1', 1);
INSERT INTO skill_events VALUES (2, '2026-01-02T12:00:00+00:00', 'skill_events name 2', 'skill_events version 2', 'skill_events hash 2', 'skill_events what 2', 'skill_events why 2', 'skill_events person 2', 2);
INSERT INTO skill_traces VALUES (1, '2026-01-01T12:00:00+00:00', 'skill_traces person 1', 'skill_traces conversation 1', 'skill_traces language 1', 'skill_traces said 1', 'skill_traces origin 1', 'skill_traces source 1', 'skill_traces calls 1', 'skill_traces before 1', 'skill_traces skeleton 1', 'skill_traces place 1', 1, 'skill_traces model 1', 1, 1, 'skill_traces skill 1');
INSERT INTO skill_traces VALUES (2, '2026-01-02T12:00:00+00:00', 'skill_traces person 2', 'skill_traces conversation 2', 'skill_traces language 2', 'skill_traces said 2', 'skill_traces origin 2', 'skill_traces source 2', 'skill_traces calls 2', 'skill_traces before 2', 'skill_traces skeleton 2', 'skill_traces place 2', 2, 'skill_traces model 2', 2, 2, 'skill_traces skill 2');
INSERT INTO skill_offers VALUES ('skill_offers name 1', 'skill_offers hash 1', '2026-01-01T12:00:00+00:00', 'skill_offers person 1', 'skill_offers conversation 1', 'skill_offers state 1', '2026-01-01T12:00:00+00:00');
INSERT INTO skill_offers VALUES ('skill_offers name 2', 'skill_offers hash 2', '2026-01-02T12:00:00+00:00', 'skill_offers person 2', 'skill_offers conversation 2', 'skill_offers state 2', '2026-01-02T12:00:00+00:00');
INSERT INTO demonstrations VALUES (1, 'demonstrations started 1', '2026-01-01T12:00:00+00:00', 'demonstrations person 1', 'demonstrations conversation 1', 'demonstrations origin 1', 'demonstrations state 1', 'demonstrations said 1', 'demonstrations changes 1', 'demonstrations before 1');
INSERT INTO demonstrations VALUES (2, 'demonstrations started 2', '2026-01-02T12:00:00+00:00', 'demonstrations person 2', 'demonstrations conversation 2', 'demonstrations origin 2', 'demonstrations state 2', 'demonstrations said 2', 'demonstrations changes 2', 'demonstrations before 2');
