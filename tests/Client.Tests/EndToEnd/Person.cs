using System.Collections.Concurrent;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.EndToEnd;

/// <summary>Somebody with a client, and what the application of that client saw.</summary>
internal sealed class Person : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static int _people;

    private readonly ConcurrentQueue<ChatEvent> _seen = new();
    private readonly ConcurrentQueue<ConnectionState> _states = new();

    private Person(string id, ChatClientOptions options)
    {
        Id = id;
        Client = new ChatClient(options);
        Client.OnEvent += _seen.Enqueue;
        Client.OnConnection += _states.Enqueue;
    }

    public string Id { get; }

    public ChatClient Client { get; }

    /// <summary>The events so far.</summary>
    public IReadOnlyList<ChatEvent> Seen => [.. _seen];

    /// <summary>The states of the connection so far.</summary>
    public IReadOnlyList<ConnectionState> States => [.. _states];

    public ChatState this[string chatId] => Client.Chats[chatId];

    /// <summary>What a new account signs in with; ids are never used twice.</summary>
    public static Credentials NewCredentials(string name) =>
        new($"{name}-{Environment.ProcessId}-{Interlocked.Increment(ref _people)}", Password);

    /// <summary>Makes an account and connects.</summary>
    public static Task<Person> NewAsync(string name, ChatClientOptions options) => NewAsync(NewCredentials(name), options);

    public static async Task<Person> NewAsync(Credentials credentials, ChatClientOptions options)
    {
        var person = new Person(credentials.UserId, options);
        await person.Client.RegisterAsync(credentials.UserId, credentials.UserId, credentials.Password);
        await person.Client.ConnectAsync();
        return person;
    }

    /// <summary>Another device, or the next run, of somebody who has an account.</summary>
    public static Person Of(string id, ChatClientOptions options) => new(id, options);

    public Task LoginAsync() => Client.LoginAsync(Id, Password);

    /// <summary>
    /// A group that the others who are connected have heard of: whose first synchronisation is still under way finds it with the
    /// messages sent meanwhile, and those then come to it as history instead of as events.
    /// </summary>
    public async Task<string> NewGroupAsync(params Person[] others)
    {
        var group = new CreateChat
        {
            Type = ChatTypes.Group,
            Name = "Us",
            MemberIds = [.. others.Select(other => other.Id)],
        };
        var chat = (await Client.CreateChatAsync(group)).ChatId;
        await Task.WhenAll(others.Where(other => other.Client.State == ConnectionState.Connected).Select(other => other.KnowsAsync(chat)));
        return chat;
    }

    /// <summary>The texts of a chat as its events came, each time that one came.</summary>
    public string[] Texts(string chatId) => [.. Created(chatId).Select(message => message.Content)];

    public Message[] Created(string chatId) =>
        [
            .. Seen.OfType<MessageCreated>()
                .Select(created => created.Message)
                .Where(message => message.ChatId == chatId && message.Type == MessageTypes.Text),
        ];

    /// <summary>The texts of a chat as the client holds them.</summary>
    public string[] Held(string chatId) =>
        Client.Chats.TryGetValue(chatId, out var state) ? [.. state.Messages.Select(m => m.Content)] : [];

    public async Task UntilAsync(Func<Person, bool> condition, string what)
    {
        try
        {
            await Clock.UntilAsync(() => condition(this), $"{Id}: {what}", Patience);
        }
        catch (TimeoutException e)
        {
            var chats = string.Join(", ", Client.Chats.Select(chat => $"{chat.Key} at {chat.Value.Revision}"));
            var state =
                $"{Client.State}, caught up: {Client.IsCaughtUp}, unsent: {Client.UnsentCount}, chats: {chats}, events: {Seen.Count}";
            var last = string.Join(", ", Seen.TakeLast(5).Select(next => $"{next.GetType().Name} {next.Revision}"));
            throw new TimeoutException($"{e.Message} ({state}, states: {string.Join(", ", States)}, last: {last})", e);
        }
    }

    /// <summary>An event, past or to come.</summary>
    public async Task<T> EventAsync<T>(Func<T, bool>? fits = null)
        where T : ChatEvent
    {
        await UntilAsync(me => me.Seen.OfType<T>().Any(fits ?? (_ => true)), typeof(T).Name);
        return Seen.OfType<T>().First(fits ?? (_ => true));
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    // By its event or by the synchronisation that was under way when it was made.
    private Task KnowsAsync(string chatId) => UntilAsync(me => me.Client.Chats.ContainsKey(chatId), $"chat {chatId}");
}
