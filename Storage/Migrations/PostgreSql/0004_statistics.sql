-- No query chooses rows by these columns. What ANALYZE finds out about them (it sorts thirty thousand contents of each partition) took a third
-- of the database's time while a log grew under load (docs/performance.md).
ALTER TABLE messages
    ALTER COLUMN message_id SET STATISTICS 0,
    ALTER COLUMN content SET STATISTICS 0,
    ALTER COLUMN metadata SET STATISTICS 0,
    ALTER COLUMN fingerprint SET STATISTICS 0,
    ALTER COLUMN created_at SET STATISTICS 0,
    ALTER COLUMN updated_at SET STATISTICS 0,
    ALTER COLUMN created_revision SET STATISTICS 0,
    ALTER COLUMN ordinal SET STATISTICS 0;

-- A tenth of a small partition is soon there: nothing about the plans changes that early.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'messages'::regclass LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_analyze_threshold = 50000)', part);
    END LOOP;
END
$$;
