-- MySQL, MariaDB: migrates a user store of WSO2 Micro Integrator 1.2.0 to 4.0.0: UM_USER gets the column UM_USER_ID,
-- last, with a distinct id for each user, and the unique key (UM_USER_ID, UM_TENANT_ID). The names stay unique.
-- Run it as the user of the data source, with all nodes stopped and after a backup, never with --force:
--   mysql --batch --skip-column-names --user=USER --password DATABASE < migrate.sql
-- These servers commit each change of a table by itself, so each step looks first whether it is needed: after a run that
-- was killed, run it again. A second run changes nothing.

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
    WHEN @lock = 0 THEN 'another run works on this database'
    WHEN @is_text = 0 THEN CONCAT('UM_USER_ID of UM_USER is ', @column, ': not the column of a user store')
    END;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

-- Ids that cannot stay.
SET @repeated_ids = NULL;
SET @statement = IF(@refused IS NULL AND @type IS NOT NULL,
    'SELECT COUNT(*) INTO @repeated_ids FROM (SELECT 1 AS one FROM UM_USER WHERE NOT (UM_USER_ID IS NULL OR '
    'TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE'')) GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS '
    'repeated', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @long_ids = NULL;
SET @statement = IF(@refused IS NULL AND @type IS NOT NULL,
    'SELECT COUNT(*) INTO @long_ids FROM UM_USER WHERE CHAR_LENGTH(UM_USER_ID) > 255', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @refused = CASE
    WHEN @refused IS NOT NULL THEN @refused
    WHEN @repeated_ids > 0 THEN CONCAT(@repeated_ids, ' ids are held by more than one user of a tenant; set UM_USER_ID to',
        ' NONE where a new id may be given, and run this again')
    WHEN @long_ids > 0 THEN CONCAT(@long_ids, ' ids are longer than 255 characters')
    END;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL AND @@log_bin AND @@binlog_format = 'STATEMENT',
    'SELECT ''warning: the binary log is written by statement: each replica gets other ids'' AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

-- The column. Empty is not yet filled, as NULL, N and NONE are, which half-run scripts leave.
SET @statement = IF(@refused IS NULL AND NOT (@right IS TRUE AND @id_keys > 0),
    'SELECT ''migrate: changing UM_USER; ERROR 1205 after this line means that a node still uses it: stop all '
    'nodes, and run this again'' AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL AND @type IS NULL,
    'ALTER TABLE UM_USER ADD COLUMN UM_USER_ID VARCHAR(255) NOT NULL DEFAULT ''''', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL AND @type IS NULL,
    'SELECT ''migrate: added UM_USER_ID to UM_USER'' AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL AND @type IS NOT NULL AND @column NOT LIKE 'VARCHAR(255) %',
    'ALTER TABLE UM_USER MODIFY COLUMN UM_USER_ID VARCHAR(255) NULL', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL AND @type IS NOT NULL AND @column NOT LIKE 'VARCHAR(255) %',
    'SELECT CONCAT(''migrate: changed UM_USER_ID from '', @column, '' to VARCHAR(255)'') AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

-- The ids. UM_CHANGED_TIME may be set by each update on its own, unless it is named.
SET @filled = 0;
SET @statement = IF(@refused IS NULL,
    'UPDATE UM_USER SET UM_USER_ID = UUID(), UM_CHANGED_TIME = UM_CHANGED_TIME WHERE UM_USER_ID IS NULL OR '
    'TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE'')', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; SET @filled = ROW_COUNT(); DEALLOCATE PREPARE step;
COMMIT;
SET @statement = IF(@refused IS NULL AND @filled > 0,
    'SELECT CONCAT(''migrate: gave ids to '', @filled, '' users'') AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

-- What makes them stay right: never NULL, no default, unique per tenant.
SET @changes = CONCAT_WS(', ', IF(@right, NULL, 'MODIFY COLUMN UM_USER_ID VARCHAR(255) NOT NULL'),
    IF(@id_keys > 0, NULL, 'ADD UNIQUE (UM_USER_ID, UM_TENANT_ID)'));
SET @statement = IF(@refused IS NULL AND @changes <> '',
    CONCAT('ALTER TABLE UM_USER ', @changes), 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL AND @changes <> '',
    'SELECT CONCAT(''migrate: changed UM_USER: '', @changes) AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

SET @statement = IF(@refused IS NULL AND @name_keys = 0,
    'SELECT ''warning: there is no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it'' '
    'AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @users = NULL;
SET @statement = IF(@refused IS NULL,
    'SELECT COUNT(*) INTO @users FROM UM_USER', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NULL,
    'SELECT IF(@filled > 0 OR @changes <> '''', CONCAT(''migrate: done, '', @users, '' users; run '
    'verify.sql''), CONCAT(''migrate: UM_USER is migrated already, with '', @users, '' users; nothing was '
    'changed'')) AS `migrate`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;

SET SESSION sql_mode = @old_sql_mode, SESSION time_zone = @old_time_zone,
    SESSION sql_safe_updates = @old_safe_updates, SESSION lock_wait_timeout = @old_lock_wait_timeout;
