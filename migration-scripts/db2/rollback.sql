-- DB2 for Linux, Unix and Windows: takes a user store of 4.0.0 back to 1.2.0: drops UM_USER.UM_USER_ID with its keys, and
-- makes names unique again where that was dropped. The ids are lost: a store that API Manager or Identity Server share
-- gets others by the next migration.
-- Run it as the user of the data source, with all nodes stopped and after a backup; -s makes the client stop on errors:
--   db2 CONNECT TO DATABASE USER USER && db2 -s -td@ -f rollback.sql
-- For a store in another schema than the user's: db2 SET SCHEMA NAME after the CONNECT, in the same shell.
-- After a run that was killed, run it again. A second run changes nothing.
SET SERVEROUTPUT ON@

-- What a run that was killed left to do: as long as that is pending, nothing reads the table.
BEGIN
    IF EXISTS (SELECT 1 FROM SYSIBMADM.ADMINTABINFO
        WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER' AND REORG_PENDING = 'Y') THEN
        CALL SYSPROC.ADMIN_CMD('REORG TABLE "' || RTRIM(CURRENT SCHEMA) || '".UM_USER');
        CALL DBMS_OUTPUT.PUT_LINE('rollback: reorganised UM_USER');
    END IF;
END@
BEGIN
    DECLARE store VARCHAR(300);
    DECLARE tables_found INTEGER DEFAULT 0;
    DECLARE columns_found INTEGER DEFAULT 0;
    DECLARE column_type VARCHAR(128);
    DECLARE column_length INTEGER;
    DECLARE column_nulls CHAR(1);
    DECLARE column_default VARCHAR(254);
    DECLARE column_place INTEGER;
    DECLARE counted BIGINT DEFAULT 0;
    DECLARE name_keys INTEGER DEFAULT 0;
    DECLARE changed INTEGER DEFAULT 0;
    DECLARE statement_text VARCHAR(2000);
    DECLARE counting STATEMENT;
    SET store = '"' || RTRIM(CURRENT SCHEMA) || '".UM_USER';
    SELECT COUNT(*) INTO tables_found FROM SYSCAT.TABLES
    WHERE TABSCHEMA = CURRENT SCHEMA AND TYPE = 'T' AND TABNAME IN ('UM_USER', 'UM_ROLE', 'UM_USER_ROLE');
    SELECT COUNT(*) INTO columns_found FROM SYSCAT.COLUMNS
    WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER'
        AND COLNAME IN ('UM_ID', 'UM_USER_NAME', 'UM_USER_PASSWORD', 'UM_SALT_VALUE', 'UM_REQUIRE_CHANGE',
            'UM_CHANGED_TIME', 'UM_TENANT_ID');
    IF tables_found <> 3 OR columns_found <> 7 THEN
        CALL DBMS_OUTPUT.PUT_LINE('refused: schema ' || RTRIM(CURRENT SCHEMA) || ' is no user store of the Micro'
            || ' Integrator: ' || (3 - tables_found) || ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and '
            || (7 - columns_found) || ' of the columns of UM_USER are missing');
        SIGNAL SQLSTATE '75001' SET MESSAGE_TEXT = 'refused: this schema is no user store';
    END IF;
    SELECT MAX(TYPENAME), MAX(LENGTH), MAX(NULLS), MAX(CAST(DEFAULT AS VARCHAR(254))), MAX(COLNO)
    INTO column_type, column_length, column_nulls, column_default, column_place
    FROM SYSCAT.COLUMNS WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER' AND COLNAME = 'UM_USER_ID';
    IF column_type NOT IN ('VARCHAR', 'CHARACTER') THEN
        CALL DBMS_OUTPUT.PUT_LINE('refused: UM_USER_ID of UM_USER is of type ' || column_type);
        SIGNAL SQLSTATE '75001' SET MESSAGE_TEXT = 'refused: UM_USER_ID is not the column of a user store';
    END IF;
    SELECT COUNT(*) INTO name_keys FROM SYSCAT.INDEXES AS KEYS
    WHERE KEYS.TABSCHEMA = CURRENT SCHEMA AND KEYS.TABNAME = 'UM_USER' AND KEYS.UNIQUERULE IN ('U', 'P')
        AND KEYS.COLCOUNT = 2 AND 2 = (SELECT COUNT(*) FROM SYSCAT.INDEXCOLUSE AS PARTS
            WHERE PARTS.INDSCHEMA = KEYS.INDSCHEMA AND PARTS.INDNAME = KEYS.INDNAME
            AND PARTS.COLNAME IN ('UM_USER_NAME', 'UM_TENANT_ID'));
    IF name_keys = 0 THEN
        SET statement_text = 'SET ? = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM ' || store
            || ' GROUP BY UM_USER_NAME, UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)';
        PREPARE counting FROM statement_text;
        EXECUTE counting INTO counted;
        IF counted > 0 THEN
            CALL DBMS_OUTPUT.PUT_LINE('refused: ' || counted || ' names are held by more than one user of a tenant');
            SIGNAL SQLSTATE '75001' SET MESSAGE_TEXT = 'refused: names are held by more than one user';
        END IF;
        SET statement_text = 'ALTER TABLE ' || store || ' ADD UNIQUE (UM_USER_NAME, UM_TENANT_ID)';
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('rollback: made names unique per tenant again');
        SET changed = 1;
    END IF;
    IF column_type IS NOT NULL THEN
        FOR found AS
            SELECT KEYS.CONSTNAME AS KEY_NAME FROM SYSCAT.TABCONST AS KEYS
            WHERE KEYS.TABSCHEMA = CURRENT SCHEMA AND KEYS.TABNAME = 'UM_USER' AND KEYS.TYPE = 'U'
                AND EXISTS (SELECT 1 FROM SYSCAT.KEYCOLUSE AS PARTS
                    WHERE PARTS.TABSCHEMA = KEYS.TABSCHEMA AND PARTS.TABNAME = KEYS.TABNAME
                    AND PARTS.CONSTNAME = KEYS.CONSTNAME AND PARTS.COLNAME = 'UM_USER_ID')
        DO
            SET statement_text = 'ALTER TABLE ' || store || ' DROP UNIQUE "' || found.KEY_NAME || '"';
            EXECUTE IMMEDIATE statement_text;
            CALL DBMS_OUTPUT.PUT_LINE('rollback: dropped the unique key ' || found.KEY_NAME);
            SET changed = 1;
        END FOR;
        SET statement_text = 'ALTER TABLE ' || store || ' DROP COLUMN UM_USER_ID';
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('rollback: dropped UM_USER_ID of UM_USER');
        SET changed = 1;
    END IF;
    IF changed = 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('rollback: UM_USER has no UM_USER_ID; nothing was changed');
    END IF;
END@
-- A table whose columns were changed may need to be reorganised before it takes a key.
BEGIN
    IF EXISTS (SELECT 1 FROM SYSIBMADM.ADMINTABINFO
        WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER' AND REORG_PENDING = 'Y') THEN
        CALL SYSPROC.ADMIN_CMD('REORG TABLE "' || RTRIM(CURRENT SCHEMA) || '".UM_USER');
        CALL DBMS_OUTPUT.PUT_LINE('rollback: reorganised UM_USER');
    END IF;
END@
