-- MySQL, MariaDB: for those who want exactly the keys of a fresh 4.0.0: drops the unique key (UM_USER_NAME, UM_TENANT_ID).
-- Not needed, and not advised: with it two users may have one name, and every look-up by name reads the whole table.
-- Run it as the user of the data source, after migrate.sql, never with --force:
--   mysql --batch --skip-column-names --user=USER --password DATABASE < drop-user-name-unique.sql

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

SET @refused = CASE
    WHEN DATABASE() IS NULL THEN 'no database is chosen: name it on the command line'
    WHEN @tables <> 3 OR @columns <> 7 THEN CONCAT('database ', DATABASE(),
        ' is no user store of the Micro Integrator: ', 3 - @tables, ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ',
        7 - @columns, ' of the columns of UM_USER are missing')
    WHEN @is_text = 0 THEN CONCAT('UM_USER_ID of UM_USER is ', @column, ': not the column of a user store')
    WHEN @id_keys = 0 THEN 'UM_USER is not migrated: run migrate.sql first'
    END;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `drop-user-name-unique`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @old_group_concat_max_len = @@SESSION.group_concat_max_len;
SET SESSION group_concat_max_len = 65536;
SET @keys = (SELECT GROUP_CONCAT(CONCAT('DROP INDEX `', REPLACE(INDEX_NAME, '`', '``'), '`') SEPARATOR ', ')
    FROM (SELECT INDEX_NAME FROM information_schema.STATISTICS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER' AND NON_UNIQUE = 0
        GROUP BY INDEX_NAME
        HAVING COUNT(*) = 2 AND SUM(COLUMN_NAME IN ('UM_USER_NAME', 'UM_TENANT_ID') AND SUB_PART IS NULL) = 2)
        AS unique_keys);
SET SESSION group_concat_max_len = @old_group_concat_max_len;
SET @statement = IF(@refused IS NULL AND @keys IS NOT NULL,
    CONCAT('ALTER TABLE UM_USER ', @keys), 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL,
    'SELECT IF(@keys IS NULL, ''drop-user-name-unique: there is no such key; nothing was changed'', '
    'CONCAT(''drop-user-name-unique: changed UM_USER: '', @keys, ''; for quick look-ups add INDEX '
    '(UM_USER_NAME, UM_TENANT_ID)'')) AS `drop-user-name-unique`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
