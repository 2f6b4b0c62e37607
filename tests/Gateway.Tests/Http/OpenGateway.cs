namespace Orleans.Chat.Gateway.Tests.Http;

/// <summary>A gateway that another site's pages may use, and whose limits hold for this machine too.</summary>
public sealed class OpenGateway : GatewayFixture
{
    public const string Friend = "https://friend.example.com";
    public const int SignInsAtOnce = 3;

    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Gateway:AllowedOrigins:0"] = Friend,
            ["Gateway:AllowedOrigins:1"] = "http://localhost:5173",
            ["RateLimits:ExemptLoopback"] = "false",
            ["RateLimits:SignInsAtOnce"] = "3",
            ["RateLimits:SignInsPerSecond"] = "1",
        };
}
