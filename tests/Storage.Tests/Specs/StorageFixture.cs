using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Tests.Specs;

/// <summary>A store that is shared by the tests of a run: each test uses ids of its own.</summary>
public abstract class StorageFixture
{
    public abstract IChatLog Log { get; }
    public abstract IChatReader Reader { get; }
    public abstract IChatLists Lists { get; }
    public abstract IMemberStore Members { get; }
    public abstract IAccountStore Accounts { get; }
    public abstract ISessionStore Sessions { get; }
    public abstract IInstallationStore Installation { get; }

    /// <summary>A log over the same data as another process has it. Closed with the fixture.</summary>
    public abstract IChatLog AnotherLog(StorageOptions? options = null);
}
