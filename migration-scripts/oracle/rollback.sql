-- Oracle: takes a user store of 4.0.0 back to 1.2.0: UM_USER.UM_USER_ID goes with its keys, and names are unique again
-- where that was dropped. The ids are lost: a store that API Manager or Identity Server share gets others by the next
-- migration.
-- Run it with SQL*Plus as the user of the data source, with all nodes stopped and after a backup:
--   sqlplus -L USER@//HOST:PORT/SERVICE @rollback.sql
-- For a store in another schema: ALTER SESSION SET CURRENT_SCHEMA = SCHEMA before, in the same session.
-- The column is set unused, which takes no time and cannot stop halfway; its space is freed whenever somebody runs
-- ALTER TABLE UM_USER DROP UNUSED COLUMNS. A second run changes nothing.
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
    counted NUMBER;
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
    IF name_keys = 0 THEN
        EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM (SELECT 1 FROM ' || store
            || ' GROUP BY UM_USER_NAME, UM_TENANT_ID HAVING COUNT(*) > 1)' INTO counted;
        IF counted > 0 THEN
            RAISE_APPLICATION_ERROR(-20001, 'refused: ' || counted
                || ' names are held by more than one user of a tenant; 1.2.0 needs them unique');
        END IF;
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' ADD UNIQUE (UM_USER_NAME, UM_TENANT_ID)';
        DBMS_OUTPUT.PUT_LINE('rollback: made names unique per tenant again');
        changed := 1;
    END IF;
    IF column_type IS NOT NULL THEN
        EXECUTE IMMEDIATE 'ALTER TABLE ' || store || ' SET UNUSED (UM_USER_ID) CASCADE CONSTRAINTS';
        DBMS_OUTPUT.PUT_LINE('rollback: UM_USER_ID of UM_USER is gone with its keys');
        changed := 1;
    END IF;
    IF changed = 1 THEN
        DBMS_OUTPUT.PUT_LINE('rollback: done');
    ELSE
        DBMS_OUTPUT.PUT_LINE('rollback: UM_USER has no UM_USER_ID; nothing was changed');
    END IF;
END;
/

EXIT SUCCESS
