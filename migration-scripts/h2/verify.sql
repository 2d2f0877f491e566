-- H2: checks a user store that was migrated to 4.0.0. Changes nothing.
-- Run it with all nodes stopped, with the H2 of the server's own jar, never with -continueOnError:
--   java -cp h2-VERSION.jar org.h2.tools.RunScript -url "jdbc:h2:FILE;IFEXISTS=TRUE" -user USER -password PASSWORD \
--     -showResults -script verify.sql
-- Ends with "verify: right" or with an error that says what is wrong.

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
SET @id_keys = (SELECT COUNT(*) FROM (SELECT USED.CONSTRAINT_NAME
    FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS USED
    JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS KEYS
        ON KEYS.CONSTRAINT_SCHEMA = USED.CONSTRAINT_SCHEMA AND KEYS.CONSTRAINT_NAME = USED.CONSTRAINT_NAME
    WHERE USED.TABLE_SCHEMA = SCHEMA() AND UPPER(USED.TABLE_NAME) = 'UM_USER' AND KEYS.CONSTRAINT_TYPE = 'UNIQUE'
    GROUP BY USED.CONSTRAINT_NAME
    HAVING COUNT(*) = 2
        AND SUM(CASE WHEN UPPER(USED.COLUMN_NAME) IN ('UM_USER_ID', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2) AS FOUND);
SET @name_keys = (SELECT COUNT(*) FROM (SELECT USED.CONSTRAINT_NAME
    FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS USED
    JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS KEYS
        ON KEYS.CONSTRAINT_SCHEMA = USED.CONSTRAINT_SCHEMA AND KEYS.CONSTRAINT_NAME = USED.CONSTRAINT_NAME
    WHERE USED.TABLE_SCHEMA = SCHEMA() AND UPPER(USED.TABLE_NAME) = 'UM_USER' AND KEYS.CONSTRAINT_TYPE = 'UNIQUE'
    GROUP BY USED.CONSTRAINT_NAME
    HAVING COUNT(*) = 2
        AND SUM(CASE WHEN UPPER(USED.COLUMN_NAME) IN ('UM_USER_NAME', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2) AS FOUND);
SET @is_last = (SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS
    WHERE TABLE_SCHEMA = SCHEMA() AND UPPER(TABLE_NAME) = 'UM_USER' AND UPPER(COLUMN_NAME) = 'UM_USER_ID'
    AND ORDINAL_POSITION = (SELECT MAX(LATER.ORDINAL_POSITION) FROM INFORMATION_SCHEMA.COLUMNS AS LATER
        WHERE LATER.TABLE_SCHEMA = SCHEMA() AND UPPER(LATER.TABLE_NAME) = 'UM_USER'));

SET @refused = CASE
    WHEN @tables <> 3 OR @columns <> 7 THEN 'schema ' || SCHEMA() || ' is no user store of the Micro Integrator: '
        || (3 - @tables) || ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ' || (7 - @columns)
        || ' of the columns of UM_USER are missing'
    WHEN NOT @is_text THEN 'UM_USER_ID of UM_USER is no text: not the column of a user store'
    END;
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;
SET @refused = COALESCE(@refused, CASE
    WHEN @there = 0 THEN 'UM_USER has no column UM_USER_ID: run migrate.sql'
    END);
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''wrong: '' || @refused)'
    ELSE 'SET @nothing = 0' END;
SET @users = NULL;
EXECUTE IMMEDIATE CASE WHEN TRUE THEN
    'SET @users = (SELECT COUNT(*) FROM UM_USER)'
    ELSE 'SET @nothing = 0' END;
SET @unfilled = NULL;
EXECUTE IMMEDIATE CASE WHEN TRUE THEN
    'SET @unfilled = (SELECT COUNT(*) FROM UM_USER'
    || ' WHERE UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE''))'
    ELSE 'SET @nothing = 0' END;
SET @repeated_ids = NULL;
EXECUTE IMMEDIATE CASE WHEN TRUE THEN
    'SET @repeated_ids = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM UM_USER'
    || ' GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)'
    ELSE 'SET @nothing = 0' END;
SELECT 'verify: ' || @users || ' users, ' || @unfilled || ' without an id, ' || @repeated_ids || ' repeated ids';
SELECT 'warning: UM_USER_ID is not the last column: no node of 1.2.0 may use this database' WHERE @is_last = 0;
SELECT 'warning: names are not unique per tenant: their unique key was dropped' WHERE @name_keys = 0;
SET @refused = COALESCE(@refused, CASE
    WHEN NOT @fits THEN 'UM_USER_ID is not VARCHAR(255) NOT NULL without a default'
    WHEN @unfilled > 0 THEN @unfilled || ' users have no id'
    WHEN @repeated_ids > 0 THEN @repeated_ids || ' ids are held by more than one user of a tenant'
    WHEN @id_keys = 0 THEN 'there is no unique key on (UM_USER_ID, UM_TENANT_ID)'
    END);
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''wrong: '' || @refused)'
    ELSE 'SET @nothing = 0' END;
-- With -continueOnError the errors before this line stop nothing; it tells no lie all the same.
SELECT 'verify: right' WHERE @refused IS NULL;
