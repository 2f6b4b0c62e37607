using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.Security.Tests;

/// <summary>Who gets into a cluster whose silos want certificates: through a real silo's ports, by Orleans' own client and by bare TLS.</summary>
public sealed class ClusterTlsTests : IAsyncLifetime
{
    private const string Name = "orleans-chat.internal";
    private readonly TestFolder _folder = new("cluster-tls");
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _other = new("another authority");
    private readonly (int Silo, int Gateway) _ports = (FreePorts.Take(), FreePorts.Take());
    private ClusterPeer _silo = null!;

    public async ValueTask InitializeAsync() =>
        _silo = await ClusterPeer.StartSiloAsync(_ports.Silo, _ports.Gateway, ClusterPeer.Tls(SiloFiles(_authority), Name));

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task A_peer_of_the_same_authority_is_taken_over_TLS_1_3()
    {
        await using (await ClusterPeer.StartClientAsync(_ports.Gateway, ClusterPeer.Tls(Files("peer", Name), Name))) { }

        using var own = _authority.Issue(Name);
        var (protocol, server) = await ShakeHandsAsync(_ports.Silo, own);
        protocol.ShouldBe(SslProtocols.Tls13);
        _silo.Log.ShouldContain(l => l.Contains($"SHA-256 {server}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_peer_with_plain_TCP_a_self_signed_certificate_or_another_authoritys_is_refused()
    {
        using var selfSigned = TestAuthority.SelfSigned(Name);
        using var foreign = _other.Issue(Name);

        await RefusedAsync();
        await RefusedAsync(ClusterPeer.Tls(TestAuthority.Write(Folder("self"), selfSigned, _authority.Certificate), Name));
        await RefusedAsync(ClusterPeer.Tls(TestAuthority.Write(Folder("foreign"), foreign, _authority.Certificate), Name));
        await RefusedAsync(ClusterPeer.Tls(Files("misnamed", "somebody.else"), Name));

        _silo.Log.ShouldContain(l => l.Contains("is refused: UntrustedRoot", StringComparison.Ordinal));
        _silo.Log.ShouldContain(l => l.Contains("is refused: PartialChain", StringComparison.Ordinal));
        _silo.Log.ShouldContain(l => l.Contains($"is refused: it is not for {Name}", StringComparison.Ordinal));
    }

    /// <summary>The other direction: the port is right, and who listens there is not.</summary>
    [Fact]
    public async Task A_client_refuses_a_silo_of_another_authority_and_one_of_another_name()
    {
        using var both = _authority.Issue(Name);

        var fault = await RefusedAsync(ClusterPeer.Tls(TestAuthority.Write(Folder("strict"), both, _other.Certificate), Name));
        fault.Log.ShouldContain(l => l.Contains("is refused: PartialChain", StringComparison.Ordinal));
        fault = await RefusedAsync(ClusterPeer.Tls(Files("expecting", Name), "another.name"));
        fault.Log.ShouldContain(l => l.Contains("is refused: it is not for another.name", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_without_a_certificate_is_closed_at_both_ports(bool siloPort)
    {
        var port = siloPort ? _ports.Silo : _ports.Gateway;
        using var foreign = _other.Issue(Name);

        await ClosedAsync(port, null);
        await ClosedAsync(port, foreign);
        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, port);
        await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await EndsAsync(plain.GetStream());
    }

    [Fact]
    public async Task A_renewed_certificate_and_authority_serve_the_next_connection_of_a_silo_that_runs()
    {
        using var own = _authority.Issue(Name);
        using var next = _other.Issue(Name);
        var before = await ShakeHandsAsync(_ports.Silo, own);
        var files = SiloFiles(_other);
        // Both, until every peer has one of the new authority.
        await File.AppendAllTextAsync(files.AuthorityPath, "\n" + _authority.Certificate.ExportCertificatePem());

        var after = await ShakeHandsAsync(_ports.Silo, own);
        after.Server.ShouldNotBe(before.Server);
        await using (
            await ClusterPeer.StartClientAsync(
                _ports.Gateway,
                ClusterPeer.Tls(TestAuthority.Write(Folder("next"), next, _other.Certificate), Name)
            )
        ) { }
        SiloFiles(_other);
        await RefusedAsync(ClusterPeer.Tls(Files("former", Name), Name));
    }

    private string Folder(string name) => Path.Combine(_folder.Path, name);

    private TestCertificate Files(string folder, string name) => _authority.Write(Folder(folder), name);

    private TestCertificate SiloFiles(TestAuthority authority) => authority.Write(Folder("silo"), Name);

    private async Task<PeerRefusedException> RefusedAsync(params (string, string)[] tls) =>
        await Should.ThrowAsync<PeerRefusedException>(async () =>
        {
            await using var client = await ClusterPeer.StartClientAsync(_ports.Gateway, tls);
        });

    private static async Task<(SslProtocols Protocol, string Server)> ShakeHandsAsync(int port, X509Certificate2? own)
    {
        using var tcp = new TcpClient();
        await using var stream = await OpenAsync(tcp, port, own);
        return (stream.SslProtocol, stream.RemoteCertificate!.GetCertHashString(HashAlgorithmName.SHA256));
    }

    // With TLS 1.3 a client is through before the server has looked at its certificate.
    private static async Task ClosedAsync(int port, X509Certificate2? own)
    {
        using var tcp = new TcpClient();
        try
        {
            await using var stream = await OpenAsync(tcp, port, own);
            await EndsAsync(stream);
        }
        catch (AuthenticationException)
        {
            // Refused in the handshake.
        }
    }

    private static async Task EndsAsync(Stream stream)
    {
        var buffer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
                continue;
        }
        catch (IOException)
        {
            // An alert, or a reset.
        }
    }

    private static async Task<SslStream> OpenAsync(TcpClient tcp, int port, X509Certificate2? own)
    {
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        var stream = new SslStream(tcp.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = Name,
                ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
                // Whom it finds is for the test to look at.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            }
        );
        return stream;
    }
}
