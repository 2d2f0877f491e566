-- SQL Server 2012 and later: for those who want exactly the keys of a fresh 4.0.0: drops the unique key (UM_USER_NAME,
-- UM_TENANT_ID). Not needed, and not advised: with it two users may have one name, and every look-up by name reads the
-- whole table. Run it as the user of the data source, after migrate.sql; -b makes the client stop on errors:
--   sqlcmd -b -I -S SERVER -d DATABASE -U USER -i drop-user-name-unique.sql
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
IF HAS_PERMS_BY_NAME(@store, N'OBJECT', N'ALTER') <> 1
BEGIN
    SET @message = N'refused: the user ' + USER_NAME() + N' may not alter ' + @store + N'; its owner may';
    THROW 50001, @message, 1;
END;
SET @id_keys = (SELECT COUNT(*) FROM sys.indexes AS keys
    WHERE keys.object_id = @object AND keys.is_unique = 1 AND keys.has_filter = 0 AND keys.is_disabled = 0
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0)
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        INNER JOIN sys.columns AS held ON held.object_id = parts.object_id AND held.column_id = parts.column_id
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0
        AND UPPER(held.name) IN (N'UM_USER_ID', N'UM_TENANT_ID')));
IF @id_keys = 0
BEGIN
    SET @message = N'refused: ' + @store + N' is not migrated: run migrate.sql first';
    THROW 50001, @message, 1;
END;

SET @statement = N'';
SELECT @statement = @statement + CASE WHEN keys.is_unique_constraint = 1
    THEN N'ALTER TABLE ' + @store + N' DROP CONSTRAINT ' + QUOTENAME(keys.name) + N'; '
    ELSE N'DROP INDEX ' + QUOTENAME(keys.name) + N' ON ' + @store + N'; ' END
FROM sys.indexes AS keys
WHERE keys.object_id = @object AND keys.is_unique = 1 AND keys.is_primary_key = 0
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0)
    AND 2 = (SELECT COUNT(*) FROM sys.index_columns AS parts
        INNER JOIN sys.columns AS held ON held.object_id = parts.object_id AND held.column_id = parts.column_id
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.is_included_column = 0
        AND UPPER(held.name) IN (N'UM_USER_NAME', N'UM_TENANT_ID'));
IF @statement = N''
    PRINT N'drop-user-name-unique: there is no such key; nothing was changed';
ELSE
BEGIN
    BEGIN TRANSACTION;
    EXEC sys.sp_executesql @statement;
    COMMIT TRANSACTION;
    PRINT N'drop-user-name-unique: dropped it; for quick look-ups add an index on (UM_USER_NAME, UM_TENANT_ID)';
END;
GO
