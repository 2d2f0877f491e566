-- H2: takes a user store of 4.0.0 back to 1.2.0: drops UM_USER.UM_USER_ID with its keys, and makes names unique again where
-- that was dropped. The ids are lost: a store that API Manager or Identity Server share gets others by the next migration.
-- Run it with all nodes stopped and after a backup, with the H2 of the server's own jar, never with -continueOnError:
--   java -cp h2-VERSION.jar org.h2.tools.RunScript -url "jdbc:h2:FILE;IFEXISTS=TRUE" -user USER -password PASSWORD \
--     -showResults -script rollback.sql
-- After a run that was killed, run it again. A second run changes nothing.

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

SET @refused = CASE
    WHEN @tables <> 3 OR @columns <> 7 THEN 'schema ' || SCHEMA() || ' is no user store of the Micro Integrator: '
        || (3 - @tables) || ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ' || (7 - @columns)
        || ' of the columns of UM_USER are missing'
    WHEN NOT @is_text THEN 'UM_USER_ID of UM_USER is no text: not the column of a user store'
    END;
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;
SET @repeated_names = NULL;
EXECUTE IMMEDIATE CASE WHEN @name_keys = 0 THEN
    'SET @repeated_names = (SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM UM_USER'
    || ' GROUP BY UM_USER_NAME, UM_TENANT_ID HAVING COUNT(*) > 1) AS REPEATED)'
    ELSE 'SET @nothing = 0' END;
SET @refused = CASE
    WHEN @repeated_names > 0 THEN @repeated_names || ' names are held by more than one user of a tenant; 1.2.0 needs'
        || ' them unique'
    END;
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;

-- Names first, so that no look-up is slow in between.
EXECUTE IMMEDIATE CASE WHEN @name_keys = 0 THEN
    'ALTER TABLE UM_USER ADD UNIQUE (UM_USER_NAME, UM_TENANT_ID)'
    ELSE 'SET @nothing = 0' END;
SELECT 'rollback: made names unique per tenant again' WHERE @name_keys = 0;

-- The keys that hold the column: one, or more where somebody added some.
SET @found_key = (SELECT MIN(USED.CONSTRAINT_NAME) FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS USED
    WHERE USED.TABLE_SCHEMA = SCHEMA() AND UPPER(USED.TABLE_NAME) = 'UM_USER'
    AND UPPER(USED.COLUMN_NAME) = 'UM_USER_ID');
EXECUTE IMMEDIATE CASE WHEN @found_key IS NOT NULL THEN
    'ALTER TABLE UM_USER DROP CONSTRAINT "' || REPLACE(@found_key, '"', '""') || '"'
    ELSE 'SET @nothing = 0' END;
SET @found_key = (SELECT MIN(USED.CONSTRAINT_NAME) FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS USED
    WHERE USED.TABLE_SCHEMA = SCHEMA() AND UPPER(USED.TABLE_NAME) = 'UM_USER'
    AND UPPER(USED.COLUMN_NAME) = 'UM_USER_ID');
EXECUTE IMMEDIATE CASE WHEN @found_key IS NOT NULL THEN
    'ALTER TABLE UM_USER DROP CONSTRAINT "' || REPLACE(@found_key, '"', '""') || '"'
    ELSE 'SET @nothing = 0' END;
SET @found_key = (SELECT MIN(USED.CONSTRAINT_NAME) FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS USED
    WHERE USED.TABLE_SCHEMA = SCHEMA() AND UPPER(USED.TABLE_NAME) = 'UM_USER'
    AND UPPER(USED.COLUMN_NAME) = 'UM_USER_ID');
EXECUTE IMMEDIATE CASE WHEN @found_key IS NOT NULL THEN
    'ALTER TABLE UM_USER DROP CONSTRAINT "' || REPLACE(@found_key, '"', '""') || '"'
    ELSE 'SET @nothing = 0' END;

EXECUTE IMMEDIATE CASE WHEN @there = 1 THEN
    'ALTER TABLE UM_USER DROP COLUMN UM_USER_ID'
    ELSE 'SET @nothing = 0' END;
SELECT 'rollback: dropped UM_USER_ID of UM_USER with its keys' WHERE @there = 1;
SELECT CASE WHEN @there = 1 OR @name_keys = 0 THEN 'rollback: done'
    ELSE 'rollback: UM_USER has no UM_USER_ID; nothing was changed' END;
