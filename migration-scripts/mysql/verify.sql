-- MySQL, MariaDB: checks a user store that was migrated to 4.0.0. Changes nothing.
-- Run it as the user of the data source, never with --force:
--   mysql --batch --skip-column-names --user=USER --password DATABASE < verify.sql
-- Ends with "verify: right" or with an error; the line before it says what is wrong.

-- For this session only: modes that give an empty text another meaning, and a client with safe updates, which stops at
-- large tables.
SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', SESSION sql_big_selects = 1;

-- What is there. The database is the connection's; UM_USER_ID of other tables is another thing.
SET @tables = (SELECT COUNT(*) FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'
    -- Names that differ by case alone are two tables, unless the server takes them for one.
    AND IF(@@lower_case_table_names = 0, CAST(TABLE_NAME AS BINARY), UPPER(TABLE_NAME))
        IN ('UM_USER', 'UM_ROLE', 'UM_USER_ROLE'));
SET @columns = (SELECT COUNT(*) FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER'
    AND COLUMN_NAME IN ('UM_ID', 'UM_USER_NAME', 'UM_USER_PASSWORD', 'UM_SALT_VALUE', 'UM_REQUIRE_CHANGE',
        'UM_CHANGED_TIME', 'UM_TENANT_ID'));
SET @type = NULL, @column = NULL, @right = NULL, @is_text = NULL, @is_last = NULL;
SELECT DATA_TYPE, CONCAT(UPPER(COLUMN_TYPE), IF(IS_NULLABLE = 'NO', ' NOT NULL', ' NULL')),
    DATA_TYPE = 'varchar' AND CHARACTER_MAXIMUM_LENGTH = 255 AND IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL,
    DATA_TYPE IN ('char', 'varchar', 'tinytext', 'text'),
    ORDINAL_POSITION = (SELECT MAX(ORDINAL_POSITION) FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER')
    INTO @type, @column, @right, @is_text, @is_last
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER' AND COLUMN_NAME = 'UM_USER_ID';
SET @id_keys = (SELECT COUNT(*) FROM (SELECT INDEX_NAME FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER' AND NON_UNIQUE = 0
    GROUP BY INDEX_NAME
    HAVING COUNT(*) = 2 AND SUM(COLUMN_NAME IN ('UM_USER_ID', 'UM_TENANT_ID') AND SUB_PART IS NULL) = 2)
    AS unique_keys);
SET @name_keys = (SELECT COUNT(*) FROM (SELECT INDEX_NAME FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER' AND NON_UNIQUE = 0
    GROUP BY INDEX_NAME
    HAVING COUNT(*) = 2 AND SUM(COLUMN_NAME IN ('UM_USER_NAME', 'UM_TENANT_ID') AND SUB_PART IS NULL) = 2)
    AS unique_keys);

SET @refused = CASE
    WHEN DATABASE() IS NULL THEN 'no database is chosen: name it on the command line'
    WHEN @tables <> 3 OR @columns <> 7 THEN CONCAT('database ', DATABASE(),
        ' is no user store of the Micro Integrator: ', 3 - @tables, ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ',
        7 - @columns, ' of the columns of UM_USER are missing')
    WHEN @is_text = 0 THEN CONCAT('UM_USER_ID of UM_USER is ', @column, ': not the column of a user store')
    END;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `verify`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @refused = COALESCE(@refused, CASE
    WHEN @type IS NULL THEN 'UM_USER has no column UM_USER_ID: run migrate.sql'
    END);
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''wrong: '', @refused) AS `verify`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `wrong, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @users = NULL;
SET @statement = IF(TRUE,
    'SELECT COUNT(*) INTO @users FROM UM_USER', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @unfilled = NULL;
SET @statement = IF(@refused IS NULL,
    'SELECT COUNT(*) INTO @unfilled FROM UM_USER WHERE UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN ('''', '
    '''N'', ''NONE'')', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @repeated_ids = NULL;
SET @statement = IF(@refused IS NULL,
    'SELECT COUNT(*) INTO @repeated_ids FROM (SELECT 1 AS one FROM UM_USER GROUP BY UM_USER_ID, UM_TENANT_ID '
    'HAVING COUNT(*) > 1) AS repeated', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SELECT CONCAT('verify: ', @users, ' users, ', @unfilled, ' without an id, ', @repeated_ids, ' repeated ids') AS `verify`;
SET @statement = IF(@is_last = 0,
    'SELECT ''warning: UM_USER_ID is not the last column: no node of 1.2.0 may use this database'' AS '
    '`verify`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@id_keys > 1,
    'SELECT ''warning: more than one unique key on (UM_USER_ID, UM_TENANT_ID): all but one can be dropped'' AS '
    '`verify`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@name_keys = 0,
    'SELECT ''warning: names are not unique per tenant: their unique key was dropped'' AS `verify`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @refused = COALESCE(@refused, CASE
    WHEN NOT @right THEN CONCAT('UM_USER_ID is ', @column, ', not VARCHAR(255) NOT NULL without a default')
    WHEN @unfilled > 0 THEN CONCAT(@unfilled, ' users have no id')
    WHEN @repeated_ids > 0 THEN CONCAT(@repeated_ids, ' ids are held by more than one user of a tenant')
    WHEN @id_keys = 0 THEN 'there is no unique key on (UM_USER_ID, UM_TENANT_ID)'
    END);
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''wrong: '', @refused) AS `verify`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `wrong, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
-- With --force the errors before this line stop nothing; it tells no lie all the same.
SELECT 'verify: right' AS `verify` FROM DUAL WHERE @refused IS NULL;
