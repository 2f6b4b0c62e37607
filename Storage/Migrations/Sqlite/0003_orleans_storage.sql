-- As the script for PostgreSQL, in one statement that writes and one that tells whether it did: changes() is of this connection.

CREATE TABLE OrleansQuery (
    QueryKey TEXT NOT NULL PRIMARY KEY,
    QueryText TEXT NOT NULL
);

CREATE TABLE OrleansStorage (
    ServiceId TEXT NOT NULL,
    GrainTypeString TEXT NOT NULL,
    GrainIdN0 INTEGER NOT NULL,
    GrainIdN1 INTEGER NOT NULL,
    GrainIdExtensionString TEXT NOT NULL DEFAULT '',
    PayloadBinary BLOB,
    ModifiedOnUtc TEXT NOT NULL,
    Version INTEGER NOT NULL,
    PRIMARY KEY (GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainTypeString, ServiceId)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
(
    'ReadFromStorageKey',
    'SELECT PayloadBinary, Version
     FROM OrleansStorage
     WHERE GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, '''')
             AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId'
),
(
    'WriteToStorageKey',
    'INSERT INTO OrleansStorage
         (GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainTypeString, ServiceId, PayloadBinary, ModifiedOnUtc, Version)
     SELECT @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''''), @GrainTypeString, @ServiceId, @PayloadBinary, datetime(''now''), 1
     WHERE @GrainStateVersion IS NULL OR EXISTS (
         SELECT 1 FROM OrleansStorage
         WHERE GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, '''')
             AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
     )
     ON CONFLICT (GrainIdN0, GrainIdN1, GrainIdExtensionString, GrainTypeString, ServiceId) DO UPDATE
     SET PayloadBinary = excluded.PayloadBinary, ModifiedOnUtc = excluded.ModifiedOnUtc, Version = Version + 1
     WHERE Version = @GrainStateVersion;
     SELECT CASE changes() WHEN 1 THEN coalesce(@GrainStateVersion, 0) + 1 ELSE @GrainStateVersion END AS NewGrainStateVersion'
),
(
    'ClearStorageKey',
    'UPDATE OrleansStorage
     SET PayloadBinary = NULL, ModifiedOnUtc = datetime(''now''), Version = Version + 1
     WHERE GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, '''')
             AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
         AND Version = @GrainStateVersion;
     SELECT CASE changes() WHEN 1 THEN @GrainStateVersion + 1 ELSE @GrainStateVersion END AS NewGrainStateVersion'
);
