using System.Net;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Security;

/// <summary>
/// TLS between silos, and between gateways and silos, with certificates on both sides. Section: <c>Cluster:Tls</c>, the same on all of them.
/// Without it they speak plain TCP.
/// </summary>
public sealed class ClusterTlsOptions
{
    public const string Section = "Cluster:Tls";

    /// <summary>
    /// This process's certificate: PEM, with those between it and the authority after it, or PKCS #12 with its key. It is shown as server and as
    /// client: where it has an extended key usage (RFC 5280, 4.2.1.12), both. Read again when it changes; new connections use it.
    /// </summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>The certificate's private key in PEM; none when it is in the certificate's file.</summary>
    public string KeyPath { get; set; } = "";

    /// <summary>A file with the password of the key, or of the PKCS #12 file; none when it has none.</summary>
    public string PasswordPath { get; set; } = "";

    /// <summary>
    /// The authorities in PEM that a peer's certificate must come from; those of the system do not count. To exchange one, have both in the file
    /// until all certificates are of the new one.
    /// </summary>
    public string AuthorityPath { get; set; } = "";

    /// <summary>
    /// The DNS name that a peer's certificate must have among its alternative names, whichever side it is on. Peers are called by addresses that
    /// change, which no certificate can have. None accepts every certificate of the authority: only for one that issues for this cluster alone.
    /// </summary>
    public string PeerName { get; set; } = "";

    internal bool IsOn => new[] { CertificatePath, KeyPath, PasswordPath, AuthorityPath, PeerName }.Any(v => v.Length > 0);

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

/// <summary>Half a configuration stops the start: it would be plain TCP, or a peer whom nobody checks.</summary>
internal sealed class ClusterTlsOptionsValidator : IValidateOptions<ClusterTlsOptions>
{
    public ValidateOptionsResult Validate(string? name, ClusterTlsOptions options)
    {
        if (!options.IsOn)
            return ValidateOptionsResult.Success;
        if (options.CertificatePath.Length == 0 || options.AuthorityPath.Length == 0)
            return ValidateOptionsResult.Fail("Cluster:Tls:CertificatePath and Cluster:Tls:AuthorityPath must both be set.");
        if (IPAddress.TryParse(options.PeerName, out _))
            return ValidateOptionsResult.Fail("Cluster:Tls:PeerName must be a DNS name.");
        try
        {
            _ = new CertificateFiles(options.Paths);
            return ValidateOptionsResult.Success;
        }
        catch (InvalidOperationException e)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }
}
