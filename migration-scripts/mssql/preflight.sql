-- SQL Server 2012 and later: looks at a user store of WSO2 Micro Integrator 1.2.0 before it is migrated to 4.0.0. Changes
-- nothing. Run it as the user of the data source; -b makes the client stop on errors:
--   sqlcmd -b -I -S SERVER -d DATABASE -U USER -i preflight.sql
-- Ends with "preflight: ready" or with an error that says what stands in the way.
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET ANSI_NULLS ON;
SET ANSI_PADDING ON;
SET ANSI_WARNINGS ON;
SET QUOTED_IDENTIFIER ON;
SET LOCK_TIMEOUT 10000;

-- Found as the server finds it: in the user's default schema, else in dbo. Statements that name UM_USER_ID or a column of
-- the table are made at run time, so that they compile where it is not there.
DECLARE @object INT = (SELECT TOP (1) stores.object_id FROM sys.tables AS stores
    WHERE UPPER(stores.name) = N'UM_USER' AND SCHEMA_NAME(stores.schema_id) IN (SCHEMA_NAME(), N'dbo')
    ORDER BY CASE WHEN SCHEMA_NAME(stores.schema_id) = SCHEMA_NAME() THEN 0 ELSE 1 END);
DECLARE @schema SYSNAME = OBJECT_SCHEMA_NAME(@object);
DECLARE @store NVARCHAR(600) = QUOTENAME(@schema) + N'.' + QUOTENAME(OBJECT_NAME(@object));
DECLARE @unfilled NVARCHAR(200) = N'(UM_USER_ID IS NULL OR UM_USER_ID IN ('''', ''N'', ''NONE''))';
DECLARE @missing INT, @message NVARCHAR(2000), @statement NVARCHAR(MAX);
DECLARE @column INT, @type SYSNAME, @length SMALLINT, @nullable BIT, @default SYSNAME;
DECLARE @users BIGINT = 0, @counted BIGINT = 0, @id_keys INT = 0, @name_keys INT = 0, @changed BIT = 0;

PRINT N'preflight: SQL Server ' + CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(100)) + N', database ' + DB_NAME()
    + N', user ' + USER_NAME() + N', schema ' + SCHEMA_NAME();
SET @missing = 3 - (SELECT COUNT(*) FROM sys.tables
    WHERE schema_id = SCHEMA_ID(@schema) AND UPPER(name) IN (N'UM_USER', N'UM_ROLE', N'UM_USER_ROLE'))
    + 7 - (SELECT COUNT(*) FROM sys.columns
    WHERE object_id = @object AND UPPER(name) IN (N'UM_ID', N'UM_USER_NAME', N'UM_USER_PASSWORD', N'UM_SALT_VALUE',
        N'UM_REQUIRE_CHANGE', N'UM_CHANGED_TIME', N'UM_TENANT_ID'));
IF @object IS NULL OR @missing <> 0
BEGIN
    SET @message = N'refused: database ' + DB_NAME() + N', schema ' + COALESCE(@schema, SCHEMA_NAME())
        + N', is no user store of the Micro Integrator: ' + CAST(@missing AS NVARCHAR(20))
        + N' of its tables UM_USER, UM_ROLE, UM_USER_ROLE and of the columns of UM_USER are missing';
    THROW 50001, @message, 1;
END;
SELECT @column = held.column_id, @type = types.name, @length = held.max_length, @nullable = held.is_nullable,
    @default = defaults.name
FROM sys.columns AS held
INNER JOIN sys.types AS types ON types.user_type_id = held.user_type_id
LEFT OUTER JOIN sys.default_constraints AS defaults ON defaults.object_id = held.default_object_id
WHERE held.object_id = @object AND UPPER(held.name) = N'UM_USER_ID';
IF @type NOT IN (N'varchar', N'char', N'nvarchar', N'nchar')
BEGIN
    SET @message = N'refused: UM_USER_ID of UM_USER is of type ' + @type + N': not the column of a user store';
    THROW 50001, @message, 1;
END;
IF HAS_PERMS_BY_NAME(@store, N'OBJECT', N'ALTER') <> 1
BEGIN
    SET @message = N'refused: the user ' + USER_NAME() + N' may not alter ' + @store + N'; its owner may';
    THROW 50001, @message, 1;
END;
SET @name_keys = (SELECT COUNT(*) FROM sys.indexes AS keys
    WHERE keys.object_id = @object AND keys.is_unique = 1 AND keys.has_filter = 0 AND keys.is_disabled = 0
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0)
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        INNER JOIN sys.columns AS held ON held.object_id = parts.object_id AND held.column_id = parts.column_id
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0
        AND UPPER(held.name) IN (N'UM_USER_NAME', N'UM_TENANT_ID')));
SET @statement = N'SELECT @counted = COUNT(*) FROM ' + @store;
EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @users OUTPUT;
PRINT N'preflight: table ' + @store + N' with ' + CAST(@users AS NVARCHAR(20)) + N' users';
IF @type IS NULL
    PRINT N'preflight: UM_USER_ID is not there yet';
ELSE
BEGIN
    SET @statement = N'SELECT @counted = COUNT(*) FROM (SELECT 1 AS one FROM ' + @store + N' WHERE NOT (' + @unfilled
        + N') GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS repeated';
    EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
    IF @counted > 0
    BEGIN
        SET @message = N'refused: ' + CAST(@counted AS NVARCHAR(20)) + N' ids are held by more than one user of a tenant;'
            + N' set UM_USER_ID to NONE where a new id may be given, and run this again';
        THROW 50001, @message, 1;
    END;
    SET @statement = N'SELECT @counted = COUNT(*) FROM ' + @store + N' WHERE LEN(UM_USER_ID) > 255';
    EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
    IF @counted > 0
    BEGIN
        SET @message = N'refused: ' + CAST(@counted AS NVARCHAR(20)) + N' ids are longer than 255 characters';
        THROW 50001, @message, 1;
    END;
END;
IF @type IS NOT NULL
BEGIN
    SET @statement = N'SELECT @counted = COUNT(*) FROM ' + @store + N' WHERE ' + @unfilled;
    EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
    PRINT N'preflight: UM_USER_ID is there as ' + @type + N'; ' + CAST(@counted AS NVARCHAR(20)) + N' of '
        + CAST(@users AS NVARCHAR(20)) + N' users have no id yet';
END;
IF @name_keys = 0
    PRINT N'warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it';
IF @name_keys = 0
BEGIN
    SET @statement = N'SELECT @counted = COUNT(*) FROM (SELECT 1 AS one FROM ' + @store
        + N' GROUP BY UM_USER_NAME, UM_TENANT_ID HAVING COUNT(*) > 1) AS repeated';
    EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
    IF @counted > 0
    BEGIN
        SET @message = N'refused: ' + CAST(@counted AS NVARCHAR(20))
            + N' names are held by more than one user of a tenant';
        THROW 50001, @message, 1;
    END;
END;
-- A column that an index or a foreign key holds cannot be changed. The key (UM_USER_ID, UM_TENANT_ID) is dropped for
-- that and comes back; migrate.sql drops no other.
IF @type <> N'varchar' OR @length <> 255 OR @nullable = 1
BEGIN
    SET @message = NULL;
    SELECT @message = COALESCE(@message + N', ', N'') + QUOTENAME(holders.name)
    FROM (
        SELECT keys.name AS name FROM sys.indexes AS keys
        WHERE keys.object_id = @object AND EXISTS (
            SELECT 1 FROM sys.index_columns AS parts
            WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.column_id = @column)
            AND NOT (keys.is_unique = 1 AND keys.is_primary_key = 0 AND keys.has_filter = 0
                AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
                    WHERE parts.object_id = @object AND parts.index_id = keys.index_id)
                AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
                    INNER JOIN sys.columns AS held ON held.object_id = parts.object_id AND held.column_id = parts.column_id
                    WHERE parts.object_id = @object AND parts.index_id = keys.index_id
                    AND UPPER(held.name) IN (N'UM_USER_ID', N'UM_TENANT_ID')))
        UNION ALL
        SELECT OBJECT_NAME(parts.constraint_object_id) AS name FROM sys.foreign_key_columns AS parts
        WHERE (parts.parent_object_id = @object AND parts.parent_column_id = @column)
            OR (parts.referenced_object_id = @object AND parts.referenced_column_id = @column)
    ) AS holders;
    IF @message IS NOT NULL
    BEGIN
        SET @message = N'refused: UM_USER_ID has to become VARCHAR(255) NOT NULL, and is held by ' + @message
            + N': drop them, migrate, and make them again afterwards';
        THROW 50001, @message, 1;
    END;
END;
IF DATABASEPROPERTYEX(DB_NAME(), 'Updateability') <> N'READ_WRITE'
BEGIN
    SET @message = N'refused: database ' + DB_NAME() + N' is read only: connect to the primary';
    THROW 50001, @message, 1;
END;
IF EXISTS (SELECT 1 FROM sys.tables WHERE object_id = @object AND (is_published = 1 OR is_tracked_by_cdc = 1))
    PRINT N'warning: the table is replicated or captured (CDC): its subscribers need the new column as well';
IF EXISTS (SELECT 1 FROM sys.triggers WHERE parent_id = @object AND is_disabled = 0)
    PRINT N'warning: the table has triggers; each user that gets an id is an update, which may run them';
PRINT N'preflight: ready';
GO
