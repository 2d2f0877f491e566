-- DB2 for Linux, Unix and Windows: looks at a user store of WSO2 Micro Integrator 1.2.0 before it is migrated to 4.0.0.
-- Changes nothing. Run it as the user of the data source; -s makes the client stop on errors:
--   db2 CONNECT TO DATABASE USER USER && db2 -s -td@ -f preflight.sql
-- For a store in another schema than the user's: db2 SET SCHEMA NAME after the CONNECT, in the same shell.
-- Ends with "preflight: ready", or with an error after a line that says what stands in the way.
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
    DECLARE users BIGINT DEFAULT 0;
    DECLARE counted BIGINT DEFAULT 0;
    DECLARE name_keys INTEGER DEFAULT 0;
    DECLARE statement_text VARCHAR(2000);
    DECLARE counting STATEMENT;
    SET store = '"' || RTRIM(CURRENT SCHEMA) || '".UM_USER';
    SET unfilled = 'UM_USER_ID IS NULL OR RTRIM(UM_USER_ID) IN ('''', ''N'', ''NONE'')';
    CALL DBMS_OUTPUT.PUT_LINE('preflight: DB2, database ' || RTRIM(CURRENT SERVER) || ', schema ' || RTRIM(CURRENT SCHEMA)
        || ', user ' || RTRIM(SESSION_USER));
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
    SET statement_text = 'SET ? = (SELECT COUNT(*) FROM ' || store || ')';
    PREPARE counting FROM statement_text;
    EXECUTE counting INTO users;
    CALL DBMS_OUTPUT.PUT_LINE('preflight: table UM_USER with ' || users || ' users');
    IF column_type IS NULL THEN
        CALL DBMS_OUTPUT.PUT_LINE('preflight: UM_USER_ID is not there yet');
    ELSE
        SET statement_text = 'SET ? = (SELECT COUNT(*) FROM ' || store || ' WHERE ' || unfilled || ')';
        PREPARE counting FROM statement_text;
        EXECUTE counting INTO counted;
        CALL DBMS_OUTPUT.PUT_LINE('preflight: UM_USER_ID is there as ' || column_type || '(' || column_length || '); '
            || counted || ' of ' || users || ' users have no id yet');
        SET statement_text = 'SET ? = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM ' || store || ' WHERE NOT ('
            || unfilled || ') GROUP BY RTRIM(UM_USER_ID), UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)';
        PREPARE counting FROM statement_text;
        EXECUTE counting INTO counted;
        IF counted > 0 THEN
            CALL DBMS_OUTPUT.PUT_LINE('refused: ' || counted || ' ids are held by more than one user of a tenant; set'
                || ' UM_USER_ID to NONE where a new id may be given, and run this again');
            SIGNAL SQLSTATE '75001' SET MESSAGE_TEXT = 'refused: ids are held by more than one user';
        END IF;
    END IF;
    IF name_keys = 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it');
    END IF;
    IF name_keys = 0 THEN
        SET statement_text = 'SET ? = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM ' || store
            || ' GROUP BY UM_USER_NAME, UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)';
        PREPARE counting FROM statement_text;
        EXECUTE counting INTO counted;
        IF counted > 0 THEN
            CALL DBMS_OUTPUT.PUT_LINE('refused: ' || counted || ' names are held by more than one user of a tenant');
            SIGNAL SQLSTATE '75001' SET MESSAGE_TEXT = 'refused: names are held by more than one user';
        END IF;
    END IF;
    -- Rights that come by a role or a group are not seen here, so this is only a warning.
    IF NOT EXISTS (SELECT 1 FROM SYSCAT.TABAUTH
        WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER' AND GRANTEE IN (SESSION_USER, 'PUBLIC')
        AND (CONTROLAUTH = 'Y' OR ALTERAUTH IN ('Y', 'G'))) THEN
        CALL DBMS_OUTPUT.PUT_LINE('warning: the user ' || RTRIM(SESSION_USER) || ' may have no right to ALTER UM_USER');
    END IF;
    SELECT COUNT(*) INTO counted FROM SYSCAT.TRIGGERS
    WHERE TABSCHEMA = CURRENT SCHEMA AND TABNAME = 'UM_USER' AND TRIGEVENT = 'U';
    IF counted > 0 THEN
        CALL DBMS_OUTPUT.PUT_LINE('warning: the table has ' || counted || ' triggers; each user that gets an id is an'
            || ' update, which runs them');
    END IF;
    CALL DBMS_OUTPUT.PUT_LINE('preflight: ready');
END@
