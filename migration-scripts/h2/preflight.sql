-- H2: looks at a user store of WSO2 Micro Integrator 1.2.0 before it is migrated to 4.0.0. Changes nothing.
-- Run it with all nodes stopped, with the H2 of the server's own jar, never with -continueOnError:
--   java -cp h2-VERSION.jar org.h2.tools.RunScript -url "jdbc:h2:FILE;IFEXISTS=TRUE" -user USER -password PASSWORD \
--     -showResults -script preflight.sql
-- Ends with "preflight: ready" or with an error that says what stands in the way. Neither release ships a script for H2.

-- What is there, in the schema of the connection; UM_USER_ID of other tables is another thing.
SET @refused = NULL;
SET @tables = (SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES
    WHERE TABLE_SCHEMA = SCHEMA() AND TABLE_TYPE IN ('TABLE', 'BASE TABLE')
    AND UPPER(TABLE_NAME) IN ('UM_USER', 'UM_ROLE', 'UM_USER_ROLE'));
SET @columns = (SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS
    WHERE TABLE_SCHEMA = SCHEMA() AND UPPER(TABLE_NAME) = 'UM_USER'
    AND UPPER(COLUMN_NAME) IN ('UM_ID', 'UM_USER_NAME', 'UM_USER_PASSWORD', 'UM_SALT_VALUE', 'UM_REQUIRE_CHANGE',
        'UM_CHANGED_TIME', 'UM_TENANT_ID'));
SET @there = (SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS
    WHERE TABLE_SCHEMA = SCHEMA() AND UPPER(TABLE_NAME) = 'UM_USER' AND UPPER(COLUMN_NAME) = 'UM_USER_ID');
SET @length = (SELECT CHARACTER_MAXIMUM_LENGTH FROM INFORMATION_SCHEMA.COLUMNS
    WHERE TABLE_SCHEMA = SCHEMA() AND UPPER(TABLE_NAME) = 'UM_USER' AND UPPER(COLUMN_NAME) = 'UM_USER_ID');
-- The type is a number in H2 1.4 and a name in H2 2.
SET @is_text = (SELECT CAST(DATA_TYPE AS VARCHAR(100)) IN ('12', '1', 'CHARACTER VARYING', 'CHARACTER')
    FROM INFORMATION_SCHEMA.COLUMNS
    WHERE TABLE_SCHEMA = SCHEMA() AND UPPER(TABLE_NAME) = 'UM_USER' AND UPPER(COLUMN_NAME) = 'UM_USER_ID');
SET @fits = (SELECT CAST(DATA_TYPE AS VARCHAR(100)) IN ('12', 'CHARACTER VARYING') AND CHARACTER_MAXIMUM_LENGTH = 255
    AND IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL FROM INFORMATION_SCHEMA.COLUMNS
    WHERE TABLE_SCHEMA = SCHEMA() AND UPPER(TABLE_NAME) = 'UM_USER' AND UPPER(COLUMN_NAME) = 'UM_USER_ID');
SET @name_keys = (SELECT COUNT(*) FROM (SELECT USED.CONSTRAINT_NAME
    FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS USED
    JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS KEYS
        ON KEYS.CONSTRAINT_SCHEMA = USED.CONSTRAINT_SCHEMA AND KEYS.CONSTRAINT_NAME = USED.CONSTRAINT_NAME
    WHERE USED.TABLE_SCHEMA = SCHEMA() AND UPPER(USED.TABLE_NAME) = 'UM_USER' AND KEYS.CONSTRAINT_TYPE = 'UNIQUE'
    GROUP BY USED.CONSTRAINT_NAME
    HAVING COUNT(*) = 2
        AND SUM(CASE WHEN UPPER(USED.COLUMN_NAME) IN ('UM_USER_NAME', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2) AS FOUND);

SELECT 'preflight: H2 ' || H2VERSION() || ', schema ' || SCHEMA() || ', user ' || USER();
SET @refused = CASE
    WHEN @tables <> 3 OR @columns <> 7 THEN 'schema ' || SCHEMA() || ' is no user store of the Micro Integrator: '
        || (3 - @tables) || ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ' || (7 - @columns)
        || ' of the columns of UM_USER are missing'
    WHEN NOT @is_text THEN 'UM_USER_ID of UM_USER is no text: not the column of a user store'
    END;
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;
SET @repeated_ids = NULL;
EXECUTE IMMEDIATE CASE WHEN @there = 1 THEN
    'SET @repeated_ids = (SELECT COUNT(*) FROM '
    || '(SELECT 1 AS ONE FROM UM_USER WHERE NOT (UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE''))'
    || ' GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)'
    ELSE 'SET @nothing = 0' END;
SET @long_ids = NULL;
EXECUTE IMMEDIATE CASE WHEN @there = 1 THEN
    'SET @long_ids = (SELECT COUNT(*) FROM UM_USER WHERE CHAR_LENGTH(UM_USER_ID) > 255)'
    ELSE 'SET @nothing = 0' END;
SET @users = NULL;
EXECUTE IMMEDIATE CASE WHEN TRUE THEN
    'SET @users = (SELECT COUNT(*) FROM UM_USER)'
    ELSE 'SET @nothing = 0' END;
SET @unfilled = NULL;
EXECUTE IMMEDIATE CASE WHEN @there = 1 THEN
    'SET @unfilled = (SELECT COUNT(*) FROM UM_USER'
    || ' WHERE UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE''))'
    ELSE 'SET @nothing = 0' END;
SET @repeated_names = NULL;
EXECUTE IMMEDIATE CASE WHEN @name_keys = 0 THEN
    'SET @repeated_names = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM UM_USER'
    || ' GROUP BY UM_USER_NAME, UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)'
    ELSE 'SET @nothing = 0' END;
SELECT 'preflight: table UM_USER with ' || @users || ' users';
SELECT 'preflight: UM_USER_ID is not there yet' WHERE @there = 0;
SELECT 'preflight: UM_USER_ID is there; ' || @unfilled || ' of ' || @users || ' users have no id yet' WHERE @there = 1;
SELECT 'preflight: names are unique per tenant' WHERE @name_keys > 0;
SELECT 'warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it' WHERE @name_keys = 0;
SET @refused = COALESCE(@refused, CASE
    WHEN @repeated_ids > 0 THEN @repeated_ids || ' ids are held by more than one user of a tenant; set UM_USER_ID to'
        || ' NONE where a new id may be given, and run this again'
    WHEN @long_ids > 0 THEN @long_ids || ' ids are longer than 255 characters'
    WHEN @repeated_names > 0 THEN @repeated_names || ' names are held by more than one user of a tenant'
    END);
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;
-- With -continueOnError the errors before this line stop nothing; it tells no lie all the same.
SELECT 'preflight: ready' WHERE @refused IS NULL;
