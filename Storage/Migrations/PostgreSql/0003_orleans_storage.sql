-- Microsoft.Orleans.Persistence.AdoNet: the package reads its statements from orleansquery by these keys when a silo starts, and ships no
-- script. Its contract: the parameters are named as below; reading answers payloadbinary and version; writing and clearing answer one row
-- with newgrainstateversion, and one that did not rise tells Orleans that somebody else wrote first (no row at all would tell success).
--
-- Clearing keeps the row without its payload, so that its version goes on rising.

CREATE TABLE orleansquery (
    querykey varchar(64) PRIMARY KEY,
    querytext text NOT NULL
);

CREATE TABLE orleansstorage (
    serviceid varchar(150) COLLATE "C" NOT NULL,
    graintypestring varchar(512) COLLATE "C" NOT NULL,
    grainidn0 bigint NOT NULL,
    grainidn1 bigint NOT NULL,
    grainidextensionstring varchar(512) COLLATE "C" NOT NULL DEFAULT '',
    payloadbinary bytea,
    modifiedonutc timestamptz NOT NULL,
    version int NOT NULL,
    PRIMARY KEY (grainidn0, grainidn1, grainidextensionstring, graintypestring, serviceid)
);

INSERT INTO orleansquery (querykey, querytext) VALUES
(
    'ReadFromStorageKey',
    'SELECT payloadbinary, version
     FROM orleansstorage
     WHERE grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND grainidextensionstring = coalesce(@GrainIdExtensionString, '''')
             AND graintypestring = @GrainTypeString AND serviceid = @ServiceId'
),
(
    'WriteToStorageKey',
    'WITH written AS (
         INSERT INTO orleansstorage AS s
             (grainidn0, grainidn1, grainidextensionstring, graintypestring, serviceid, payloadbinary, modifiedonutc, version)
         SELECT @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''''), @GrainTypeString, @ServiceId, @PayloadBinary, now(), 1
         WHERE @GrainStateVersion::int IS NULL OR EXISTS (
             SELECT FROM orleansstorage
             WHERE grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND grainidextensionstring = coalesce(@GrainIdExtensionString, '''')
             AND graintypestring = @GrainTypeString AND serviceid = @ServiceId
         )
         ON CONFLICT (grainidn0, grainidn1, grainidextensionstring, graintypestring, serviceid) DO UPDATE
         SET payloadbinary = excluded.payloadbinary, modifiedonutc = excluded.modifiedonutc, version = s.version + 1
         WHERE s.version = @GrainStateVersion::int
         RETURNING version
     )
     SELECT coalesce((SELECT version FROM written), @GrainStateVersion::int) AS newgrainstateversion'
),
(
    'ClearStorageKey',
    'WITH cleared AS (
         UPDATE orleansstorage
         SET payloadbinary = NULL, modifiedonutc = now(), version = version + 1
         WHERE grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND grainidextensionstring = coalesce(@GrainIdExtensionString, '''')
             AND graintypestring = @GrainTypeString AND serviceid = @ServiceId
             AND version = @GrainStateVersion::int
         RETURNING version
     )
     SELECT coalesce((SELECT version FROM cleared), @GrainStateVersion::int) AS newgrainstateversion'
);
