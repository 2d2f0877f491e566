-- Oracle RAC: checks a user store that was migrated to 4.0.0. Changes nothing.
-- Run it with SQL*Plus as the user of the data source:
--   sqlplus -L USER@//HOST:PORT/SERVICE @verify.sql
-- For a store in another schema: ALTER SESSION SET CURRENT_SCHEMA = SCHEMA before, in the same session.
-- Ends with "verify: right" or with an error that says what is wrong.
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
    last_place NUMBER;
    users NUMBER;
    counted NUMBER;
    id_keys NUMBER;
    name_keys NUMBER;
BEGIN
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
    IF column_type IS NULL THEN
        RAISE_APPLICATION_ERROR(-20002, 'wrong: UM_USER has no column UM_USER_ID: run migrate.sql');
    END IF;
    SELECT MAX(COLUMN_ID) INTO last_place FROM ALL_TAB_COLUMNS WHERE OWNER = schema_name AND TABLE_NAME = 'UM_USER';
    IF column_place <> last_place THEN
        DBMS_OUTPUT.PUT_LINE('warning: UM_USER_ID is not the last column: no node of 1.2.0 may use this database');
    END IF;
    IF name_keys = 0 THEN
        DBMS_OUTPUT.PUT_LINE('warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it');
    END IF;
    EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM ' || store INTO users;
    EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM ' || store || ' WHERE ' || unfilled INTO counted;
    DBMS_OUTPUT.PUT_LINE('verify: ' || users || ' users, ' || counted || ' without an id');
    IF counted > 0 THEN
        RAISE_APPLICATION_ERROR(-20002, 'wrong: ' || counted || ' users have no id');
    END IF;
    EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM (SELECT 1 FROM ' || store
        || ' GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1)' INTO counted;
    DBMS_OUTPUT.PUT_LINE('verify: ' || counted || ' repeated ids');
    IF counted > 0 THEN
        RAISE_APPLICATION_ERROR(-20002, 'wrong: ' || counted || ' ids are held by more than one user of a tenant');
    END IF;
    IF column_type <> 'VARCHAR2' OR column_length <> 255 OR column_nullable <> 'N' OR column_default IS NOT NULL THEN
        RAISE_APPLICATION_ERROR(-20002, 'wrong: UM_USER_ID is not VARCHAR2(255) NOT NULL without a default');
    END IF;
    IF id_keys = 0 THEN
        RAISE_APPLICATION_ERROR(-20002, 'wrong: there is no unique key on (UM_USER_ID, UM_TENANT_ID)');
    END IF;
    DBMS_OUTPUT.PUT_LINE('verify: right');
END;
/

EXIT SUCCESS
