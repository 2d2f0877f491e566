-- Oracle: looks at a user store of WSO2 Micro Integrator 1.2.0 before it is migrated to 4.0.0. Changes nothing.
-- Run it with SQL*Plus as the user of the data source:
--   sqlplus -L USER@//HOST:PORT/SERVICE @preflight.sql
-- For a store in another schema: ALTER SESSION SET CURRENT_SCHEMA = SCHEMA before, in the same session.
-- Ends with "preflight: ready" or with an error that says what stands in the way.
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
    name_keys NUMBER;
BEGIN
    DBMS_OUTPUT.PUT_LINE('preflight: Oracle ' || DBMS_DB_VERSION.VERSION || '.' || DBMS_DB_VERSION.RELEASE || ', schema '
        || schema_name || ', user ' || SYS_CONTEXT('USERENV', 'SESSION_USER') || ', role of the database '
        || SYS_CONTEXT('USERENV', 'DATABASE_ROLE'));
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
    EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM ' || store INTO users;
    DBMS_OUTPUT.PUT_LINE('preflight: table UM_USER with ' || users || ' users');
    IF column_type IS NULL THEN
        DBMS_OUTPUT.PUT_LINE('preflight: UM_USER_ID is not there yet');
    ELSE
        EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM ' || store || ' WHERE ' || unfilled INTO counted;
        DBMS_OUTPUT.PUT_LINE('preflight: UM_USER_ID is there as ' || column_type || '(' || column_length || '); '
            || counted || ' of ' || users || ' users have no id yet');
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
    IF name_keys = 0 THEN
        DBMS_OUTPUT.PUT_LINE('warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it');
    END IF;
    IF name_keys = 0 THEN
        EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM (SELECT 1 FROM ' || store
            || ' GROUP BY UM_USER_NAME, UM_TENANT_ID HAVING COUNT(*) > 1)' INTO counted;
        IF counted > 0 THEN
            RAISE_APPLICATION_ERROR(-20001, 'refused: ' || counted
                || ' names are held by more than one user of a tenant');
        END IF;
    END IF;
    -- The owner may alter the table; what others may, their roles included.
    IF SYS_CONTEXT('USERENV', 'SESSION_USER') <> schema_name THEN
        SELECT COUNT(*) INTO counted FROM SESSION_PRIVS WHERE PRIVILEGE = 'ALTER ANY TABLE';
        IF counted = 0 THEN
            SELECT COUNT(*) INTO counted FROM ALL_TAB_PRIVS
            WHERE TABLE_SCHEMA = schema_name AND TABLE_NAME = 'UM_USER' AND PRIVILEGE = 'ALTER';
        END IF;
        IF counted = 0 THEN
            DBMS_OUTPUT.PUT_LINE('warning: the user ' || SYS_CONTEXT('USERENV', 'SESSION_USER')
                || ' may have no right to ALTER UM_USER; its owner has: ' || schema_name);
        END IF;
    END IF;
    SELECT COUNT(*) INTO counted FROM ALL_TRIGGERS
    WHERE TABLE_OWNER = schema_name AND TABLE_NAME = 'UM_USER' AND STATUS = 'ENABLED';
    IF counted > 0 THEN
        DBMS_OUTPUT.PUT_LINE('warning: the table has ' || counted || ' triggers; each user that gets an id is an update,'
            || ' which may run them');
    END IF;
    IF SYS_CONTEXT('USERENV', 'DATABASE_ROLE') <> 'PRIMARY' THEN
        RAISE_APPLICATION_ERROR(-20001, 'refused: this database is a standby: connect to the primary');
    END IF;
    DBMS_OUTPUT.PUT_LINE('preflight: ready');
END;
/

EXIT SUCCESS
