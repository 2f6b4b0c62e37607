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

    public void Write(PostgresServer? postgres, RedisServer? redis, IEnumerable<ServerProcess> silos, IEnumerable<ServerProcess> gateways)
    {
        lock (_lock)
        {
            if (_closed)
                return;
            var content = new
            {
                Postgres = postgres is null
                    ? null
                    : new
                    {
                        postgres.Process.Pid,
                        postgres.Dsn,
                        postgres.ConnectionString,
                    },
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

    private static object Entry(ServerProcess server) =>
        new
        {
            server.Name,
            server.Process.Pid,
            Url = server.Url.GetLeftPart(UriPartial.Authority),
            Log = server.Process.LogFile,
        };
}
