-- PostgreSQL: takes a user store of 4.0.0 back to 1.2.0: drops um_user.um_user_id with its keys, and makes names unique
-- again where that was dropped. The ids are lost: a store that API Manager or Identity Server share gets others by the
-- next migration.
-- Run it as the user of the data source, with all nodes stopped and after a backup:
--   psql -X -v ON_ERROR_STOP=1 -f rollback.sql "$DATABASE"
-- One block is one transaction: a run that is killed leaves the table as it was. A second run changes nothing.
SET client_min_messages = notice;
SET statement_timeout = 0;
-- An error rather than a part of the rows, where policies hide some.
SET row_security = off;
DO $rollback$
DECLARE
    store   regclass := to_regclass('um_user');
    counted bigint;
    base    text;
    changed boolean := false;
BEGIN
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', '10s', true);
    END IF;
    IF store IS NULL THEN
        RAISE EXCEPTION 'refused: no table um_user on the search_path (%) of database %',
            current_setting('search_path'), current_database();
    END IF;
    SELECT count(*) INTO counted FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = store AND NOT a.attisdropped AND a.attname IN ('um_id', 'um_user_name', 'um_user_password',
        'um_salt_value', 'um_require_change', 'um_changed_time', 'um_tenant_id');
    SELECT counted + count(*) INTO counted FROM pg_catalog.pg_class AS c
    WHERE c.relname IN ('um_user', 'um_role', 'um_user_role') AND c.relkind IN ('r', 'p')
        AND c.relnamespace = (SELECT s.relnamespace FROM pg_catalog.pg_class AS s WHERE s.oid = store);
    IF counted <> 10 THEN
        RAISE EXCEPTION 'refused: % of database % is no user store of the Micro Integrator', store, current_database();
    END IF;
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = store), 'USAGE') THEN
        RAISE EXCEPTION 'refused: the user % does not own %', current_user, store;
    END IF;
    BEGIN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', store);
    EXCEPTION WHEN lock_not_available THEN
        RAISE EXCEPTION 'refused: % is in use, nothing was changed: stop all nodes and run this again', store;
    END;

    PERFORM 1
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid = store AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND array_length(i.indkey::int2[], 1) = 2 AND strpos(pg_get_indexdef(i.indexrelid), ' INCLUDE (') = 0
        AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = store AND a.attnum = ANY (i.indkey::int2[])) = ARRAY['um_tenant_id', 'um_user_name'];
    IF NOT FOUND THEN
        EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %s GROUP BY um_user_name, um_tenant_id'
            ' HAVING count(*) > 1) AS repeated', store) INTO counted;
        IF counted > 0 THEN
            RAISE EXCEPTION 'refused: % names in % are held by more than one user of a tenant; 1.2.0 needs them unique',
                counted, store;
        END IF;
        EXECUTE format('ALTER TABLE %s ADD UNIQUE (um_user_name, um_tenant_id)', store);
        RAISE NOTICE 'rollback: made names unique per tenant again';
        changed := true;
    END IF;

    SELECT t.typname INTO base
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = store AND a.attname = 'um_user_id' AND NOT a.attisdropped;
    IF base NOT IN ('varchar', 'bpchar', 'text', 'uuid') THEN
        RAISE EXCEPTION 'refused: um_user_id of % is of type %: not the column of a user store', store, base;
    ELSIF base IS NOT NULL THEN
        EXECUTE format('SELECT count(*) FROM %s', store) INTO counted;
        -- Takes its keys along, and fails where a view uses it.
        EXECUTE format('ALTER TABLE %s DROP COLUMN um_user_id', store);
        RAISE NOTICE 'rollback: dropped um_user_id of % with the ids of % users, and its keys', store, counted;
        changed := true;
    END IF;
    IF changed THEN
        RAISE NOTICE 'rollback: done';
    ELSE
        RAISE NOTICE 'rollback: % has no um_user_id; nothing was changed', store;
    END IF;
END
$rollback$;
