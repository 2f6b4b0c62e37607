using System.Data.Common;
using Microsoft.Extensions.Configuration;

namespace Orleans.Chat.Security;

/* Passwords that guessers try first: defaults of images and their manuals, samples, placeholders that nobody replaced. None at all is not one of
 * them: a database on loopback may trust who is there, and others know their clients by certificates. */
internal static class KnownSecrets
{
    /// <summary>The settings that are secrets.</summary>
    public static readonly string[] Settings = ["ConnectionStrings:Postgres", "ConnectionStrings:Redis", "PGPASSWORD"];

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        // Of images, packages and their manuals.
        "postgres",
        "postgresql",
        "mysecretpassword",
        "redis",
        "foobared",
        "mypass",
        "default",
        // Of people.
        "password",
        "password1",
        "password123",
        "passw0rd",
        "p@ssw0rd",
        "pass",
        "pwd",
        "changeme",
        "change-me",
        "change_me",
        "changeit",
        "changethis",
        "replaceme",
        "replace-me",
        "secret",
        "supersecret",
        "topsecret",
        "admin",
        "root",
        "test",
        "dev",
        "example",
        "sample",
        "letmein",
        "qwerty",
        "12345",
        "123456",
        "12345678",
        "123456789",
        // Of this project's names.
        "chat",
        "orleans",
        "orleanschat",
        "orleans-chat",
        "orleans_chat",
    };

    /// <summary>The settings whose password is a known one.</summary>
    public static IEnumerable<string> In(IConfiguration configuration)
    {
        if (Postgres(configuration.GetConnectionString("Postgres") ?? "") is var (name, password) && IsKnown(password, name))
            yield return Settings[0];
        if (
            RedisConnection.Parse(configuration.GetConnectionString("Redis") ?? "") is { Password: { } secret } redis
            && IsKnown(secret, redis.User)
        )
            yield return Settings[1];
        // What Npgsql takes when the connection string has none.
        if (IsKnown(configuration["PGPASSWORD"] ?? "", name: null))
            yield return Settings[2];
    }

    private static bool IsKnown(string password, string? name) =>
        password.Length > 0
        && (Words.Contains(password) || string.Equals(password, name, StringComparison.OrdinalIgnoreCase) || IsPlaceholder(password));

    // <password>, ${PASSWORD}, $(PASSWORD), {{ password }}: what was to be filled in, and was not.
    private static bool IsPlaceholder(string password) =>
        (password[0], password[^1]) is ('<', '>') or ('$', '}') or ('$', ')') or ('{', '}')
        || password.Trim('*', '.', '…', 'x', 'X').Length == 0;

    // The synonyms are Npgsql's.
    private static (string? Name, string Password) Postgres(string text)
    {
        try
        {
            var settings = new DbConnectionStringBuilder { ConnectionString = text };
            return (First(settings, "Username", "User Name", "UserId", "User Id", "UID"), First(settings, "Password", "PSW", "PWD") ?? "");
        }
        catch (ArgumentException)
        {
            // Who connects with it says that it cannot be read.
            return (null, "");
        }
    }

    private static string? First(DbConnectionStringBuilder settings, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (settings.TryGetValue(name, out var value) && value is string { Length: > 0 } text)
                return text;
        }
        return null;
    }
}
