-- DB2 for Linux, Unix and Windows: checks a user store that was migrated to 4.0.0. Changes nothing.
-- Run it as the user of the data source; -s makes the client stop on errors:
--   db2 CONNECT TO DATABASE USER USER && db2 -s -td@ -f verify.sql
-- For a store in another schema than the user's: db2 SET SCHEMA NAME after the CONNECT, in the same shell.
-- Ends with "verify: right", or with an error after a line that says what is wrong.
SET SERVEROUTPUT ON@

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
    DECLARE last_place INTEGER;
    DECLARE users BIGINT DEFAULT 0;
    DECLARE counted BIGINT DEFAULT 0;
    DECLARE id_keys INTEGER DEFAULT 0;
    DECLARE name_keys INTEGER DEFAULT 0;
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
    IF column_type IS NULL THEN
        CALL DBMS_OUTPUT.PUT_LINE('wrong: UM_USER has no column UM_USER_ID: run migrate.sql');
        SIGNAL SQLSTATE '75002' SET MESSAGE_TEXT = 'wrong: UM_USER has no column UM_USER_ID';
    END IF;
    SELECT MAX(COLNO) INTO last_place FROM SYSCAT.COLUMNS WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER';
    IF column_place <> last_place THEN
        CALL DBMS_OUTPUT.PUT_LINE('warning: UM_USER_ID is not the last column: no node of 1.2.0 may use this database');
    END IF;
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
    IF name_keys = 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it');
    END IF;
    SET statement_text = 'SET ? = (SELECT COUNT(*) FROM ' || store || ')';
    PREPARE counting FROM statement_text;
    EXECUTE counting INTO users;
    SET statement_text = 'SET ? = (SELECT COUNT(*) FROM ' || store || ' WHERE ' || unfilled || ')';
    PREPARE counting FROM statement_text;
    EXECUTE counting INTO counted;
    CALL DBMS_OUTPUT.PUT_LINE('verify: ' || users || ' users, ' || counted || ' without an id');
    IF counted > 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('wrong: ' || counted || ' users have no id');
        SIGNAL SQLSTATE '75002' SET MESSAGE_TEXT = 'wrong: users without an id';
    END IF;
    SET statement_text = 'SET ? = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM ' || store
        || ' GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)';
    PREPARE counting FROM statement_text;
    EXECUTE counting INTO counted;
    CALL DBMS_OUTPUT.PUT_LINE('verify: ' || counted || ' repeated ids');
    IF counted > 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('wrong: ' || counted || ' ids are held by more than one user of a tenant');
        SIGNAL SQLSTATE '75002' SET MESSAGE_TEXT = 'wrong: repeated ids';
    END IF;
    IF column_type <> 'VARCHAR' OR column_length <> 255 OR column_nulls = 'Y' OR column_default IS NOT NULL THEN
        CALL DBMS_OUTPUT.PUT_LINE('wrong: UM_USER_ID is not VARCHAR(255) NOT NULL without a default');
        SIGNAL SQLSTATE '75002' SET MESSAGE_TEXT = 'wrong: the column UM_USER_ID';
    END IF;
    IF id_keys = 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('wrong: there is no unique key on (UM_USER_ID, UM_TENANT_ID)');
        SIGNAL SQLSTATE '75002' SET MESSAGE_TEXT = 'wrong: no unique key on (UM_USER_ID, UM_TENANT_ID)';
    END IF;
    CALL DBMS_OUTPUT.PUT_LINE('verify: right');
END@
