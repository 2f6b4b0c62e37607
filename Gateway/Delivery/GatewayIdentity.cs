namespace Orleans.Chat.Gateway.Delivery;

/// <summary>
/// Who this gateway instance is: its name and when it started. A restarted gateway has another id, so that nothing that was meant for
/// the instance before reaches it.
/// </summary>
internal sealed class GatewayIdentity(string name, TimeProvider time)
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    public string Id { get; } = $"{name}-{Base36(time.GetUtcNow().UtcTicks)}";

    private static string Base36(long value)
    {
        Span<char> text = stackalloc char[13];
        var at = text.Length;
        do
        {
            text[--at] = Digits[(int)(value % 36)];
            value /= 36;
        } while (value > 0);
        return text[at..].ToString();
    }
}
