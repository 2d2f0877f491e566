-- PostgreSQL: migrates a user store of WSO2 Micro Integrator 1.2.0 to 4.0.0: um_user gets the column um_user_id, last,
-- with a distinct id for each user, and the unique key (um_user_id, um_tenant_id). The names stay unique.
-- Run it as the user of the data source, with all nodes stopped and after a backup:
--   psql -X -v ON_ERROR_STOP=1 -f migrate.sql "$DATABASE"
-- One block is one transaction: a run that is killed leaves the table as it was. A second run changes nothing.
SET client_min_messages = notice;
SET statement_timeout = 0;
-- An error rather than a part of the rows, where policies hide some.
SET row_security = off;
DO $migrate$
DECLARE
    store     regclass := to_regclass('um_user');
    elsewhere text;
    missing   text;
    new_id    text;
    from_     text;
    users     bigint;
    counted   bigint;
    held      record;
    changed   boolean := false;
BEGIN
    -- Waiting for a node that still runs would stop that node as well.
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', '10s', true);
    END IF;

    IF store IS NULL THEN
        SELECT string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname) INTO elsewhere
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = 'um_user' AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%';
        RAISE EXCEPTION 'refused: no table um_user on the search_path (%) of database %',
            current_setting('search_path'), current_database()
            USING HINT = CASE WHEN elsewhere IS NULL THEN 'This is not the database of the user store.'
                ELSE 'There is one in: ' || elsewhere || '. Set PGOPTIONS="-c search_path=SCHEMA".' END;
    END IF;
    SELECT string_agg(wanted.part, ', ' ORDER BY wanted.part) INTO missing
    FROM (
        SELECT 'column um_user.' || part AS part
        FROM unnest(ARRAY['um_id', 'um_user_name', 'um_user_password', 'um_salt_value', 'um_require_change',
            'um_changed_time', 'um_tenant_id']) AS part
        WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = store AND a.attname = part AND NOT a.attisdropped)
        UNION ALL
        SELECT 'table ' || part
        FROM unnest(ARRAY['um_user', 'um_role', 'um_user_role']) AS part
        WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c
            WHERE c.relname = part AND c.relkind IN ('r', 'p')
            AND c.relnamespace = (SELECT s.relnamespace FROM pg_catalog.pg_class AS s WHERE s.oid = store))
    ) AS wanted;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'refused: % of database % is no user store of the Micro Integrator; missing: %',
            store, current_database(), missing;
    END IF;
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = store), 'USAGE') THEN
        RAISE EXCEPTION 'refused: the user % does not own %; its owner does: %', current_user, store,
            (SELECT pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = store);
    END IF;
    BEGIN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', store);
    EXCEPTION WHEN lock_not_available THEN
        RAISE EXCEPTION 'refused: % is in use, nothing was changed: stop all nodes and run this again', store;
    END;

    -- Built in since 13; before that by an extension, where there is one, in whatever schema it lies.
    SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '()::text', p.proname INTO new_id, from_
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.proname IN ('gen_random_uuid', 'uuid_generate_v4') AND p.pronargs = 0
        AND p.prorettype = 'pg_catalog.uuid'::regtype
        AND has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
    ORDER BY n.nspname <> 'pg_catalog', p.proname
    LIMIT 1;
    IF new_id IS NULL THEN
        from_ := 'md5';
        new_id := '(overlay(overlay(md5(random()::text || clock_timestamp()::text || random()::text)'
            ' placing ''4'' from 13) placing ''8'' from 17)::uuid)::text';
    END IF;

    EXECUTE format('SELECT count(*) FROM %s', store) INTO users;
    SELECT format_type(a.atttypid, a.atttypmod) AS type, t.typname AS base, a.attnotnull AS filled,
        a.atthasdef AS has_default, COALESCE(to_json(a) ->> 'attgenerated', '') <> '' AS is_made INTO held
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = store AND a.attname = 'um_user_id' AND NOT a.attisdropped;

    IF held.type IS NULL THEN
        -- The default is computed for each row while the table is rewritten once; no row is updated.
        EXECUTE format('ALTER TABLE %s ADD COLUMN um_user_id VARCHAR(255) NOT NULL DEFAULT %s,'
            ' ADD UNIQUE (um_user_id, um_tenant_id)', store, new_id);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN um_user_id DROP DEFAULT', store);
        RAISE NOTICE 'migrate: added um_user_id to % with ids for % users (by %), and its unique key',
            store, users, from_;
        changed := true;
    ELSE
        IF held.base NOT IN ('varchar', 'bpchar', 'text', 'uuid') THEN
            RAISE EXCEPTION 'refused: um_user_id of % is of type %: not the column of a user store', store, held.type;
        END IF;
        IF held.is_made THEN
            RAISE EXCEPTION 'refused: um_user_id of % is a generated column: not the column of a user store', store;
        END IF;
        EXECUTE format('SELECT count(*) FROM %s WHERE length(um_user_id::text) > 255', store) INTO counted;
        IF counted > 0 THEN
            RAISE EXCEPTION 'refused: % ids in % are longer than 255 characters', counted, store;
        END IF;
        EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %s WHERE um_user_id IS NOT NULL'
            ' AND upper(btrim(um_user_id::text)) NOT IN ('''', ''N'', ''NONE'')'
            ' GROUP BY um_user_id, um_tenant_id HAVING count(*) > 1) AS repeated', store) INTO counted;
        IF counted > 0 THEN
            RAISE EXCEPTION 'refused: % ids in % are held by more than one user of a tenant', counted, store
                USING HINT = 'Set um_user_id to NULL or ''NONE'' where a new id may be given, and run this again.';
        END IF;
        IF held.has_default THEN
            EXECUTE format('ALTER TABLE %s ALTER COLUMN um_user_id DROP DEFAULT', store);
            RAISE NOTICE 'migrate: dropped the default of um_user_id';
            changed := true;
        END IF;
        IF held.type <> 'character varying(255)' THEN
            EXECUTE format('ALTER TABLE %s ALTER COLUMN um_user_id TYPE VARCHAR(255) USING um_user_id::text', store);
            RAISE NOTICE 'migrate: changed um_user_id from % to VARCHAR(255)', held.type;
            changed := true;
        END IF;
        EXECUTE format('UPDATE %s SET um_user_id = %s WHERE um_user_id IS NULL'
            ' OR upper(btrim(um_user_id)) IN ('''', ''N'', ''NONE'')', store, new_id);
        GET DIAGNOSTICS counted = ROW_COUNT;
        IF counted > 0 THEN
            RAISE NOTICE 'migrate: gave ids to % of % users (by %); the others keep theirs', counted, users, from_;
            changed := true;
        END IF;
        IF NOT held.filled THEN
            EXECUTE format('ALTER TABLE %s ALTER COLUMN um_user_id SET NOT NULL', store);
            RAISE NOTICE 'migrate: made um_user_id NOT NULL';
            changed := true;
        END IF;
        PERFORM 1
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = store AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
            AND array_length(i.indkey::int2[], 1) = 2 AND strpos(pg_get_indexdef(i.indexrelid), ' INCLUDE (') = 0
            AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = store AND a.attnum = ANY (i.indkey::int2[])) = ARRAY['um_tenant_id', 'um_user_id'];
        IF NOT FOUND THEN
            EXECUTE format('ALTER TABLE %s ADD UNIQUE (um_user_id, um_tenant_id)', store);
            RAISE NOTICE 'migrate: added the unique key (um_user_id, um_tenant_id)';
            changed := true;
        END IF;
    END IF;

    PERFORM 1
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid = store AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND array_length(i.indkey::int2[], 1) = 2 AND strpos(pg_get_indexdef(i.indexrelid), ' INCLUDE (') = 0
        AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = store AND a.attnum = ANY (i.indkey::int2[])) = ARRAY['um_tenant_id', 'um_user_name'];
    IF NOT FOUND THEN
        RAISE WARNING 'migrate: there is no unique key on (um_user_name, um_tenant_id); names are looked up by it';
    END IF;
    IF changed THEN
        RAISE NOTICE 'migrate: done; run verify.sql';
    ELSE
        RAISE NOTICE 'migrate: % is migrated already, with % users; nothing was changed', store, users;
    END IF;
END
$migrate$;
