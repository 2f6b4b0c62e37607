using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Orleans.Chat.Security;

/// <summary>What files of certificates hold: who this process is, and whom it believes.</summary>
public sealed class Credentials
{
    private readonly X509Certificate2Collection _authorities;

    private Credentials(SslStreamCertificateContext? own, X509Certificate2Collection authorities)
    {
        Own = own;
        _authorities = authorities;
    }

    /// <summary>The own certificate with its key and those between it and its authority; null when none is configured.</summary>
    public SslStreamCertificateContext? Own { get; }

    /// <summary>
    /// How a peer's certificate is checked: it must come from one of the authorities, and from nobody else whom the system trusts. Nothing is
    /// fetched over the network: revocation is to issue anew under another authority.
    /// </summary>
    public X509ChainPolicy NewPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    /// <summary>Reads what the files held.</summary>
    /// <exception cref="CryptographicException">A file is no certificate or key, they do not belong together, or the password is wrong.</exception>
    internal static Credentials Parse(byte[] certificate, byte[] key, byte[] password, byte[] authority)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.UTF8.GetString(authority));
        if (authority.Length > 0 && authorities.Count == 0)
            throw new CryptographicException("the authority's file has no certificate in PEM.");
        return new Credentials(certificate.Length == 0 ? null : Context(Chain(certificate, key, password)), authorities);
    }

    private static X509Certificate2Collection Chain(byte[] certificate, byte[] key, byte[] password)
    {
        var secret = Encoding.UTF8.GetString(password).TrimEnd('\r', '\n');
        if (certificate.AsSpan().IndexOf("-----BEGIN "u8) < 0)
            return X509CertificateLoader.LoadPkcs12Collection(certificate, secret.Length == 0 ? null : secret);
        var pem = Encoding.UTF8.GetString(certificate);
        var keyPem = key.Length == 0 ? pem : Encoding.UTF8.GetString(key);
        var all = new X509Certificate2Collection();
        all.ImportFromPem(pem);
        if (all.Count > 0)
        {
            all[0] =
                secret.Length == 0
                    ? X509Certificate2.CreateFromPem(pem, keyPem)
                    : X509Certificate2.CreateFromEncryptedPem(pem, keyPem, secret);
        }
        return all;
    }

    private static SslStreamCertificateContext Context(X509Certificate2Collection all)
    {
        var own =
            all.FirstOrDefault(c => c.HasPrivateKey)
            ?? throw new CryptographicException("the certificate's file has no certificate with a key.");
        all.Remove(own);
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }
}
