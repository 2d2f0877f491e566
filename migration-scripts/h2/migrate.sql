-- H2: migrates a user store of WSO2 Micro Integrator 1.2.0 to 4.0.0: UM_USER gets the column UM_USER_ID, last, with a
-- distinct id for each user, and the unique key (UM_USER_ID, UM_TENANT_ID). The names stay unique.
-- Run it with all nodes stopped and after a backup, with the H2 of the server's own jar, never with -continueOnError:
--   java -cp h2-VERSION.jar org.h2.tools.RunScript -url "jdbc:h2:FILE;IFEXISTS=TRUE" -user USER -password PASSWORD \
--     -showResults -script migrate.sql
-- H2 commits each change of a table by itself, so each step looks first whether it is needed: after a run that was killed,
-- run it again. A second run changes nothing. Neither release ships a script for H2.

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

SET @refused = CASE
    WHEN @tables <> 3 OR @columns <> 7 THEN 'schema ' || SCHEMA() || ' is no user store of the Micro Integrator: '
        || (3 - @tables) || ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ' || (7 - @columns)
        || ' of the columns of UM_USER are missing'
    WHEN NOT @is_text THEN 'UM_USER_ID of UM_USER is no text: not the column of a user store'
    END;
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;

-- Ids that cannot stay.
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
SET @refused = CASE
    WHEN @repeated_ids > 0 THEN @repeated_ids || ' ids are held by more than one user of a tenant; set UM_USER_ID to'
        || ' NONE where a new id may be given, and run this again'
    WHEN @long_ids > 0 THEN @long_ids || ' ids are longer than 255 characters'
    END;
EXECUTE IMMEDIATE CASE WHEN @refused IS NOT NULL THEN
    'SET @nothing = SIGNAL(''75001'', ''refused: '' || @refused)'
    ELSE 'SET @nothing = 0' END;

-- The column.
EXECUTE IMMEDIATE CASE WHEN @there = 0 THEN
    'ALTER TABLE UM_USER ADD COLUMN UM_USER_ID VARCHAR(255)'
    ELSE 'SET @nothing = 0' END;
SELECT 'migrate: added UM_USER_ID to UM_USER' WHERE @there = 0;
EXECUTE IMMEDIATE CASE WHEN @there = 1 AND NOT @fits THEN
    'ALTER TABLE UM_USER ALTER COLUMN UM_USER_ID SET DATA TYPE VARCHAR(255)'
    ELSE 'SET @nothing = 0' END;
-- What a CHAR column has filled up with blanks.
EXECUTE IMMEDIATE CASE WHEN @there = 1 THEN
    'UPDATE UM_USER SET UM_USER_ID = RTRIM(UM_USER_ID), UM_CHANGED_TIME = UM_CHANGED_TIME'
    || ' WHERE UM_USER_ID LIKE ''% '''
    ELSE 'SET @nothing = 0' END;

-- The ids; NULL, empty, N and NONE are what half-run scripts leave.
SET @unfilled = NULL;
EXECUTE IMMEDIATE CASE WHEN TRUE THEN
    'SET @unfilled = (SELECT COUNT(*) FROM UM_USER'
    || ' WHERE UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE''))'
    ELSE 'SET @nothing = 0' END;
EXECUTE IMMEDIATE CASE WHEN @unfilled > 0 THEN
    'UPDATE UM_USER SET UM_USER_ID = RANDOM_UUID(), UM_CHANGED_TIME = UM_CHANGED_TIME'
    || ' WHERE UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE'')'
    ELSE 'SET @nothing = 0' END;
COMMIT;
SELECT 'migrate: gave ids to ' || @unfilled || ' users' WHERE @unfilled > 0;

-- What makes them stay right: never NULL, no default, unique per tenant.
SET @fits = COALESCE(@fits, FALSE);
EXECUTE IMMEDIATE CASE WHEN NOT @fits THEN
    'ALTER TABLE UM_USER ALTER COLUMN UM_USER_ID DROP DEFAULT'
    ELSE 'SET @nothing = 0' END;
EXECUTE IMMEDIATE CASE WHEN NOT @fits THEN
    'ALTER TABLE UM_USER ALTER COLUMN UM_USER_ID SET NOT NULL'
    ELSE 'SET @nothing = 0' END;
SELECT 'migrate: made UM_USER_ID VARCHAR(255) NOT NULL without a default' WHERE NOT @fits;
EXECUTE IMMEDIATE CASE WHEN @id_keys = 0 THEN
    'ALTER TABLE UM_USER ADD UNIQUE (UM_USER_ID, UM_TENANT_ID)'
    ELSE 'SET @nothing = 0' END;
SELECT 'migrate: added the unique key (UM_USER_ID, UM_TENANT_ID)' WHERE @id_keys = 0;
SELECT 'warning: there is no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it' WHERE @name_keys = 0;
SET @users = NULL;
EXECUTE IMMEDIATE CASE WHEN TRUE THEN
    'SET @users = (SELECT COUNT(*) FROM UM_USER)'
    ELSE 'SET @nothing = 0' END;
SELECT CASE WHEN @unfilled > 0 OR NOT @fits OR @id_keys = 0 THEN 'migrate: done, ' || @users || ' users; run verify.sql'
    ELSE 'migrate: UM_USER is migrated already, with ' || @users || ' users; nothing was changed' END;
