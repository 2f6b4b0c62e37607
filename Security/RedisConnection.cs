using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Orleans.Chat.Security;

/// <summary>The one place that makes a connection's settings of <c>ConnectionStrings:Redis</c> and <see cref="RedisOptions"/>.</summary>
public static class RedisConnection
{
    private const string Setting = "ConnectionStrings:Redis";

    /// <summary>Whether there is a Redis.</summary>
    public static bool IsConfigured(IConfiguration configuration) => Text(configuration).Length > 0;

    /// <summary>What StackExchange.Redis is to connect with.</summary>
    /// <exception cref="InvalidOperationException">
    /// The connection string is missing or cannot be read, a file cannot be used, or there are files and <c>ssl=true</c> is missing.
    /// </exception>
    public static ConfigurationOptions From(IConfiguration configuration)
    {
        if (!IsConfigured(configuration))
            throw new InvalidOperationException($"{Setting} is not set.");
        var redis =
            Parse(Text(configuration))
            ?? throw new InvalidOperationException($"{Setting} is no connection string of StackExchange.Redis: host:port,option=value,…");
        var paths = (configuration.GetSection(RedisOptions.Section).Get<RedisOptions>() ?? new RedisOptions()).Paths;
        if (!paths.Given.Any())
            return redis;
        if (!redis.Ssl)
            throw new InvalidOperationException($"{paths.Given.First().Setting} is set, but {Setting} has no ssl=true and would be plain.");
        var files = new CertificateFiles(paths);
        redis.SslClientAuthenticationOptions = host => Tls(host, redis.SslProtocols, files.Current, paths.Authority.Length > 0);
        return redis;
    }

    private static SslClientAuthenticationOptions Tls(string host, SslProtocols? protocols, Credentials credentials, bool ownAuthority) =>
        new()
        {
            TargetHost = host,
            EnabledSslProtocols = protocols ?? SslProtocols.None,
            ClientCertificateContext = credentials.Own,
            CertificateChainPolicy = ownAuthority ? credentials.NewPolicy() : null,
            // A session of a former certificate would outlive it.
            AllowTlsResume = false,
        };

    /// <summary>Null when it cannot be read. What the parser says is not passed on: it has the word that it did not understand, which may be a part of the password.</summary>
    internal static ConfigurationOptions? Parse(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static string Text(IConfiguration configuration) => configuration.GetConnectionString("Redis") ?? "";
}
