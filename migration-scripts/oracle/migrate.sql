-- Oracle: migrates a user store of WSO2 Micro Integrator 1.2.0 to 4.0.0: UM_USER gets the column UM_USER_ID, last, with
-- a distinct id for each user, and the unique key (UM_USER_ID, UM_TENANT_ID). The names stay unique.
-- Run it with SQL*Plus as the user of the data source, with all nodes stopped and after a backup:
--   sqlplus -L USER@//HOST:PORT/SERVICE @migrate.sql
-- For a store in another schema: ALTER SESSION SET CURRENT_SCHEMA = SCHEMA before, in the same session.
-- Oracle commits each change of a table by itself, so each step looks first whether it is needed: after a run that was
-- killed, run it again. A second run changes nothing.
WHENEVER SQLERROR EXIT FAILURE ROLLBACK
WHENEVER OSERROR EXIT FAILURE ROLLBACK
SET SERVEROUTPUT ON SIZE UNLIMITED
SET DEFINE OFF
SET FEEDBACK OFF

DECLARE
    schema_name VARCHAR2(128) := SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA');
    store VARCHAR2(300) := '"' || schema_name || '".UM_USER';
    unfilled VARCHAR2(200) := 'UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN (''N'', ''NONE'')';
    tables_found NUMBER;
    columns_found NUMBER;
    column_type VARCHAR2(128);
    column_length NUMBER;
    column_nullable VARCHAR2(1);
    column_default VARCHAR2(4000);
    column_place NUMBER;
    users NUMBER;
    counted NUMBER;
    id_keys NUMBER;
    name_keys NUMBER;
    changed NUMBER := 0;
BEGIN
    -- Waiting for a node that still runs, but not for ever.
    EXECUTE IMMEDIATE 'ALTER SESSION SET DDL_LOCK_TIMEOUT = 10';
    SELECT COUNT(*) INTO tables_found FROM ALL_TABLES
    WHERE OWNER = schema_name AND TABLE_NAME IN ('UM_USER', 'UM_ROLE', 'UM_USER_ROLE');
    SELECT COUNT(*) INTO columns_found FROM ALL_TAB_COLUMNS
    WHERE OWNER = schema_name AND TABLE_NAME = 'UM_USER'
        AND COLUMN_NAME IN ('UM_ID', 'UM_USER_NAME', 'UM_USER_PASSWORD', 'UM_SALT_VALUE', 'UM_REQUIRE_CHANGE',
            'UM_CHANGED_TIME', 'UM_TENANT_ID');
    IF tables_found <> 3 OR columns_found <> 7 THEN
        RAISE_APPLICATION_ERROR(-20001, 'refused: schema ' || schema_name
            || ' is no user store of the Micro Integrator: ' || (3 - tables_found)
            || ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ' || (7 - columns_found)
            || ' of the columns of UM_USER are missing');
    END IF;
    SELECT MAX(DATA_TYPE), MAX(CHAR_LENGTH), MAX(NULLABLE), MAX(COLUMN_ID)
    INTO column_type, column_length, column_nullable, column_place
    FROM ALL_TAB_COLUMNS WHERE OWNER = schema_name AND TABLE_NAME = 'UM_USER' AND COLUMN_NAME = 'UM_USER_ID';
    IF column_type NOT IN ('VARCHAR2', 'CHAR') THEN
        RAISE_APPLICATION_ERROR(-20001, 'refused: UM_USER_ID of UM_USER is of type ' || column_type
            || ': not the column of a user store');
    END IF;
    IF column_type IS NOT NULL THEN
        SELECT DATA_DEFAULT INTO column_default
        FROM ALL_TAB_COLUMNS WHERE OWNER = schema_name AND TABLE_NAME = 'UM_USER' AND COLUMN_NAME = 'UM_USER_ID';
        column_default := NULLIF(UPPER(TRIM(column_default)), 'NULL');
    END IF;
    SELECT COUNT(*) INTO id_keys FROM (
        SELECT INDEXES.INDEX_NAME
        FROM ALL_INDEXES INDEXES
        JOIN ALL_IND_COLUMNS PARTS
            ON PARTS.INDEX_OWNER = INDEXES.OWNER AND PARTS.INDEX_NAME = INDEXES.INDEX_NAME
        WHERE INDEXES.TABLE_OWNER = schema_name AND INDEXES.TABLE_NAME = 'UM_USER' AND INDEXES.UNIQUENESS = 'UNIQUE'
        GROUP BY INDEXES.OWNER, INDEXES.INDEX_NAME
        HAVING COUNT(*) = 2
            AND SUM(CASE WHEN PARTS.COLUMN_NAME IN ('UM_USER_ID', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2
        UNION ALL
        -- A constraint that is DEFERRABLE has an index that is not unique.
        SELECT KEYS.CONSTRAINT_NAME
        FROM ALL_CONSTRAINTS KEYS
        JOIN ALL_CONS_COLUMNS PARTS
            ON PARTS.OWNER = KEYS.OWNER AND PARTS.CONSTRAINT_NAME = KEYS.CONSTRAINT_NAME
        WHERE KEYS.OWNER = schema_name AND KEYS.TABLE_NAME = 'UM_USER' AND KEYS.CONSTRAINT_TYPE = 'U'
            AND KEYS.STATUS = 'ENABLED'
        GROUP BY KEYS.CONSTRAINT_NAME
        HAVING COUNT(*) = 2
            AND SUM(CASE WHEN PARTS.COLUMN_NAME IN ('UM_USER_ID', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2
    );
    SELECT COUNT(*) INTO name_keys FROM (
        SELECT INDEXES.INDEX_NAME
        FROM ALL_INDEXES INDEXES
        JOIN ALL_IND_COLUMNS PARTS
            ON PARTS.INDEX_OWNER = INDEXES.OWNER AND PARTS.INDEX_NAME = INDEXES.INDEX_NAME
        WHERE INDEXES.TABLE_OWNER = schema_name AND INDEXES.TABLE_NAME = 'UM_USER' AND INDEXES.UNIQUENESS = 'UNIQUE'
        GROUP BY INDEXES.OWNER, INDEXES.INDEX_NAME
        HAVING COUNT(*) = 2
            AND SUM(CASE WHEN PARTS.COLUMN_NAME IN ('UM_USER_NAME', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2
        UNION ALL
        -- A constraint that is DEFERRABLE has an index that is not unique.
        SELECT KEYS.CONSTRAINT_NAME
        FROM ALL_CONSTRAINTS KEYS
        JOIN ALL_CONS_COLUMNS PARTS
            ON PARTS.OWNER = KEYS.OWNER AND PARTS.CONSTRAINT_NAME = KEYS.CONSTRAINT_NAME
        WHERE KEYS.OWNER = schema_name AND KEYS.TABLE_NAME = 'UM_USER' AND KEYS.CONSTRAINT_TYPE = 'U'
            AND KEYS.STATUS = 'ENABLED'
        GROUP BY KEYS.CONSTRAINT_NAME
        HAVING COUNT(*) = 2
            AND SUM(CASE WHEN PARTS.COLUMN_NAME IN ('UM_USER_NAME', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2
    );
    IF column_type IS NOT NULL THEN
        EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM (SELECT 1 FROM ' || store || ' WHERE NOT (' || unfilled
            || ') GROUP BY RTRIM(UM_USER_ID), UM_TENANT_ID HAVING COUNT(*) > 1)' INTO counted;
        IF counted > 0 THEN
            RAISE_APPLICATION_ERROR(-20001, 'refused: ' || counted || ' ids are held by more than one user of a tenant;'
                || ' set UM_USER_ID to NONE where a new id may be given, and run this again');
        END IF;
        EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM ' || store || ' WHERE LENGTH(RTRIM(UM_USER_ID)) > 255' INTO counted;
        IF counted > 0 THEN
            RAISE_APPLICATION_ERROR(-20001, 'refused: ' || counted || ' ids are longer than 255 characters');
        END IF;
    END IF;

    IF column_type IS NULL THEN
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' ADD (UM_USER_ID VARCHAR2(255))';
        DBMS_OUTPUT.PUT_LINE('migrate: added UM_USER_ID to UM_USER');
        column_nullable := 'Y';
        changed := 1;
    ELSIF column_type <> 'VARCHAR2' OR column_length <> 255 THEN
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' MODIFY (UM_USER_ID VARCHAR2(255))';
        DBMS_OUTPUT.PUT_LINE('migrate: changed UM_USER_ID from ' || column_type || '(' || column_length
            || ') to VARCHAR2(255)');
        changed := 1;
    END IF;
    IF column_default IS NOT NULL THEN
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' MODIFY (UM_USER_ID DEFAULT NULL)';
        DBMS_OUTPUT.PUT_LINE('migrate: took the default of UM_USER_ID away');
        changed := 1;
    END IF;

    -- Empty is NULL here. SYS_GUID gives another value for each row, on each instance.
    EXECUTE IMMEDIATE 'UPDATE ' || store || ' SET UM_USER_ID = LOWER(REGEXP_REPLACE(RAWTOHEX(SYS_GUID()),'
        || ' ''(.{8})(.{4})(.{4})(.{4})(.{12})'', ''\1-\2-\3-\4-\5'')) WHERE ' || unfilled;
    counted := SQL%ROWCOUNT;
    COMMIT;
    IF counted > 0 THEN
        DBMS_OUTPUT.PUT_LINE('migrate: gave ids to ' || counted || ' users');
        changed := 1;
    END IF;
    -- What a CHAR column has filled up with blanks.
    EXECUTE IMMEDIATE 'UPDATE ' || store || ' SET UM_USER_ID = RTRIM(UM_USER_ID) WHERE UM_USER_ID LIKE ''% ''';
    COMMIT;

    IF column_nullable = 'Y' THEN
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' MODIFY (UM_USER_ID NOT NULL)';
        DBMS_OUTPUT.PUT_LINE('migrate: made UM_USER_ID NOT NULL');
        changed := 1;
    END IF;
    IF id_keys = 0 THEN
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' ADD UNIQUE (UM_USER_ID, UM_TENANT_ID)';
        DBMS_OUTPUT.PUT_LINE('migrate: added the unique key (UM_USER_ID, UM_TENANT_ID)');
        changed := 1;
    END IF;
    IF name_keys = 0 THEN
        DBMS_OUTPUT.PUT_LINE('warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it');
    END IF;
    EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM ' || store INTO users;
    IF changed = 1 THEN
        DBMS_OUTPUT.PUT_LINE('migrate: done, ' || users || ' users; run verify.sql');
    ELSE
        DBMS_OUTPUT.PUT_LINE('migrate: UM_USER is migrated already, with ' || users || ' users; nothing was changed');
    END IF;
END;
/

EXIT SUCCESS
