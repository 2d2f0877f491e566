-- MySQL, MariaDB: takes a user store of 4.0.0 back to 1.2.0: drops UM_USER.UM_USER_ID with its keys, and makes names
-- unique again where that was dropped. The ids are lost: a store that API Manager or Identity Server share gets others by
-- the next migration.
-- Run it as the user of the data source, with all nodes stopped and after a backup, never with --force:
--   mysql --batch --skip-column-names --user=USER --password DATABASE < rollback.sql
-- All changes are one statement: a run that is killed leaves the table as it was, or rolled back. A second run changes
-- nothing.

-- For this session only, and set back at the end. Strict, but for dates that an old table may hold; times in UTC, so that
-- none is changed by its zone; ten seconds of waiting for a node that still runs.
SET @old_sql_mode = @@SESSION.sql_mode, @old_time_zone = @@SESSION.time_zone,
    @old_safe_updates = @@SESSION.sql_safe_updates, @old_lock_wait_timeout = @@SESSION.lock_wait_timeout;
SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', SESSION time_zone = '+00:00',
    SESSION sql_safe_updates = 0, SESSION sql_big_selects = 1, SESSION lock_wait_timeout = 10;

-- One run at a time: two would both add the key. The lock goes with the connection.
SET @lock = GET_LOCK(CONCAT('um_user ', SHA1(IFNULL(DATABASE(), ''))), 10);

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
    WHEN @lock = 0 THEN 'another run works on this database'
    WHEN @is_text = 0 THEN CONCAT('UM_USER_ID of UM_USER is ', @column, ': not the column of a user store')
    END;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `rollback`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @repeated_names = NULL;
SET @statement = IF(@refused IS NULL AND @name_keys = 0,
    'SELECT COUNT(*) INTO @repeated_names FROM (SELECT 1 AS one FROM UM_USER GROUP BY UM_USER_NAME, '
    'UM_TENANT_ID HAVING COUNT(*) > 1) AS repeated', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @refused = CASE
    WHEN @refused IS NOT NULL THEN @refused
    WHEN @repeated_names > 0 THEN CONCAT(@repeated_names, ' names are held by more than one user of a tenant; 1.2.0 needs',
        ' them unique')
    END;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `rollback`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

-- Dropping the column alone would leave its keys with what remains of their columns.
SET @old_group_concat_max_len = @@SESSION.group_concat_max_len;
SET SESSION group_concat_max_len = 65536;
SET @keys = (SELECT GROUP_CONCAT(DISTINCT CONCAT('DROP INDEX `', REPLACE(INDEX_NAME, '`', '``'), '`') SEPARATOR ', ')
    FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER' AND COLUMN_NAME = 'UM_USER_ID');
SET SESSION group_concat_max_len = @old_group_concat_max_len;
-- FORCE writes the table anew: a column dropped without it stays in each row, unseen, and counts for the row's length.
SET @changes = CONCAT_WS(', ', @keys, IF(@type IS NULL, NULL, 'DROP COLUMN UM_USER_ID, FORCE'),
    IF(@name_keys > 0, NULL, 'ADD UNIQUE (UM_USER_NAME, UM_TENANT_ID)'));
SET @statement = IF(@refused IS NULL AND @changes <> '',
    'SELECT ''rollback: changing UM_USER; ERROR 1205 after this line means that a node still uses it: stop all '
    'nodes, and run this again'' AS `rollback`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL AND @changes <> '',
    CONCAT('ALTER TABLE UM_USER ', @changes), 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL,
    'SELECT IF(@changes = '''', ''rollback: UM_USER has no UM_USER_ID; nothing was changed'', '
    'CONCAT(''rollback: changed UM_USER: '', @changes)) AS `rollback`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

SET @statement = IF(@refused IS NULL AND @changes <> '',
    'SELECT ''rollback: done'' AS `rollback`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

SET SESSION sql_mode = @old_sql_mode, SESSION time_zone = @old_time_zone,
    SESSION sql_safe_updates = @old_safe_updates, SESSION lock_wait_timeout = @old_lock_wait_timeout;
