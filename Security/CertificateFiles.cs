using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Orleans.Chat.Security;

/* Whoever renews certificates replaces files: Kubernetes exchanges a symbolic link above them, others write one file after the other. So there is
 * no watching, which a link's time or half a replacement would mislead: each new connection reads them, a few kilobytes beside a handshake, and
 * what cannot be used leaves what could. */

/// <summary>Files of certificates, read again when what is in them has changed.</summary>
public sealed partial class CertificateFiles
{
    private readonly CertificatePaths _paths;
    private readonly ILogger? _logger;
    private readonly Lock _lock = new();
    private byte[] _seen;
    private string? _complaint;
    private Credentials _current;

    /// <summary>Reads them for the first time.</summary>
    /// <exception cref="InvalidOperationException">One cannot be read or used; the message names the setting and never what is in it.</exception>
    public CertificateFiles(CertificatePaths paths, ILogger? logger = null)
    {
        (_paths, _logger) = (paths, logger);
        (_current, _seen) = Read(seen: null) ?? throw new InvalidOperationException();
        Tell(_current);
    }

    /// <summary>As the files are now; as they last were usable, when they are not now.</summary>
    public Credentials Current
    {
        get
        {
            lock (_lock)
                Refresh();
            return _current;
        }
    }

    private void Refresh()
    {
        try
        {
            if (Read(_seen) is not { } changed)
                return;
            (_current, _seen) = changed;
            _complaint = null;
            Tell(_current);
        }
        catch (InvalidOperationException e)
        {
            // Once, and not with each connection.
            if (_logger is not null && _complaint != e.Message)
                Log.Kept(_logger, e.Message);
            _complaint = e.Message;
        }
    }

    /// <summary>Null when nothing has changed.</summary>
    private (Credentials Credentials, byte[] Seen)? Read(byte[]? seen)
    {
        var contents = _paths.Given.ToDictionary(p => p.Path, p => Read(p.Setting, p.Path), StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, path) in _paths.Given)
            hash.AppendData(SHA256.HashData(contents[path]));
        var now = hash.GetHashAndReset();
        if (seen is not null && now.AsSpan().SequenceEqual(seen))
            return null;
        try
        {
            return (Credentials.Parse(Of(_paths.Certificate), Of(_paths.Key), Of(_paths.Password), Of(_paths.Authority)), now);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidOperationException($"{_paths.Section}: the files of its certificates cannot be used: {e.Message}", e);
        }

        byte[] Of(string path) => contents.GetValueOrDefault(path, []);
    }

    private static byte[] Read(string setting, string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"{setting}: '{path}' cannot be read: {e.Message}", e);
        }
    }

    private void Tell(Credentials credentials)
    {
        if (_logger is not null && credentials.Own?.TargetCertificate is { } own)
            Log.InUse(
                _logger,
                _paths.Section,
                own.Subject,
                own.GetCertHashString(HashAlgorithmName.SHA256),
                own.NotAfter.ToUniversalTime()
            );
    }

    private static partial class Log
    {
        [LoggerMessage(
            1,
            LogLevel.Information,
            "{Section}: the certificate of {Subject}, SHA-256 {Fingerprint}, is valid until {NotAfter:u}"
        )]
        public static partial void InUse(ILogger logger, string section, string subject, string fingerprint, DateTime notAfter);

        [LoggerMessage(2, LogLevel.Error, "{Complaint} What was in use stays in use.")]
        public static partial void Kept(ILogger logger, string complaint);
    }
}
