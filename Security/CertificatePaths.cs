namespace Orleans.Chat.Security;

/// <summary>Where a certificate, its key and the authorities lie. Empty is none.</summary>
public sealed record CertificatePaths
{
    /// <summary>The configuration's section that has them, for messages.</summary>
    public required string Section { get; init; }

    /// <summary>PEM, the process's own certificate first and those between it and its authority after it; or PKCS #12, with the key.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>PEM; empty when the key is in the file of the certificate.</summary>
    public string Key { get; init; } = "";

    /// <summary>A file with the password of the key or of the PKCS #12 file.</summary>
    public string Password { get; init; } = "";

    /// <summary>PEM, one or more certificates that the others' must come from.</summary>
    public string Authority { get; init; } = "";

    /// <summary>Setting and path of each that is given.</summary>
    internal IEnumerable<(string Setting, string Path)> Given =>
        new[] { ("CertificatePath", Certificate), ("KeyPath", Key), ("PasswordPath", Password), ("AuthorityPath", Authority) }
            .Where(p => p.Item2.Length > 0)
            .Select(p => ($"{Section}:{p.Item1}", p.Item2));
}
