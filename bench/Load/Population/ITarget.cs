namespace Orleans.Chat.Load.Population;

/// <summary>A user of the load: a number, and what opens its connection.</summary>
internal sealed record LoadUser(int Number, string Id, string Token, Uri Server);

/// <summary>A chat of the load, and the numbers of who is in it.</summary>
internal sealed record LoadChat(string Id, int[] Members);

/// <summary>What is put under load.</summary>
internal interface ITarget
{
    /// <summary>Makes users, spread over the servers.</summary>
    Task<LoadUser[]> UsersAsync(int count, CancellationToken cancellationToken);

    /// <summary>Makes a chat of these; the first is its owner.</summary>
    Task<LoadChat> ChatAsync(bool direct, LoadUser[] members, CancellationToken cancellationToken);
}
