using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Connections.Security;

namespace Orleans.Chat.Security;

/* Orleans' own middleware carries the stream. The certificates and the check are ours: it holds a certificate for as long as the process lives,
 * and knows no authority but the system's. Nothing is resumed: a session that was opened under a former authority would outlive it. */

/// <summary>TLS of Orleans' connections, by <see cref="ClusterTlsOptions"/>.</summary>
public sealed partial class PeerTls
{
    private readonly CertificateFiles _files;
    private readonly string _peerName;
    private readonly ILogger _logger;
    private readonly TlsOptions _tls;

    /// <exception cref="InvalidOperationException">The files cannot be used.</exception>
    public PeerTls(IOptions<ClusterTlsOptions> options, ILogger<PeerTls> logger)
    {
        (_files, _peerName, _logger) = (new CertificateFiles(options.Value.Paths, logger), options.Value.PeerName, logger);
        _tls = new TlsOptions
        {
            SslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12,
            RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
            RemoteCertificateValidation = (certificate, chain, errors) => IsPeer(certificate, chain, errors),
            // The middleware wants one or the other; what it puts in is replaced below.
            LocalServerCertificateSelector = (_, _) => _files.Current.Own!.TargetCertificate,
            OnAuthenticateAsServer = (_, server) => Server((SslServerAuthenticationOptions)server.SslServerAuthenticationOptions),
            OnAuthenticateAsClient = (_, client) => Client((SslClientAuthenticationOptions)client.SslClientAuthenticationOptions),
        };
    }

    /// <summary>For connections that others open.</summary>
    public void Accept(IConnectionBuilder connections) => connections.UseServerTls(_tls);

    /// <summary>For connections to others.</summary>
    public void Connect(IConnectionBuilder connections) => connections.UseClientTls(_tls);

    private void Server(SslServerAuthenticationOptions server)
    {
        var now = _files.Current;
        server.ServerCertificateSelectionCallback = null;
        server.ServerCertificateContext = now.Own;
        server.CertificateChainPolicy = now.NewPolicy();
        server.AllowTlsResume = false;
    }

    private void Client(SslClientAuthenticationOptions client)
    {
        var now = _files.Current;
        client.ClientCertificateContext = now.Own;
        client.CertificateChainPolicy = now.NewPolicy();
        client.AllowTlsResume = false;
    }

    // Both sides alike: a client's name is looked at too, which TLS itself does not do; an address that was called is not, for no certificate has it.
    private bool IsPeer(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var reason = (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) switch
        {
            SslPolicyErrors.None when _peerName.Length == 0 || certificate.MatchesHostname(_peerName, allowCommonName: false) => null,
            SslPolicyErrors.None => $"it is not for {_peerName}",
            _ => string.Join(", ", chain?.ChainStatus.Select(s => s.Status.ToString()) ?? [errors.ToString()]),
        };
        if (reason is null)
            return true;
        // No text of the certificate's: a stranger wrote it.
        Log.Refused(_logger, certificate.GetCertHashString(HashAlgorithmName.SHA256), reason);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A peer's certificate, SHA-256 {Fingerprint}, is refused: {Reason}")]
        public static partial void Refused(ILogger logger, string fingerprint, string reason);
    }
}
