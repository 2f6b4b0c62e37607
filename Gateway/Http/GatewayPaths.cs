namespace Orleans.Chat.Gateway.Http;

/// <summary>Where things are.</summary>
internal static class GatewayPaths
{
    public const string Api = "/api/v1";
    public const string Hub = "/hubs/chat";
}
