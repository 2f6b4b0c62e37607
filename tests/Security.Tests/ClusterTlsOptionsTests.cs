using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.Security.Tests;

public sealed class ClusterTlsOptionsTests : IDisposable
{
    private readonly TestFolder _folder = new("cluster-tls-options");
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task Without_the_section_peers_speak_plain_TCP()
    {
        var (silo, gateway) = (FreePorts.Take(), FreePorts.Take());
        await using var plain = await ClusterPeer.StartSiloAsync(silo, gateway);
        await using (await ClusterPeer.StartClientAsync(gateway)) { }
    }

    [Theory]
    [InlineData("AuthorityPath")]
    [InlineData("CertificatePath")]
    [InlineData("PeerName")]
    public async Task Half_a_section_stops_the_start(string only)
    {
        var all = ClusterPeer.Tls(_authority.Write(_folder.Path, "peer"), "peer");
        var one = Array.Find(all, s => s.Item1 == $"Cluster:Tls:{only}");

        var fault = await Should.ThrowAsync<PeerRefusedException>(() =>
            ClusterPeer.StartSiloAsync(FreePorts.Take(), FreePorts.Take(), one)
        );
        fault.Message.ShouldContain("Cluster:Tls:CertificatePath and Cluster:Tls:AuthorityPath must both be set.");
    }
}
