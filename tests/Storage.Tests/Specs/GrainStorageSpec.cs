using System.Data;
using System.Data.Common;
using Microsoft.Extensions.Configuration;

namespace Orleans.Chat.Storage.Tests.Specs;

/// <summary>The statements that Microsoft.Orleans.Persistence.AdoNet finds in the database, called as it calls them.</summary>
public abstract class GrainStorageSpec
{
    private readonly string _key = Guid.CreateVersion7().ToString();

    /// <summary>A configuration with a migrated database.</summary>
    protected abstract IConfiguration Configuration { get; }
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected abstract DbConnection Open(string connectionString);

    [Fact]
    public async Task A_state_is_written_in_versions_and_a_stale_writer_is_told_its_own_version()
    {
        (await ReadAsync()).ShouldBe((null, null));
        (await WriteAsync([1], null)).ShouldBe(1);
        (await WriteAsync([2], null)).ShouldBeNull();
        (await WriteAsync([2], 1)).ShouldBe(2);
        (await WriteAsync([3], 1)).ShouldBe(1);
        (await WriteAsync([3], 7)).ShouldBe(7);

        (await ReadAsync()).ShouldBe(("02", 2));
    }

    [Fact]
    public async Task A_cleared_state_goes_on_with_its_version()
    {
        await WriteAsync([1], null);

        (await ClearAsync(3)).ShouldBe(3);
        (await ClearAsync(null)).ShouldBeNull();
        (await ClearAsync(1)).ShouldBe(2);
        (await ReadAsync()).ShouldBe((null, 2));
        (await WriteAsync([9], 1)).ShouldBe(1);
        (await WriteAsync([9], 2)).ShouldBe(3);
        (await ReadAsync()).ShouldBe(("09", 3));
    }

    [Fact]
    public async Task A_version_for_a_state_that_is_not_there_writes_nothing()
    {
        (await WriteAsync([1], 5)).ShouldBe(5);
        (await ReadAsync()).ShouldBe((null, null));
    }

    [Fact]
    public async Task Of_many_that_write_a_new_state_one_is_first()
    {
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync([(byte)i], null), Ct)));

        versions.Count(v => v == 1).ShouldBe(1);
        versions.Count(v => v is null).ShouldBe(7);
    }

    [Fact]
    public async Task Keys_of_grains_states_and_services_are_kept_apart()
    {
        await WriteAsync([1], null);

        (await ReadAsync(state: "other")).ShouldBe((null, null));
        (await ReadAsync(service: "other")).ShouldBe((null, null));
        (await WriteAsync([5], null, extension: null)).ShouldBe(1);
        (await ReadAsync(extension: null)).ShouldBe(("05", 1));
        (await ReadAsync()).ShouldBe(("01", 1));
    }

    private Task<int?> WriteAsync(byte[] payload, int? version, string? extension = "e") =>
        VersionAsync("WriteToStorageKey", version, extension, payload);

    private Task<int?> ClearAsync(int? version) => VersionAsync("ClearStorageKey", version, "e", null);

    private async Task<int?> VersionAsync(string key, int? version, string? extension, byte[]? payload)
    {
        await using var connection = Open(StorageSetup.AdoNet(Configuration).ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = await CommandAsync(connection, key, "state", "service", extension);
        Add(command, "GrainStateVersion", DbType.Int32, version);
        if (payload is not null)
            Add(command, "PayloadBinary", DbType.Binary, payload);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        (await reader.ReadAsync(Ct)).ShouldBeTrue();
        var ordinal = reader.GetOrdinal("NewGrainStateVersion");
        return await reader.IsDBNullAsync(ordinal, Ct) ? null : reader.GetInt32(ordinal);
    }

    private async Task<(string? Payload, int? Version)> ReadAsync(
        string state = "state",
        string service = "service",
        string? extension = "e"
    )
    {
        await using var connection = Open(StorageSetup.AdoNet(Configuration).ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = await CommandAsync(connection, "ReadFromStorageKey", state, service, extension);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        if (!await reader.ReadAsync(Ct))
            return (null, null);
        var (payload, version) = (reader.GetOrdinal("PayloadBinary"), reader.GetOrdinal("Version"));
        return (
            await reader.IsDBNullAsync(payload, Ct) ? null : Convert.ToHexString(await reader.GetFieldValueAsync<byte[]>(payload, Ct)),
            reader.GetInt32(version)
        );
    }

    private async Task<DbCommand> CommandAsync(DbConnection connection, string key, string state, string service, string? extension)
    {
        await using var query = connection.CreateCommand();
        query.CommandText = $"SELECT QueryText FROM OrleansQuery WHERE QueryKey = '{key}'";
        var command = connection.CreateCommand();
        command.CommandText = (string)(await query.ExecuteScalarAsync(Ct))!;
        var hash = _key.GetHashCode(StringComparison.Ordinal);
        Add(command, "GrainIdHash", DbType.Int32, hash);
        Add(command, "GrainIdN0", DbType.Int64, (long)hash);
        Add(command, "GrainIdN1", DbType.Int64, 7L);
        Add(command, "GrainTypeHash", DbType.Int32, 3);
        Add(command, "GrainTypeString", DbType.String, state + _key);
        Add(command, "GrainIdExtensionString", DbType.String, extension);
        Add(command, "ServiceId", DbType.String, service);
        return command;
    }

    private static void Add(DbCommand command, string name, DbType type, object? value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.DbType, parameter.Value) = (name, type, value ?? DBNull.Value);
        command.Parameters.Add(parameter);
    }
}
