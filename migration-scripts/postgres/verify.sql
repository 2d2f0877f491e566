-- PostgreSQL: checks a user store that was migrated to 4.0.0. Changes nothing.
-- Run it as the user of the data source:  psql -X -v ON_ERROR_STOP=1 -f verify.sql "$DATABASE"
-- Ends with "verify: right" or with an error that lists what is wrong.
SET client_min_messages = notice;
SET statement_timeout = 0;
-- An error rather than a part of the rows, where policies hide some.
SET row_security = off;
DO $verify$
DECLARE
    store    regclass := to_regclass('um_user');
    users    bigint;
    empty_   bigint;
    repeated bigint;
    keys     text[];
    held     record;
    problems text[] := ARRAY[]::text[];
BEGIN
    IF store IS NULL THEN
        RAISE EXCEPTION 'refused: no table um_user on the search_path (%) of database %',
            current_setting('search_path'), current_database();
    END IF;
    SELECT format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled, a.atthasdef AS has_default,
        NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS later WHERE later.attrelid = store
            AND later.attnum > a.attnum AND NOT later.attisdropped) AS is_last INTO held
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = store AND a.attname = 'um_user_id' AND NOT a.attisdropped;
    IF held.type IS NULL THEN
        RAISE EXCEPTION 'verify: wrong: % has no column um_user_id: run migrate.sql', store;
    END IF;
    IF held.type <> 'character varying(255)' THEN
        problems := problems || format('um_user_id is %s, not VARCHAR(255)', held.type);
    END IF;
    IF NOT held.filled THEN
        problems := problems || 'um_user_id may be NULL'::text;
    END IF;
    IF held.has_default THEN
        problems := problems || 'um_user_id has a default'::text;
    END IF;
    IF NOT held.is_last THEN
        RAISE WARNING 'verify: um_user_id is not the last column: no node of 1.2.0 may use this database';
    END IF;

    EXECUTE format('SELECT count(*), sum(CASE WHEN um_user_id IS NULL'
        ' OR upper(btrim(um_user_id::text)) IN ('''', ''N'', ''NONE'') THEN 1 ELSE 0 END) FROM %s', store)
        INTO users, empty_;
    EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %s GROUP BY um_user_id, um_tenant_id'
        ' HAVING count(*) > 1) AS repeated', store) INTO repeated;
    RAISE NOTICE 'verify: % users in %, % without an id, % repeated ids', users, store, coalesce(empty_, 0), repeated;
    IF empty_ > 0 THEN
        problems := problems || format('%s users have no id', empty_);
    END IF;
    IF repeated > 0 THEN
        problems := problems || format('%s ids are held by more than one user of a tenant', repeated);
    END IF;

    SELECT array_agg(key.columns) INTO keys
    FROM (
        SELECT (SELECT string_agg(a.attname::text, ',' ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = store AND a.attnum = ANY (i.indkey::int2[])) AS columns
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = store AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
            AND array_length(i.indkey::int2[], 1) = 2 AND strpos(pg_get_indexdef(i.indexrelid), ' INCLUDE (') = 0
    ) AS key;
    IF NOT coalesce('um_tenant_id,um_user_id' = ANY (keys), false) THEN
        problems := problems || 'there is no unique key on (um_user_id, um_tenant_id)'::text;
    END IF;
    IF NOT coalesce('um_tenant_id,um_user_name' = ANY (keys), false) THEN
        RAISE WARNING 'verify: names are not unique per tenant: their unique key was dropped';
    END IF;

    IF array_length(problems, 1) > 0 THEN
        RAISE EXCEPTION 'verify: wrong: %', array_to_string(problems, '; ');
    END IF;
    RAISE NOTICE 'verify: right';
END
$verify$;
