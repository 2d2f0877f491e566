-- MySQL, MariaDB: looks at a user store of WSO2 Micro Integrator 1.2.0 before it is migrated to 4.0.0. Changes nothing.
-- Run it as the user of the data source, never with --force:
--   mysql --batch --skip-column-names --user=USER --password DATABASE < preflight.sql
-- Ends with "preflight: ready" or with an error; the line before it says what stands in the way.

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
SET @name_keys = (SELECT COUNT(*) FROM (SELECT INDEX_NAME FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER' AND NON_UNIQUE = 0
    GROUP BY INDEX_NAME
    HAVING COUNT(*) = 2 AND SUM(COLUMN_NAME IN ('UM_USER_NAME', 'UM_TENANT_ID') AND SUB_PART IS NULL) = 2)
    AS unique_keys);

SELECT CONCAT('preflight: server ', VERSION(), ', database ', IFNULL(DATABASE(), '(none)'), ', user ',
    CURRENT_USER()) AS `preflight`;
SET @refused = CASE
    WHEN DATABASE() IS NULL THEN 'no database is chosen: name it on the command line'
    WHEN @tables <> 3 OR @columns <> 7 THEN CONCAT('database ', DATABASE(),
        ' is no user store of the Micro Integrator: ', 3 - @tables, ' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and ',
        7 - @columns, ' of the columns of UM_USER are missing')
    WHEN @is_text = 0 THEN CONCAT('UM_USER_ID of UM_USER is ', @column, ': not the column of a user store')
    END;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `preflight`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @users = NULL;
SET @statement = IF(TRUE,
    'SELECT COUNT(*) INTO @users FROM UM_USER', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @unfilled = NULL;
SET @statement = IF(@type IS NOT NULL,
    'SELECT COUNT(*) INTO @unfilled FROM UM_USER WHERE UM_USER_ID IS NULL OR TRIM(UM_USER_ID) IN ('''', '
    '''N'', ''NONE'')', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @repeated_ids = NULL;
SET @statement = IF(@type IS NOT NULL,
    'SELECT COUNT(*) INTO @repeated_ids FROM (SELECT 1 AS one FROM UM_USER WHERE NOT (UM_USER_ID IS NULL OR '
    'TRIM(UM_USER_ID) IN ('''', ''N'', ''NONE'')) GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS '
    'repeated', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @long_ids = NULL;
SET @statement = IF(@type IS NOT NULL,
    'SELECT COUNT(*) INTO @long_ids FROM UM_USER WHERE CHAR_LENGTH(UM_USER_ID) > 255', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @repeated_names = NULL;
SET @statement = IF(@name_keys = 0,
    'SELECT COUNT(*) INTO @repeated_names FROM (SELECT 1 AS one FROM UM_USER GROUP BY UM_USER_NAME, '
    'UM_TENANT_ID HAVING COUNT(*) > 1) AS repeated', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SELECT CONCAT('preflight: table UM_USER of engine ', ENGINE, ' with ', @users, ' users, ',
        ROUND((DATA_LENGTH + INDEX_LENGTH) / 1048576), ' MB; as much free space is needed again') AS `preflight`
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER';
SELECT IF(@type IS NULL, 'preflight: UM_USER_ID is not there yet', CONCAT('preflight: UM_USER_ID is there as ', @column,
    '; ', @unfilled, ' of ', @users, ' users have no id yet')) AS `preflight`;
SELECT IF(@name_keys > 0, 'preflight: names are unique per tenant',
    'warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it') AS `preflight`;
SET @statement = IF(@@log_bin AND @@binlog_format = 'STATEMENT',
    'SELECT ''warning: the binary log is written by statement: each replica would get other ids; migrate '
    'with binlog_format ROW, or the replicas each by itself'' AS `preflight`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
-- Replication and modes, for the record. SHOW, since not every server has each of them.
SHOW VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', 'read_only', 'super_read_only', 'wsrep_on',
    'tx_read_only', 'transaction_read_only', 'explicit_defaults_for_timestamp', 'sql_safe_updates',
    'lower_case_table_names');
SELECT CONCAT('warning: ', COUNT(*), ' triggers run when a user gets an id: ', GROUP_CONCAT(TRIGGER_NAME))
    AS `preflight`
    FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'UM_USER'
    AND EVENT_MANIPULATION = 'UPDATE' HAVING COUNT(*) > 0;
-- Rights that come by a role are not seen here, so this is only a warning.
SET @grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''');
SELECT CONCAT('warning: the user ', @grantee, ' may have no right to ALTER UM_USER') AS `preflight` FROM DUAL WHERE
    NOT EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES
        WHERE GRANTEE = @grantee AND PRIVILEGE_TYPE = 'ALTER')
    AND NOT EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
        WHERE GRANTEE = @grantee AND PRIVILEGE_TYPE = 'ALTER' AND DATABASE() LIKE TABLE_SCHEMA)
    AND NOT EXISTS (SELECT 1 FROM information_schema.TABLE_PRIVILEGES
        WHERE GRANTEE = @grantee AND PRIVILEGE_TYPE = 'ALTER' AND TABLE_SCHEMA = DATABASE()
        AND TABLE_NAME = 'UM_USER');
SELECT CONCAT('warning: ', COUNT(*), ' other connections to this database: stop all nodes before migrating') AS `preflight`
    FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID() HAVING COUNT(*) > 0;
-- The servers have other names for it; each reads its own part of the line.
SET @reads_only = 0 /*!50720 + @@SESSION.transaction_read_only */ /*M!100000 + @@SESSION.tx_read_only */;
SET @refused = COALESCE(@refused, CASE
    WHEN @reads_only THEN 'this session is read only (tx_read_only, transaction_read_only)'
    WHEN @@read_only THEN 'this server is read only: connect to the primary'
    WHEN @repeated_ids > 0 THEN CONCAT(@repeated_ids, ' ids are held by more than one user of a tenant')
    WHEN @long_ids > 0 THEN CONCAT(@long_ids, ' ids are longer than 255 characters')
    WHEN @repeated_names > 0 THEN CONCAT(@repeated_names, ' names are held by more than one user of a tenant')
    END);
SET @statement = IF(@refused IS NOT NULL,
    'SELECT CONCAT(''refused: '', @refused) AS `preflight`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
SET @statement = IF(@refused IS NOT NULL,
    'SELECT `refused, see the line before`', 'DO 0');
PREPARE step FROM @statement; EXECUTE step; DEALLOCATE PREPARE step;
-- With --force the errors before this line stop nothing; it tells no lie all the same.
SELECT 'preflight: ready' AS `preflight` FROM DUAL WHERE @refused IS NULL;
