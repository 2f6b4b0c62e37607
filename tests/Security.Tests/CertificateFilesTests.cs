using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Chat.Support;

namespace Orleans.Chat.Security.Tests;

public sealed class CertificateFilesTests : IDisposable
{
    private const string Password = "whispered-file-password";
    private readonly TestFolder _folder = new("certificates");
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete();
    }

    [Fact]
    public void A_certificate_and_its_key_in_PEM()
    {
        var files = _authority.Write(_folder.Path, "peer");

        var now = new CertificateFiles(Paths(files)).Current;

        now.Own!.TargetCertificate.Subject.ShouldBe("CN=peer");
        now.Own.TargetCertificate.HasPrivateKey.ShouldBeTrue();
        now.NewPolicy().CustomTrustStore.ShouldHaveSingleItem().Subject.ShouldBe(_authority.Certificate.Subject);
    }

    [Fact]
    public void A_key_in_the_file_of_its_certificate()
    {
        var files = _authority.Write(_folder.Path, "peer");
        File.AppendAllText(files.CertificatePath, "\n" + File.ReadAllText(files.KeyPath));

        new CertificateFiles(Paths(files) with { Key = "" }).Current.Own!.TargetCertificate.HasPrivateKey.ShouldBeTrue();
    }

    [Fact]
    public void A_key_with_a_password()
    {
        var files = _authority.Write(_folder.Path, "peer");
        using (var certificate = _authority.Issue("peer"))
        using (var key = certificate.GetECDsaPrivateKey()!)
        {
            var encrypted = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
            File.WriteAllText(files.CertificatePath, certificate.ExportCertificatePem());
            File.WriteAllText(files.KeyPath, key.ExportEncryptedPkcs8PrivateKeyPem(Password, encrypted));
        }

        var paths = Paths(files) with { Password = Written("password", Password + "\n") };
        new CertificateFiles(paths).Current.Own!.TargetCertificate.HasPrivateKey.ShouldBeTrue();
        var wrong = paths with { Password = Written("wrong", "wrong-" + Password) };
        Should.Throw<InvalidOperationException>(() => new CertificateFiles(wrong)).ToString().ShouldNotContain(Password);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Password)]
    public void A_PKCS_12_file(string password)
    {
        using var certificate = _authority.Issue("peer");
        var file = Path.Combine(_folder.Path, "peer.p12");
        File.WriteAllBytes(file, certificate.Export(X509ContentType.Pkcs12, password.Length == 0 ? null : password));
        var paths = new CertificatePaths
        {
            Section = "Test",
            Certificate = file,
            Password = password.Length == 0 ? "" : Written("password", password),
        };

        new CertificateFiles(paths).Current.Own!.TargetCertificate.Subject.ShouldBe("CN=peer");
    }

    [Fact]
    public void What_cannot_be_used_names_its_setting_at_the_start()
    {
        var files = _authority.Write(Path.Combine(_folder.Path, "one"), "peer");
        var other = _authority.Write(Path.Combine(_folder.Path, "other"), "peer");

        Complaint(Paths(files) with { Key = other.KeyPath }).ShouldStartWith("Test: the files of its certificates cannot be used");
        Complaint(Paths(files) with { Key = Written("none", "nonsense") })
            .ShouldStartWith("Test: the files of its certificates cannot be used");
        Complaint(Paths(files) with { Authority = Written("empty", "nonsense") }).ShouldContain("the authority's file");
        Complaint(Paths(files) with { Certificate = Written("key", File.ReadAllText(files.KeyPath)) }).ShouldContain("Test:");
        Complaint(Paths(files) with { Key = "/no/such/file" }).ShouldStartWith("Test:KeyPath: '/no/such/file' cannot be read");
    }

    [Fact]
    public void What_is_replaced_is_seen_and_half_a_replacement_changes_nothing()
    {
        var paths = _authority.Write(_folder.Path, "old");
        var files = new CertificateFiles(Paths(paths));
        var key = File.ReadAllText(paths.KeyPath);
        _authority.Write(_folder.Path, "new");
        var newKey = File.ReadAllText(paths.KeyPath);

        File.WriteAllText(paths.KeyPath, key);
        files.Current.Own!.TargetCertificate.Subject.ShouldBe("CN=old");
        File.Delete(paths.KeyPath);
        files.Current.Own!.TargetCertificate.Subject.ShouldBe("CN=old");
        File.WriteAllText(paths.KeyPath, newKey);
        files.Current.Own!.TargetCertificate.Subject.ShouldBe("CN=new");
    }

    /// <summary>Nothing but a link above the files changes, and no time of theirs.</summary>
    [Fact]
    public void A_volume_of_Kubernetes_that_is_exchanged_is_seen()
    {
        _authority.Write(Path.Combine(_folder.Path, "..1"), "old");
        _authority.Write(Path.Combine(_folder.Path, "..2"), "new");
        foreach (var name in (string[])["tls.crt", "tls.key", "ca.crt"])
            File.CreateSymbolicLink(Path.Combine(_folder.Path, name), $"..data/{name}");
        var data = Path.Combine(_folder.Path, "..data");
        Directory.CreateSymbolicLink(data, "..1");
        var files = new CertificateFiles(Paths(At(_folder.Path)));
        files.Current.Own!.TargetCertificate.Subject.ShouldBe("CN=old");

        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, "..2");

        files.Current.Own!.TargetCertificate.Subject.ShouldBe("CN=new");
    }

    private static string Complaint(CertificatePaths paths) =>
        Should.Throw<InvalidOperationException>(() => new CertificateFiles(paths)).Message;

    private static TestCertificate At(string folder) =>
        new(Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), Path.Combine(folder, "ca.crt"));

    private static CertificatePaths Paths(TestCertificate files) =>
        new()
        {
            Section = "Test",
            Certificate = files.CertificatePath,
            Key = files.KeyPath,
            Authority = files.AuthorityPath,
        };

    private string Written(string name, string content)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, content);
        return path;
    }
}
