namespace Orleans.Chat.Security;

/// <summary>TLS of the connection to Redis, beside <c>ssl=true</c> in the connection string <c>ConnectionStrings:Redis</c>. Section: <c>Redis</c>.</summary>
public sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>
    /// The authorities in PEM that Redis' certificate must come from, which must be for the host of the connection string. None: those of the
    /// system. Read again when it changes; new connections use it.
    /// </summary>
    public string AuthorityPath { get; set; } = "";

    /// <summary>A certificate to show to a Redis that asks for one (<c>tls-auth-clients yes</c>): PEM, or PKCS #12 with its key.</summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>The certificate's private key in PEM; none when it is in the certificate's file.</summary>
    public string KeyPath { get; set; } = "";

    /// <summary>A file with the password of the key, or of the PKCS #12 file; none when it has none.</summary>
    public string PasswordPath { get; set; } = "";

    internal CertificatePaths Paths =>
        new()
        {
            Section = Section,
            Certificate = CertificatePath,
            Key = KeyPath,
            Password = PasswordPath,
            Authority = AuthorityPath,
        };
}
