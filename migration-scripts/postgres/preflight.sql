-- PostgreSQL: looks at a user store of WSO2 Micro Integrator 1.2.0 before it is migrated to 4.0.0. Changes nothing.
-- Run it as the user of the data source:  psql -X -v ON_ERROR_STOP=1 -f preflight.sql "$DATABASE"
-- Ends with "preflight: ready" or with an error that says what stands in the way.
SET client_min_messages = notice;
SET statement_timeout = 0;
-- An error rather than a part of the rows, where policies hide some.
SET row_security = off;
DO $preflight$
DECLARE
    store     regclass := to_regclass('um_user');
    elsewhere text;
    missing   text;
    name_key  text;
    users     bigint;
    counted   bigint;
    held      record;
    problems  text[] := ARRAY[]::text[];
BEGIN
    RAISE NOTICE 'preflight: PostgreSQL %, database %, user %, search_path %',
        current_setting('server_version'), current_database(), current_user, current_setting('search_path');

    SELECT string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname) INTO elsewhere
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname = 'um_user' AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%';
    IF store IS NULL THEN
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

    IF row_security_active(store) THEN
        RAISE EXCEPTION 'refused: row-level security hides rows of % from %', store, current_user
            USING HINT = 'ALTER TABLE .. NO FORCE ROW LEVEL SECURITY as the owner, or a user with BYPASSRLS.';
    END IF;
    EXECUTE format('SELECT count(*) FROM %s', store) INTO users;
    RAISE NOTICE 'preflight: table % of schema % with % users, % on disk; as much free space is needed again',
        store, (SELECT relnamespace::regnamespace FROM pg_catalog.pg_class WHERE oid = store), users,
        pg_size_pretty(pg_total_relation_size(store));
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = store), 'USAGE') THEN
        problems := problems || format('the user %s does not own it; its owner does: %s', current_user,
            (SELECT pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = store));
    END IF;
    IF NOT has_schema_privilege(current_user, (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = store), 'CREATE')
    THEN
        problems := problems || format('the user %s may not create in its schema, which the new key needs', current_user);
    END IF;
    IF pg_is_in_recovery() THEN
        problems := problems || 'this server is a standby: connect to the primary'::text;
    ELSIF current_setting('transaction_read_only') = 'on' THEN
        problems := problems || 'this session is read only (default_transaction_read_only)'::text;
    END IF;
    SELECT count(*) INTO counted FROM pg_catalog.pg_trigger WHERE tgrelid = store AND NOT tgisinternal;
    IF counted > 0 THEN
        RAISE WARNING 'preflight: the table has % triggers; where the column is there already, each user that gets an id '
            'is an update, which may run them', counted;
    END IF;
    IF strpos(elsewhere, ', ') > 0 THEN
        RAISE WARNING 'preflight: schemas with a table um_user: %; this is about the one in %', elsewhere,
            (SELECT relnamespace::regnamespace FROM pg_catalog.pg_class WHERE oid = store);
    END IF;

    SELECT format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled, t.typname AS base,
        COALESCE(to_json(a) ->> 'attgenerated', '') <> '' AS is_made,
        -- A view is a rule that depends on the columns it has.
        (SELECT count(DISTINCT d.objid) FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
            AND d.refobjid = store AND d.refobjsubid = a.attnum) AS views INTO held
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = store AND a.attname = 'um_user_id' AND NOT a.attisdropped;
    IF held.type IS NULL THEN
        RAISE NOTICE 'preflight: um_user_id is not there yet';
    ELSIF held.base NOT IN ('varchar', 'bpchar', 'text', 'uuid') THEN
        problems := problems || format('um_user_id is of type %s: not the column of a user store', held.type);
    ELSIF held.is_made THEN
        problems := problems || 'um_user_id is a generated column: not the column of a user store'::text;
    ELSE
        IF held.views > 0 AND held.type <> 'character varying(255)' THEN
            problems := problems || format('um_user_id is %s, not VARCHAR(255), and is used by views: %s; drop them, and'
                ' make them again afterwards', held.type, held.views);
        ELSIF held.views > 0 THEN
            RAISE WARNING 'preflight: um_user_id is used by views: %; rollback.sql fails as long as they are there',
                held.views;
        END IF;
        EXECUTE format('SELECT count(*) FROM %s WHERE um_user_id IS NULL'
            ' OR upper(btrim(um_user_id::text)) IN ('''', ''N'', ''NONE'')', store) INTO counted;
        RAISE NOTICE 'preflight: um_user_id is there as % %; % of % users have no id yet', held.type,
            CASE WHEN held.filled THEN 'NOT NULL' ELSE 'NULL' END, counted, users;
        EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %s WHERE um_user_id IS NOT NULL'
            ' AND upper(btrim(um_user_id::text)) NOT IN ('''', ''N'', ''NONE'')'
            ' GROUP BY um_user_id, um_tenant_id HAVING count(*) > 1) AS repeated', store) INTO counted;
        IF counted > 0 THEN
            problems := problems || format('%s ids are held by more than one user of a tenant', counted);
        END IF;
        EXECUTE format('SELECT count(*) FROM %s WHERE length(um_user_id::text) > 255', store) INTO counted;
        IF counted > 0 THEN
            problems := problems || format('%s ids are longer than 255 characters', counted);
        END IF;
    END IF;

    SELECT string_agg(quote_ident(i.indexrelid::regclass::text), ', ') INTO name_key
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid = store AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND array_length(i.indkey::int2[], 1) = 2 AND strpos(pg_get_indexdef(i.indexrelid), ' INCLUDE (') = 0
        AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = store AND a.attnum = ANY (i.indkey::int2[])) = ARRAY['um_tenant_id', 'um_user_name'];
    IF name_key IS NULL THEN
        RAISE WARNING 'preflight: no unique key on (um_user_name, um_tenant_id); names are looked up by it';
        EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %s GROUP BY um_user_name, um_tenant_id'
            ' HAVING count(*) > 1) AS repeated', store) INTO counted;
        IF counted > 0 THEN
            problems := problems || format('%s names are held by more than one user of a tenant', counted);
        END IF;
    ELSE
        RAISE NOTICE 'preflight: names are unique per tenant by %', name_key;
    END IF;

    IF to_regclass('pg_catalog.pg_publication_tables') IS NOT NULL THEN
        EXECUTE 'SELECT count(*) FROM pg_catalog.pg_publication_tables AS p JOIN pg_catalog.pg_namespace AS n'
            ' ON n.nspname = p.schemaname JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid'
            ' AND c.relname = p.tablename WHERE c.oid = $1' INTO counted USING store::oid;
        IF counted > 0 THEN
            RAISE WARNING 'preflight: the table is published by logical replication, which carries no new column: '
                'migrate the subscribers with this server';
        END IF;
    END IF;
    SELECT count(*) INTO counted FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    IF counted > 0 THEN
        RAISE WARNING 'preflight: % other connections to this database: stop all nodes before migrating', counted;
    END IF;

    IF array_length(problems, 1) > 0 THEN
        RAISE EXCEPTION 'refused: %', array_to_string(problems, '; ');
    END IF;
    RAISE NOTICE 'preflight: ready';
END
$preflight$;
