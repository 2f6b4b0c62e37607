using System.Text;
using Orleans.Chat.Grains.Users;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Fuzz.Targets;

/* Every text that the server gave out and takes back. The first byte says which one the rest is. A small letter: as a client sends it. A capital: what
 * is inside, which is signed or encoded first, or hardly any change would get past the signature and the alphabet. The contract: an access token, a
 * ticket, a refresh token is good or nobody's; a cursor and a token of a synchronisation is read or a FormatException. */
internal sealed class TokenTarget : FuzzTarget
{
    private readonly TokenReaders _readers = new();

    public override string Name => "tokens";

    public override Reading Read(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return Reading.Refused;
        var inside = input[1..];
        var text = Encoding.UTF8.GetString(inside.Span);
        return (char)input.Span[0] switch
        {
            'a' => _readers.Access(text),
            'A' => _readers.Access(_readers.Signed(inside.Span)),
            'x' => _readers.External(text),
            'X' => _readers.External(_readers.Signed(inside.Span)),
            't' => _readers.Ticket(text),
            'r' => OpaqueTokens.UserOf(text) is null ? Reading.Refused : Reading.Taken,
            'p' => PostgresSync(text),
            'P' => PostgresSync(TokenReaders.Encoded(inside.Span)),
            's' => SqliteSync(text),
            'S' => SqliteSync(TokenReaders.Encoded(inside.Span)),
            'c' => Cursor(text),
            'C' => Cursor(TokenReaders.Encoded(inside.Span)),
            _ => Reading.Refused,
        };
    }

    public override IEnumerable<Seed> Seeds()
    {
        var snapshots = new Storage.PostgreSql.SyncToken("history", "700:705:701,703", "700:709:", 704, "chat").Write();
        var fresh = new Storage.PostgreSql.SyncToken("history", "700:705:", null, 0, "").Write();
        var writes = new Storage.Sqlite.SyncToken("history", 7, 9, 8, "chat").Write();
        var cursor = ListCursor.Cut([TokenReaders.Row("first", 2), TokenReaders.Row("second", 1)], 1, chat => chat.HeadSeq).NextCursor!;
        (string Name, string Text)[] texts =
        [
            ("access", $"a{_readers.NewAccess()}"),
            ("external", $"x{_readers.NewExternal()}"),
            ("ticket", $"t{OpaqueTokens.NewTicket("alice.b")}"),
            ("refresh", $"r{OpaqueTokens.NewRefresh("alice.b", "session-1")}"),
            ("sync-postgres", $"p{snapshots}"),
            ("sync-postgres-fresh", $"p{fresh}"),
            ("sync-sqlite", $"s{writes}"),
            ("cursor", $"c{cursor}"),
            ("access-inside", $"A{TokenReaders.Inside(_readers.NewAccess())}"),
            ("external-inside", $"X{TokenReaders.Inside(_readers.NewExternal())}"),
            ("sync-postgres-inside", $"P{TokenReaders.Decoded(snapshots)}"),
            ("sync-sqlite-inside", $"S{TokenReaders.Decoded(writes)}"),
            ("cursor-inside", $"C{TokenReaders.Decoded(cursor)}"),
        ];
        return texts.Select(t => new Seed(t.Name, Encoding.UTF8.GetBytes(t.Text)));
    }

    private static Reading PostgresSync(string text) =>
        Written(
            () =>
            {
                var token = Storage.PostgreSql.SyncToken.Read(text);
                foreach (var snapshot in new[] { token.Since, token.First })
                {
                    if (snapshot is not null)
                        _ = Storage.PostgreSql.SyncToken.Ceiling(snapshot);
                }
                return token;
            },
            token => Storage.PostgreSql.SyncToken.Read(token.Write())
        );

    private static Reading SqliteSync(string text) =>
        Written(() => Storage.Sqlite.SyncToken.Read(text), token => Storage.Sqlite.SyncToken.Read(token.Write()));

    private static Reading Cursor(string text) =>
        Written(() => ListCursor.Read(text), cursor => ListCursor.Read(TokenReaders.Encoded($"{cursor.Key}|{cursor.ChatId}")));

    /// <summary>What was read is what is read again after it was written.</summary>
    private static Reading Written<T>(Func<T> read, Func<T, T> again)
        where T : notnull
    {
        T token;
        try
        {
            token = read();
        }
        catch (FormatException)
        {
            return Reading.Refused;
        }
        return again(token).Equals(token) ? Reading.Taken : throw new FindingException($"{token} is another token when it is written.");
    }
}
