-- H2: for those who want exactly the keys of a fresh 4.0.0: drops the unique key (UM_USER_NAME, UM_TENANT_ID).
-- Not needed, and not advised: with it two users may have one name, and every look-up by name reads the whole table.
-- Run it after migrate.sql with all nodes stopped, with the H2 of the server's own jar, never with -continueOnError:
--   java -cp h2-VERSION.jar org.h2.tools.RunScript -url "jdbc:h2:FILE;IFEXISTS=TRUE" -user USER -password PASSWORD \
--     -showResults -script drop-user-name-unique.sql

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

SET @refused = CASE
    WHEN @tables <> 3 OR @columns <> 7 THEN 'schema ' || SCHEMA() || ' is no user store of the Micro Integrator: '
        || (3 - @tables) || ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ' || (7 - @columns)
        || ' of the columns of UM_USER are missing'
    WHEN NOT @is_text THEN 'UM_USER_ID of UM_USER is no text: not the column of a user store'
    WHEN @id_keys = 0 THEN 'UM_USER is not migrated: run migrate.sql first'
    END;
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;
SET @found_key = (SELECT MIN(FOUND.CONSTRAINT_NAME)
    FROM (SELECT USED.CONSTRAINT_NAME
    FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS USED
    JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS KEYS
        ON KEYS.CONSTRAINT_SCHEMA = USED.CONSTRAINT_SCHEMA AND KEYS.CONSTRAINT_NAME = USED.CONSTRAINT_NAME
    WHERE USED.TABLE_SCHEMA = SCHEMA() AND UPPER(USED.TABLE_NAME) = 'UM_USER' AND KEYS.CONSTRAINT_TYPE = 'UNIQUE'
    GROUP BY USED.CONSTRAINT_NAME
    HAVING COUNT(*) = 2
        AND SUM(CASE WHEN UPPER(USED.COLUMN_NAME) IN ('UM_USER_NAME', 'UM_TENANT_ID') THEN 1 ELSE 0 END) = 2) AS FOUND);
EXECUTE IMMEDIATE CASE WHEN @found_key IS NOT NULL THEN
    'ALTER TABLE UM_USER DROP CONSTRAINT "' || REPLACE(@found_key, '"', '""') || '"'
    ELSE 'SET @nothing = 0' END;
SELECT CASE WHEN @found_key IS NULL THEN 'drop-user-name-unique: there is no such key; nothing was changed'
    ELSE 'drop-user-name-unique: dropped ' || @found_key || '; for quick look-ups add an index on these columns' END;
