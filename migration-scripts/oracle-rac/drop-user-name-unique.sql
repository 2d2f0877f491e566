-- Oracle RAC: for those who want exactly the keys of a fresh 4.0.0: drops the unique key (UM_USER_NAME, UM_TENANT_ID).
-- Not needed, and not advised: with it two users may have one name, and every look-up by name reads the whole table.
-- Run it with SQL*Plus as the user of the data source, after migrate.sql:
--   sqlplus -L USER@//HOST:PORT/SERVICE @drop-user-name-unique.sql
-- For a store in another schema: ALTER SESSION SET CURRENT_SCHEMA = SCHEMA before, in the same session.
WHENEVER SQLERROR EXIT FAILURE ROLLBACK
WHENEVER OSERROR EXIT FAILURE ROLLBACK
SET SERVEROUTPUT ON SIZE UNLIMITED
SET DEFINE OFF
SET FEEDBACK OFF

DECLARE
    schema_name VARCHAR2(128) := SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA');
    store VARCHAR2(300) := '"' || schema_name || '".UM_USER';
    tables_found NUMBER;
    columns_found NUMBER;
    column_type VARCHAR2(128);
    column_length NUMBER;
    column_nullable VARCHAR2(1);
    column_default VARCHAR2(4000);
    column_place NUMBER;
    id_keys NUMBER;
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
    IF id_keys = 0 THEN
        RAISE_APPLICATION_ERROR(-20001, 'refused: UM_USER is not migrated: run migrate.sql first');
    END IF;
    FOR found IN (
        SELECT KEYS.CONSTRAINT_NAME
        FROM ALL_CONSTRAINTS KEYS
        JOIN ALL_CONS_COLUMNS PARTS
            ON PARTS.OWNER = KEYS.OWNER AND PARTS.CONSTRAINT_NAME = KEYS.CONSTRAINT_NAME
        WHERE KEYS.OWNER = schema_name AND KEYS.TABLE_NAME = 'UM_USER' AND KEYS.CONSTRAINT_TYPE = 'U'
        GROUP BY KEYS.CONSTRAINT_NAME
        HAVING COUNT(*) = 2
            AND SUM(CASE WHEN PARTS.COLUMN_NAME IN ('UM_USER_NAME', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2
    ) LOOP
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' DROP CONSTRAINT "' || found.CONSTRAINT_NAME || '"';
        DBMS_OUTPUT.PUT_LINE('drop-user-name-unique: dropped ' || found.CONSTRAINT_NAME);
        changed := 1;
    END LOOP;
    IF changed = 0 THEN
        DBMS_OUTPUT.PUT_LINE('drop-user-name-unique: there is no such key; nothing was changed');
    ELSE
        DBMS_OUTPUT.PUT_LINE('drop-user-name-unique: for quick look-ups add an index on (UM_USER_NAME, UM_TENANT_ID)');
    END IF;
END;
/

EXIT SUCCESS
