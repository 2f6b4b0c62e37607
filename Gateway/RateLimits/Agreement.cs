namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>What this gateway knows of the others, which buckets are shared with.</summary>
/// <param name="Gateways">How many there are, this one among them, as was heard last.</param>
/// <param name="Tells">Whether use is told to them: there is a store, and it answers.</param>
/// <param name="Apart">Whether there is a store that does not answer.</param>
internal sealed record Agreement(int Gateways, bool Tells, bool Apart)
{
    /// <summary>A gateway that shares with nobody.</summary>
    public static Agreement Alone { get; } = new(1, Tells: false, Apart: false);

    /// <summary>One that has a store and has not heard of it yet.</summary>
    public static Agreement Beginning { get; } = new(1, Tells: true, Apart: false);

    /// <summary>The part of each shared bucket that is this gateway's.</summary>
    public double Share => Apart ? 1.0 / Gateways : 1;
}
