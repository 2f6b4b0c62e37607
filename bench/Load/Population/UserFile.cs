using System.Text.Json;

namespace Orleans.Chat.Load.Population;

/// <summary>Users that were made once and are used again, as long as their tokens last.</summary>
internal static class UserFile
{
    public static void Write(string file, IEnumerable<LoadUser> users) => File.WriteAllText(file, JsonSerializer.Serialize(users));

    /// <summary>The users, spread over these servers.</summary>
    public static LoadUser[] Read(string file, IReadOnlyList<Uri> servers) =>
        [
            .. JsonSerializer
                .Deserialize<LoadUser[]>(File.ReadAllText(file))!
                .Select((u, i) => u with { Number = i, Server = servers[i % servers.Count] }),
        ];
}
