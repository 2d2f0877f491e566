-- SQL Server 2012 and later: migrates a user store of WSO2 Micro Integrator 1.2.0 to 4.0.0: UM_USER gets the column
-- UM_USER_ID, last, with a distinct id for each user, and the unique key (UM_USER_ID, UM_TENANT_ID). The names stay unique.
-- Run it as the user of the data source, with all nodes stopped and after a backup; -b makes the client stop on errors:
--   sqlcmd -b -I -S SERVER -d DATABASE -U USER -i migrate.sql
-- One batch with one transaction: a run that is killed leaves the table as it was. A second run changes nothing.
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

BEGIN TRANSACTION;
-- Held to the end, so that no node adds a user in between.
SET @statement = N'SELECT @counted = COUNT(*) FROM ' + @store + N' WITH (TABLOCKX, HOLDLOCK)';
EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @users OUTPUT;
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

IF @type IS NOT NULL
BEGIN
    SET @statement = N'SELECT @counted = COUNT(*) FROM (SELECT 1 AS one FROM ' + @store + N' WHERE NOT (' + @unfilled
        + N') GROUP BY UM_USER_ID, UM_TENANT_ID HAVING COUNT(*) > 1) AS repeated';
    EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
    IF @counted > 0
    BEGIN
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        SET @message = N'refused: ' + CAST(@counted AS NVARCHAR(20)) + N' ids are held by more than one user of a tenant;'
            + N' set UM_USER_ID to NONE where a new id may be given, and run this again';
        THROW 50001, @message, 1;
    END;
    SET @statement = N'SELECT @counted = COUNT(*) FROM ' + @store + N' WHERE LEN(UM_USER_ID) > 255';
    EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
    IF @counted > 0
    BEGIN
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        SET @message = N'refused: ' + CAST(@counted AS NVARCHAR(20)) + N' ids are longer than 255 characters';
        THROW 50001, @message, 1;
    END;
END;

-- A column that an index or a foreign key holds cannot be changed. The key (UM_USER_ID, UM_TENANT_ID) is dropped for
-- that and comes back; any other is not this script's to drop.
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
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        SET @message = N'refused: UM_USER_ID has to become VARCHAR(255) NOT NULL, and is held by ' + @message
            + N': drop them, run this again, and make them again afterwards';
        THROW 50001, @message, 1;
    END;
    SET @statement = N'';
    SELECT @statement = @statement + CASE WHEN keys.is_unique_constraint = 1
        THEN N'ALTER TABLE ' + @store + N' DROP CONSTRAINT ' + QUOTENAME(keys.name) + N'; '
        ELSE N'DROP INDEX ' + QUOTENAME(keys.name) + N' ON ' + @store + N'; ' END
    FROM sys.indexes AS keys
    WHERE keys.object_id = @object AND EXISTS (
        SELECT 1 FROM sys.index_columns AS parts
        WHERE parts.object_id = @object AND parts.index_id = keys.index_id AND parts.column_id = @column);
    EXEC sys.sp_executesql @statement;
    IF @statement <> N''
        PRINT N'migrate: the key (UM_USER_ID, UM_TENANT_ID) comes back after this: ' + @statement;
    SET @id_keys = 0;
END;

IF @type IS NULL
BEGIN
    SET @statement = N'ALTER TABLE ' + @store + N' ADD UM_USER_ID VARCHAR(255) NULL';
    EXEC sys.sp_executesql @statement;
    PRINT N'migrate: added UM_USER_ID to ' + @store;
    SET @type = N'varchar';
    SET @length = 255;
    SET @nullable = 1;
    SET @changed = 1;
END
ELSE
BEGIN
    IF @default IS NOT NULL
    BEGIN
        SET @statement = N'ALTER TABLE ' + @store + N' DROP CONSTRAINT ' + QUOTENAME(@default);
        EXEC sys.sp_executesql @statement;
        PRINT N'migrate: dropped the default of UM_USER_ID';
        SET @changed = 1;
    END;
    IF @type <> N'varchar' OR @length <> 255
    BEGIN
        SET @statement = N'ALTER TABLE ' + @store + N' ALTER COLUMN UM_USER_ID VARCHAR(255) NULL';
        EXEC sys.sp_executesql @statement;
        PRINT N'migrate: changed UM_USER_ID from ' + @type + N' to VARCHAR(255)';
        SET @nullable = 1;
        SET @changed = 1;
    END;
END;

SET @statement = N'UPDATE ' + @store + N' SET UM_USER_ID = LOWER(CONVERT(VARCHAR(36), NEWID())) WHERE ' + @unfilled
    + N'; SET @counted = @@ROWCOUNT';
EXEC sys.sp_executesql @statement, N'@counted BIGINT OUTPUT', @counted = @counted OUTPUT;
IF @counted > 0
BEGIN
    PRINT N'migrate: gave ids to ' + CAST(@counted AS NVARCHAR(20)) + N' users';
    SET @changed = 1;
END;
-- What a CHAR column has filled up with blanks.
SET @statement = N'UPDATE ' + @store + N' SET UM_USER_ID = RTRIM(UM_USER_ID) WHERE UM_USER_ID LIKE ''% ''';
EXEC sys.sp_executesql @statement;

IF @nullable = 1
BEGIN
    SET @statement = N'ALTER TABLE ' + @store + N' ALTER COLUMN UM_USER_ID VARCHAR(255) NOT NULL';
    EXEC sys.sp_executesql @statement;
    PRINT N'migrate: made UM_USER_ID NOT NULL';
    SET @changed = 1;
END;
IF @id_keys = 0
BEGIN
    SET @statement = N'ALTER TABLE ' + @store + N' ADD UNIQUE (UM_USER_ID, UM_TENANT_ID)';
    EXEC sys.sp_executesql @statement;
    PRINT N'migrate: added the unique key (UM_USER_ID, UM_TENANT_ID)';
    SET @changed = 1;
END;
COMMIT TRANSACTION;

IF @name_keys = 0
    PRINT N'warning: no unique key on (UM_USER_NAME, UM_TENANT_ID); names are looked up by it';
IF @changed = 1
    PRINT N'migrate: done, ' + CAST(@users AS NVARCHAR(20)) + N' users; run verify.sql';
ELSE
    PRINT N'migrate: ' + @store + N' is migrated already, with ' + CAST(@users AS NVARCHAR(20))
        + N' users; nothing was changed';
GO
