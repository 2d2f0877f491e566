-- PostgreSQL: for those who want exactly the keys of a fresh 4.0.0: drops the unique key (um_user_name, um_tenant_id).
-- Not needed, and not advised: with it two users may have one name, and every look-up by name reads the whole table.
-- Run it as the user of the data source, after migrate.sql:
--   psql -X -v ON_ERROR_STOP=1 -f drop-user-name-unique.sql "$DATABASE"
SET client_min_messages = notice;
-- An error rather than a part of the rows, where policies hide some.
SET row_security = off;
DO $drop$
DECLARE
    store   regclass := to_regclass('um_user');
    key     record;
    dropped integer := 0;
BEGIN
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', '10s', true);
    END IF;
    IF store IS NULL OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = store AND i.indisunique AND array_length(i.indkey::int2[], 1) = 2
            AND strpos(pg_get_indexdef(i.indexrelid), ' INCLUDE (') = 0
        AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = store AND a.attnum = ANY (i.indkey::int2[])) = ARRAY['um_tenant_id', 'um_user_id']) THEN
        RAISE EXCEPTION 'refused: um_user on the search_path (%) of database % is not migrated: run migrate.sql first',
            current_setting('search_path'), current_database();
    END IF;
    FOR key IN
        SELECT i.indexrelid::regclass::text AS index_name, c.conname AS constraint_name
        FROM pg_catalog.pg_index AS i
        LEFT JOIN pg_catalog.pg_constraint AS c ON c.conindid = i.indexrelid AND c.conrelid = store AND c.contype = 'u'
        WHERE i.indrelid = store AND i.indisunique AND array_length(i.indkey::int2[], 1) = 2
            AND strpos(pg_get_indexdef(i.indexrelid), ' INCLUDE (') = 0
            AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = store AND a.attnum = ANY (i.indkey::int2[])) = ARRAY['um_tenant_id', 'um_user_name']
    LOOP
        IF key.constraint_name IS NULL THEN
            EXECUTE 'DROP INDEX ' || key.index_name;
        ELSE
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', store, key.constraint_name);
        END IF;
        RAISE NOTICE 'drop-user-name-unique: dropped %', coalesce(key.constraint_name, key.index_name);
        dropped := dropped + 1;
    END LOOP;
    IF dropped = 0 THEN
        RAISE NOTICE 'drop-user-name-unique: there is no such key; nothing was changed';
    ELSE
        RAISE NOTICE 'drop-user-name-unique: for quick look-ups: CREATE INDEX ON % (um_user_name, um_tenant_id)', store;
    END IF;
END
$drop$;
