using Orleans.Chat.Gateway.Http;

namespace Orleans.Chat.Gateway.Tests.Http;

public sealed class ForwardedClientsTests
{
    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("2001:db8::/32", true)]
    [InlineData("::1", true)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("proxy.example.com", false)]
    [InlineData("", false)]
    public void A_proxy_is_an_address_or_a_network_and_nothing_else(string proxy, bool good)
    {
        var options = new GatewayOptions();
        options.KnownProxies.Add(proxy);
        new KnownProxiesValidator().Validate(null, options).Succeeded.ShouldBe(good);
    }
}
