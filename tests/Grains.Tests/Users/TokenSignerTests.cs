using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Grains.Users;
using Opts = Microsoft.Extensions.Options.Options;

namespace Orleans.Chat.Grains.Tests.Users;

public sealed class TokenSignerTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_key_file_goes_before_the_database()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(_file, key.ExportECPrivateKeyPem(), Ct);
        using var signer = Signer(_file);

        using var set = JsonDocument.Parse(await signer.KeySetAsync(Ct));

        var x = set.RootElement.GetProperty("keys")[0].GetProperty("x").GetString();
        x.ShouldBe(System.Buffers.Text.Base64Url.EncodeToString(key.ExportParameters(false).Q.X!));
    }

    [Fact]
    public async Task A_key_on_another_curve_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await File.WriteAllTextAsync(_file, key.ExportECPrivateKeyPem(), Ct);
        using var signer = Signer(_file);

        await Should.ThrowAsync<InvalidOperationException>(async () => await signer.KeySetAsync(Ct));
    }

    [Fact]
    public void A_key_file_that_is_not_there_stops_the_start()
    {
        var validator = new SigningKeyFileValidator();

        validator.Validate(null, new TokenOptions()).Succeeded.ShouldBeTrue();
        validator.Validate(null, new TokenOptions { SigningKeyFile = _file }).Succeeded.ShouldBeTrue();
        validator.Validate(null, new TokenOptions { SigningKeyFile = _file + ".no" }).Failed.ShouldBeTrue();
    }

    private static TokenSigner Signer(string file) =>
        new(new MemoryAccounts(), Opts.Create(new TokenOptions { SigningKeyFile = file }), new FakeTimeProvider());
}
