namespace Orleans.Chat.Load.Population;

/// <summary>The bare hub: users are connections, and a chat is whoever joined it.</summary>
internal sealed class BareServer(IReadOnlyList<Uri> servers) : ITarget
{
    // The hub remembers the chats of the runs before.
    private readonly string _run = Guid.CreateVersion7().ToString("N");
    private int _users;
    private int _chats;

    public Task<LoadUser[]> UsersAsync(int count, CancellationToken cancellationToken)
    {
        var first = _users;
        _users += count;
        return Task.FromResult(
            Enumerable.Range(first, count).Select(n => new LoadUser(n, $"u{n}", $"u{n}", servers[n % servers.Count])).ToArray()
        );
    }

    public Task<LoadChat> ChatAsync(bool direct, LoadUser[] members, CancellationToken cancellationToken) =>
        Task.FromResult(new LoadChat($"{_run}-{Interlocked.Increment(ref _chats):d8}", [.. members.Select(m => m.Number)]));
}
