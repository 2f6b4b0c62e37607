using System.Text.Json;

namespace Orleans.Chat.LocalCluster;

/// <summary><c>cluster.json</c>: what runs, for tools and tests. Written beside and moved, so that nobody reads half of it.</summary>
internal sealed class ClusterFile(string folder)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Lock _lock = new();
    private bool _closed;

    private string FilePath => Path.Combine(folder, "cluster.json");

    public void Write(
        PostgresServer? postgres,
        PostgresServer? standby,
        RedisServer? redis,
        IEnumerable<ServerProcess> silos,
        IEnumerable<ServerProcess> gateways
    )
    {
        lock (_lock)
        {
            if (_closed)
                return;
            var content = new
            {
                // Whose place the standby took is of no use to anybody.
                Postgres = Entry(postgres ?? standby),
                Standby = postgres is null ? null : Entry(standby),
                Redis = redis is null
                    ? null
                    : new
                    {
                        redis.Process.Pid,
                        redis.Url,
                        redis.ConnectionString,
                    },
                Silos = silos.Select(Entry),
                Gateways = gateways.Select(Entry),
            };
            var beside = FilePath + ".new";
            File.WriteAllText(beside, JsonSerializer.Serialize(content, Json) + "\n");
            File.Move(beside, FilePath, overwrite: true);
        }
    }

    /// <summary>Takes it away and keeps it away: nothing runs.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            File.Delete(FilePath);
        }
    }

    /// <summary>Takes away what a launcher left that was killed.</summary>
    public void Clear() => File.Delete(FilePath);

    private static object? Entry(PostgresServer? server) =>
        server is null
            ? null
            : new
            {
                server.Process.Pid,
                server.Dsn,
                server.ConnectionString,
                DataVolume = server.Volumes?.Data,
                LogVolume = server.Volumes?.Log,
            };

    private static object Entry(ServerProcess server) =>
        new
        {
            server.Name,
            server.Process.Pid,
            Url = server.Url.GetLeftPart(UriPartial.Authority),
            Log = server.Process.LogFile,
        };
}
