using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orleans.Chat.Support;

/// <summary>Certificate, key and authority as PEM files.</summary>
public sealed record TestCertificate(string CertificatePath, string KeyPath, string AuthorityPath);

/// <summary>An authority of a test's own, that issues certificates for servers and clients, valid around now.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1);
    private static readonly DateTimeOffset Until = TimeProvider.System.GetUtcNow().AddDays(1);

    /// <summary>Its own certificate.</summary>
    public X509Certificate2 Certificate { get; }

    public TestAuthority(string name = "test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = request.CreateSelfSigned(From, Until);
    }

    /// <summary>A certificate with its key, for DNS names and IP addresses.</summary>
    public X509Certificate2 Issue(params IEnumerable<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(key, [.. names]);
        using var issued = request.Create(Certificate, From, Until, Guid.CreateVersion7().ToByteArray());
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>A certificate that nobody issued.</summary>
    public static X509Certificate2 SelfSigned(params IEnumerable<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(key, [.. names]).CreateSelfSigned(From, Until);
    }

    /// <summary>Issues one and writes it, its key, and this authority to a new folder.</summary>
    public TestCertificate Write(string folder, params IEnumerable<string> names)
    {
        using var certificate = Issue(names);
        return Write(folder, certificate, Certificate);
    }

    /// <summary>Writes any certificate with its key, and who is believed; over what was there.</summary>
    public static TestCertificate Write(string folder, X509Certificate2 certificate, X509Certificate2 authority)
    {
        Directory.CreateDirectory(folder);
        var files = new TestCertificate(Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), Path.Combine(folder, "ca.crt"));
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(files.CertificatePath, certificate.ExportCertificatePem());
        File.Delete(files.KeyPath);
        var own = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new StreamWriter(files.KeyPath, own))
            file.Write(key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.AuthorityPath, authority.ExportCertificatePem());
        return files;
    }

    /// <summary>As root, PostgreSQL runs as another user, and takes a key only of that user's.</summary>
    public static async Task GiveToPostgresAsync(TestCertificate files)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        using var chown = Process.Start("chown", ["postgres", files.KeyPath]);
        await chown.WaitForExitAsync();
        if (chown.ExitCode != 0)
            throw new InvalidOperationException("The key could not be given to the user postgres.");
    }

    /// <summary>Whether a server's certificate comes from here, and is for the name that was called.</summary>
    public bool Issued(X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return false;
        using var chain = new X509Chain { ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Certificate);
        using var copy = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(copy);
    }

    /// <summary>For an HTTP client that believes this authority and no other.</summary>
    public SocketsHttpHandler Handler() =>
        new() { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, errors) => Issued(certificate, errors) } };

    public void Dispose() => Certificate.Dispose();

    private static CertificateRequest Request(ECDsa key, string[] names)
    {
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // Server and client.
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false)
        );
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        request.CertificateExtensions.Add(alternatives.Build());
        return request;
    }
}
