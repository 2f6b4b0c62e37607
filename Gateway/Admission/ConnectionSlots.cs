namespace Orleans.Chat.Gateway.Admission;

/// <summary>Why there is no slot for a connection.</summary>
internal enum NoSlot
{
    /// <summary>There is one.</summary>
    None,

    /// <summary>The gateway has all that it takes.</summary>
    Gateway,

    /// <summary>The user has.</summary>
    User,

    /// <summary>The address has.</summary>
    Address,
}

/// <summary>How many slots there are; for each user and address, null is without a limit.</summary>
internal sealed record SlotLimits(int Gateway, int? User, int? Address);

/* Slots for connections, of the gateway and in it of each user and address. A connection takes one of each when it opens, and gives them back
 * when it ends, however it does. */
internal sealed class ConnectionSlots(SlotLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _addresses = new(StringComparer.Ordinal);
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether there is one now; it may be gone when it is taken.</summary>
    public NoSlot Look(string? address)
    {
        lock (_lock)
            return Missing(null, address);
    }

    /// <summary>Takes one.</summary>
    /// <param name="user">Whose connection it is.</param>
    /// <param name="address">Where it comes from; null for one that is exempt.</param>
    /// <param name="slot">Gives it back when it is disposed; null when there is none.</param>
    public NoSlot Take(string user, string? address, out IDisposable? slot)
    {
        lock (_lock)
        {
            var missing = Missing(user, address);
            slot = missing == NoSlot.None ? new Slot(this, user, address) : null;
            if (slot is null)
                return missing;
            _count++;
            _users[user] = _users.GetValueOrDefault(user) + 1;
            if (address is not null)
                _addresses[address] = _addresses.GetValueOrDefault(address) + 1;
            return NoSlot.None;
        }
    }

    private NoSlot Missing(string? user, string? address) =>
        _count >= limits.Gateway ? NoSlot.Gateway
        : address is not null && _addresses.GetValueOrDefault(address) >= limits.Address ? NoSlot.Address
        : user is not null && _users.GetValueOrDefault(user) >= limits.User ? NoSlot.User
        : NoSlot.None;

    private void GiveBack(string user, string? address)
    {
        lock (_lock)
        {
            _count--;
            Less(_users, user);
            if (address is not null)
                Less(_addresses, address);
        }
    }

    private static void Less(Dictionary<string, int> counts, string key)
    {
        if (--counts[key] == 0)
            counts.Remove(key);
    }

    private sealed class Slot(ConnectionSlots slots, string user, string? address) : IDisposable
    {
        private int _gone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, 1) == 0)
                slots.GiveBack(user, address);
        }
    }
}
