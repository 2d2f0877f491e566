-- SQL Server 2012 and later: checks a user store that was migrated to 4.0.0. Changes nothing.
-- Run it as the user of the data source; -b makes the client stop on errors:
--   sqlcmd -b -I -S SERVER -d DATABASE -U USER -i verify.sql
-- Ends with "verify: right" or with an error that says what is wrong.
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
IF @type IS NULL
BEGIN
    SET @message = N'wrong: ' + @store + N' has no column UM_USER_ID: run migrate.sql';
    THROW 50002, @message, 1;
END;
SET @id_keys = (SELECT COUNT(*) FROM sys.indexes AS keys
    WHERE keys.object_id = @object AND keys.is_unique = 1 AND keys.has_filter = 0 AND keys.is_disabled = 0
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0)
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        INNER JOIN sys.columns AS held ON held.object_id = parts.object_id AND held.column_id = parts.column_id
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0
        AND UPPER(held.name) IN (N'UM_USER_ID', N'UM_TENANT_ID')));
SET @name_keys = (SELECT COUNT(*) FROM sys.indexes AS keys
    WHERE keys.object_id = @object AND keys.is_unique = 1 AND keys.has_filter = 0 AND keys.is_disabled = 0
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0)
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        INNER JOIN sys.columns AS held ON held.object_id = parts.object_id AND held.column_id = parts.column_id
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0
        AND UPPER(held.name) IN (N'UM_USER_NAME', N'UM_TENANT_ID')));
IF @column <> (SELECT MAX(column_id) FROM sys.columns WHERE object_id = @object)
    PRINT N'warning: UM_USER_ID is not the last column: no node of 1.2.0 may use this database';
IF @name_keys = 0
    PRINT N'warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it';
SET @statement = N'SELECT @counted = COUNT(*) FROM ' + @store;
EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @users OUTPUT;
SET @statement = N'SELECT @counted = COUNT(*) FROM ' + @store + N' WHERE ' + @unfilled;
EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
PRINT N'verify: ' + CAST(@users AS NVARCHAR(20)) + N' users, ' + CAST(@counted AS NVARCHAR(20)) + N' without an id';
IF @counted > 0
BEGIN
    SET @message = N'wrong: ' + CAST(@counted AS NVARCHAR(20)) + N' users have no id';
    THROW 50002, @message, 1;
END;
SET @statement = N'SELECT @counted = COUNT(*) FROM (SELECT 1 AS one FROM ' + @store
    + N' GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS repeated';
EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
PRINT N'verify: ' + CAST(@counted AS NVARCHAR(20)) + N' repeated ids';
IF @counted > 0
BEGIN
    SET @message = N'wrong: ' + CAST(@counted AS NVARCHAR(20)) + N' ids are held by more than one user of a tenant';
    THROW 50002, @message, 1;
END;
IF @type <> N'varchar' OR @length <> 255 OR @nullable = 1 OR @default IS NOT NULL
BEGIN
    SET @message = N'wrong: UM_USER_ID is not VARCHAR(255) NOT NULL without a default';
    THROW 50002, @message, 1;
END;
IF @id_keys = 0
BEGIN
    SET @message = N'wrong: there is no unique key on (UM_USER_ID, UM_TENANT_ID)';
    THROW 50002, @message, 1;
END;
PRINT N'verify: right';
GO
