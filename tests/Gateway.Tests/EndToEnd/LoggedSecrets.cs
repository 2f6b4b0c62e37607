using System.Collections.Concurrent;

namespace Orleans.Chat.EndToEnd;

/// <summary>What no log may have, whatever was done while it was written.</summary>
public static class LoggedSecrets
{
    // The base64url of {" begins every JWT's header and payload.
    private static readonly string[] Never = ["correct horse", "eyJ", "access_token=", "ticket=", "A good text"];

    private static readonly ConcurrentBag<string> All = [];

    /// <summary>Secrets that the tests of the one process used; it is looked for them when it has ended.</summary>
    public static void Used(params ReadOnlySpan<string> secrets)
    {
        foreach (var secret in secrets)
            All.Add(secret);
    }

    /// <param name="log">The whole of it.</param>
    /// <param name="secrets">What else the test used: tokens, passwords, contents.</param>
    public static void ShouldBeNoneIn(string log, params IEnumerable<string> secrets)
    {
        log.ShouldNotBeEmpty();
        foreach (var secret in Never.Concat(All).Concat(secrets).Where(s => s.Length > 0))
            log.Contains(secret, StringComparison.OrdinalIgnoreCase).ShouldBeFalse($"The log has '{secret}': {Around(log, secret)}");
    }

    private static string Around(string log, string secret)
    {
        var at = Math.Max(0, log.IndexOf(secret, StringComparison.OrdinalIgnoreCase) - 300);
        return log.Substring(at, Math.Min(700, log.Length - at));
    }
}
