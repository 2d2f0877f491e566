-- DB2 for Linux, Unix and Windows: migrates a user store of WSO2 Micro Integrator 1.2.0 to 4.0.0: UM_USER gets the column
-- UM_USER_ID, last, with a distinct id for each user, and the unique key (UM_USER_ID, UM_TENANT_ID). The names stay unique.
-- The script that 4.0.0 ships for DB2 lacks this column, but its server writes it: without it no user can be added.
-- Run it as the user of the data source, with all nodes stopped and after a backup; -s makes the client stop on errors:
--   db2 CONNECT TO DATABASE USER USER && db2 -s -td@ -f migrate.sql
-- For a store in another schema than the user's: db2 SET SCHEMA NAME after the CONNECT, in the same shell.
-- Four blocks, each committed by itself; each step looks first whether it is needed: after a run that was killed, run it
-- again. A second run changes nothing. The log must have room for one update of all users.
SET SERVEROUTPUT ON@

-- What a run that was killed left to do: as long as that is pending, nothing reads the table.
BEGIN
    IF EXISTS (SELECT 1 FROM SYSIBMADM.ADMINTABINFO
        WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER' AND REORG_PENDING = 'Y') THEN
        CALL SYSPROC.ADMIN_CMD('REORG TABLE "' || RTRIM(CURRENT SCHEMA) || '".UM_USER');
        CALL DBMS_OUTPUT.PUT_LINE('migrate: reorganised UM_USER');
    END IF;
END@
-- The column and the ids; what a column that was there before must become.
BEGIN
    DECLARE store VARCHAR(300);
    DECLARE unfilled VARCHAR(200);
    DECLARE tables_found INTEGER DEFAULT 0;
    DECLARE columns_found INTEGER DEFAULT 0;
    DECLARE column_type VARCHAR(128);
    DECLARE column_length INTEGER;
    DECLARE column_nulls CHAR(1);
    DECLARE column_default VARCHAR(254);
    DECLARE column_place INTEGER;
    DECLARE counted BIGINT DEFAULT 0;
    DECLARE statement_text VARCHAR(2000);
    DECLARE counting STATEMENT;
    SET store = '"' || RTRIM(CURRENT SCHEMA) || '".UM_USER';
    SET unfilled = 'UM_USER_ID IS NULL OR RTRIM(UM_USER_ID) IN ('''', ''N'', ''NONE'')';
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
    IF column_type IS NOT NULL THEN
        SET statement_text = 'SET ? = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM ' || store || ' WHERE NOT ('
            || unfilled || ') GROUP BY RTRIM(UM_USER_ID), UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)';
        PREPARE counting FROM statement_text;
        EXECUTE counting INTO counted;
        IF counted > 0 THEN
            CALL DBMS_OUTPUT.PUT_LINE('refused: ' || counted || ' ids are held by more than one user of a tenant; set'
                || ' UM_USER_ID to NONE where a new id may be given, and run this again');
            SIGNAL SQLSTATE '75001' SET MESSAGE_TEXT = 'refused: ids are held by more than one user';
        END IF;
    ELSE
        -- NOT NULL with a default needs no reorganisation.
        SET statement_text = 'ALTER TABLE ' || store || ' ADD COLUMN UM_USER_ID VARCHAR(255) NOT NULL DEFAULT ''NONE''';
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('migrate: added UM_USER_ID to UM_USER');
        SET column_type = 'VARCHAR';
        SET column_length = 255;
        SET column_nulls = 'N';
        SET column_default = 'NONE';
    END IF;
    SET statement_text = 'SET ? = (SELECT COUNT(*) FROM ' || store || ' WHERE ' || unfilled || ')';
    PREPARE counting FROM statement_text;
    EXECUTE counting INTO counted;
    IF counted > 0 THEN
        SET statement_text = 'UPDATE ' || store || ' SET UM_USER_ID = LOWER(INSERT(INSERT(INSERT(INSERT('
            || 'HEX(GENERATE_UNIQUE()) || ''000000'', 21, 0, ''-''), 17, 0, ''-''), 13, 0, ''-''), 9, 0, ''-'')) WHERE '
            || unfilled;
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('migrate: gave ids to ' || counted || ' users');
    END IF;
    IF column_default IS NOT NULL THEN
        SET statement_text = 'ALTER TABLE ' || store || ' ALTER COLUMN UM_USER_ID DROP DEFAULT';
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('migrate: dropped the default of UM_USER_ID');
    END IF;
    IF column_type <> 'VARCHAR' OR column_length <> 255 THEN
        SET statement_text = 'ALTER TABLE ' || store || ' ALTER COLUMN UM_USER_ID SET DATA TYPE VARCHAR(255)';
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('migrate: changed UM_USER_ID from ' || column_type || '(' || column_length
            || ') to VARCHAR(255)');
    END IF;
    IF column_nulls = 'Y' THEN
        SET statement_text = 'ALTER TABLE ' || store || ' ALTER COLUMN UM_USER_ID SET NOT NULL';
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('migrate: made UM_USER_ID NOT NULL');
    END IF;
END@
-- A table whose columns were changed may need to be reorganised before it takes a key.
BEGIN
    IF EXISTS (SELECT 1 FROM SYSIBMADM.ADMINTABINFO
        WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER' AND REORG_PENDING = 'Y') THEN
        CALL SYSPROC.ADMIN_CMD('REORG TABLE "' || RTRIM(CURRENT SCHEMA) || '".UM_USER');
        CALL DBMS_OUTPUT.PUT_LINE('migrate: reorganised UM_USER');
    END IF;
END@
-- The key.
BEGIN
    DECLARE store VARCHAR(300);
    DECLARE users BIGINT DEFAULT 0;
    DECLARE id_keys INTEGER DEFAULT 0;
    DECLARE name_keys INTEGER DEFAULT 0;
    DECLARE statement_text VARCHAR(2000);
    DECLARE counting STATEMENT;
    SET store = '"' || RTRIM(CURRENT SCHEMA) || '".UM_USER';
    -- What a CHAR column has filled up with blanks; they count for nothing in a comparison.
    SET statement_text = 'UPDATE ' || store || ' SET UM_USER_ID = RTRIM(UM_USER_ID)'
        || ' WHERE LENGTH(UM_USER_ID) <> LENGTH(RTRIM(UM_USER_ID))';
    EXECUTE IMMEDIATE statement_text;
    SELECT COUNT(*) INTO id_keys FROM SYSCAT.INDEXES AS KEYS
    WHERE KEYS.TABSCHEMA = CURRENT SCHEMA AND KEYS.TABNAME = 'UM_USER' AND KEYS.UNIQUERULE IN ('U', 'P')
        AND KEYS.COLCOUNT = 2 AND 2 = (SELECT COUNT(*) FROM SYSCAT.INDEXCOLUSE AS PARTS
            WHERE PARTS.INDSCHEMA = KEYS.INDSCHEMA AND PARTS.INDNAME = KEYS.INDNAME
            AND PARTS.COLNAME IN ('UM_USER_ID', 'UM_TENANT_ID'));
    SELECT COUNT(*) INTO name_keys FROM SYSCAT.INDEXES AS KEYS
    WHERE KEYS.TABSCHEMA = CURRENT SCHEMA AND KEYS.TABNAME = 'UM_USER' AND KEYS.UNIQUERULE IN ('U', 'P')
        AND KEYS.COLCOUNT = 2 AND 2 = (SELECT COUNT(*) FROM SYSCAT.INDEXCOLUSE AS PARTS
            WHERE PARTS.INDSCHEMA = KEYS.INDSCHEMA AND PARTS.INDNAME = KEYS.INDNAME
            AND PARTS.COLNAME IN ('UM_USER_NAME', 'UM_TENANT_ID'));
    IF id_keys = 0 THEN
        SET statement_text = 'ALTER TABLE ' || store || ' ADD UNIQUE (UM_USER_ID, UM_TENANT_ID)';
        EXECUTE IMMEDIATE statement_text;
        CALL DBMS_OUTPUT.PUT_LINE('migrate: added the unique key (UM_USER_ID, UM_TENANT_ID)');
    END IF;
    IF name_keys = 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it');
    END IF;
    SET statement_text = 'SET ? = (SELECT COUNT(*) FROM ' || store || ')';
    PREPARE counting FROM statement_text;
    EXECUTE counting INTO users;
    CALL DBMS_OUTPUT.PUT_LINE('migrate: UM_USER is migrated, with ' || users || ' users; what was changed stands above;'
        || ' run verify.sql');
END@
