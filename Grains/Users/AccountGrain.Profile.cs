using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Users;

/* Profile, blocks and preferences. A block holds when its call answers: what keeps blocks in memory, the two presences and the pair's direct
 * chat, has read them again by then. */
internal sealed partial class AccountGrain
{
    public async Task<Outcome<User>> Profile() =>
        await accounts.FindAsync(User, CancellationToken.None) is { } row ? UserViews.Own(row) : Problem.NotFound;

    public async Task<Outcome<User>> Update(UpdateUser change)
    {
        if (await accounts.UpdateAsync(User, change with { UserId = null }, CancellationToken.None) is not { } row)
            return Problem.NotFound;
        if (change.Privacy is not null)
            await GrainFactory.Presence(User).Refresh();
        return UserViews.Own(row);
    }

    public async Task<string[]> Blocks() => [.. (await accounts.BlocksAsync(User, CancellationToken.None)).Blocking];

    public async Task<Outcome<Done>> Block(string userId, bool blocked)
    {
        if (string.Equals(userId, User, StringComparison.Ordinal))
            return Problem.Invalid("user_id", "Nobody can block oneself.");
        if (await accounts.FindAsync(userId, CancellationToken.None) is null)
            return Problem.NotFound;
        await accounts.SetBlockAsync(User, userId, blocked, time.GetUtcNow(), CancellationToken.None);
        await Task.WhenAll(
            GrainFactory.Presence(User).Refresh(),
            GrainFactory.Presence(userId).Refresh(),
            GrainFactory.Chat(Ids.Direct(User, userId)).RefreshBlocks()
        );
        return default(Done);
    }

    public async Task<Outcome<Preferences>> SetPreferences(string chatId, Preferences preferences)
    {
        var chat = await GrainFactory.Chat(chatId).Get(User);
        if (chat.Problem is { } problem)
            return problem;
        // A public chat shows itself to everybody; its preferences are for who is in it.
        if (chat.Value?.Role is null)
            return Problem.NotFound;
        await members.SetPreferencesAsync(User, chatId, preferences, CancellationToken.None);
        await notifier.TellAsync(User, new UserEvent(User, new PreferencesUpdated(preferences) { ChatId = chatId }));
        return preferences;
    }
}
