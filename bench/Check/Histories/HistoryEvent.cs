namespace Orleans.Chat.Check.Histories;

/// <summary>What a line of a history tells.</summary>
internal enum LineType : byte
{
    Invoke,
    Ack,
    Fail,
    Unknown,
    Event,
    Connect,
    Disconnect,
    Resume,
    Page,
    Edit,
    EditAck,
    EditFail,
    EditUnknown,
    Delete,
    DeleteAck,
    DeleteFail,
    DeleteUnknown,
    Read,
    ReadEnd,
    Cursor,
    CursorSet,
    Member,
    MemberUnknown,
    Presence,
    PresenceSet,
    Fault,
    Final,
    Head,
    AtEnd,
}

/// <summary>What of a chat a change is of.</summary>
internal enum ChangeKind : byte
{
    None,
    Message,
    Edited,
    Deleted,
    Member,
    Other,
}

/// <summary>The way on which a client got a change.</summary>
internal enum Via : byte
{
    None,
    Push,
    Changes,
    History,
    Sync,
}

/// <summary>The one word that some lines have besides their type: <c>change</c>, <c>which</c> or <c>state</c>.</summary>
internal enum Word : byte
{
    None,
    Joined,
    Left,
    Delivered,
    Read,
    Begin,
    End,
    Offline,
    Invisible,
    Present,
}

/// <summary>
/// A line of a history, its ids as numbers. A history is JSON Lines; the fields of an object come in any order, those that are not named
/// here are ignored, and null is as good as absent.
/// </summary>
/// <remarks>
/// Every line has <c>t</c> (nanoseconds of the machine's monotonic clock), <c>type</c> and <c>client</c> (the device that writes; a device
/// that forgot where it was takes a new name). By type:
/// <list type="bullet">
/// <item><c>invoke</c>: chat_id, message_id, user_id, hash; before the bytes leave. A repeat writes it again with the same id. Each has at most one
/// answer: <c>ack</c> (seq, revision), <c>fail</c> (code; it had no effect) or <c>unknown</c> (code), all with chat_id and message_id.</item>
/// <item><c>edit</c>: chat_id, message_id, hash; <c>edit_ack</c> (revision), <c>edit_fail</c>, <c>edit_unknown</c>, which may repeat the hash: without it the
/// answer of one of several edits of a message that one client has under way is nobody's. <c>delete</c> likewise, without hash.</item>
/// <item><c>event</c>: chat_id, revision, kind (message, edited, deleted, member, other), via (push, changes, history, sync); of messages seq,
/// message_id, and where there is content sender_id and hash. <c>applied</c> (always with push and changes) is true when the client took it because
/// revision = last + 1, or as the first of a chat that it came into; what was held back as ahead and is taken later is written again then. <c>system</c>: true
/// for a message of the server's own. <c>user_id</c> for member: whom it is about; without it a client's own return is less surely told from a hole.</item>
/// <item><c>connect</c>, <c>disconnect</c>: user_id. <c>resume</c>: chat_id, revision, the last one the client applied.</item>
/// <item><c>read</c>: chat_id, read_id, before it is asked; <c>read_end</c> with up_to_seq after the events (via history) that it brought.</item>
/// <item><c>cursor</c>: chat_id, user_id, which (delivered or read), seq, as it was pushed; both of one receipt have one t. With read_id: as an answer showed
/// it, which may be older than a push before it. <c>cursor_set</c>: the same, for a client's own mark.</item>
/// <item><c>member</c>: chat_id, user_id, change (joined or left), revision, seq (the head's before the change), when it was acknowledged;
/// <c>member_unknown</c>: chat_id, user_id, change, when it was not: without it who is made to come back unseen is taken for one who stayed out.</item>
/// <item><c>presence</c>: user_id, state, as it was told; <c>presence_set</c>: user_id, state (offline, or else it counts as there), when an own connection came or
/// went. A client follows whom it was told of until it disconnects.</item>
/// <item><c>fault</c>: name, state (begin or end).</item>
/// <item><c>final</c>: chat_id, seq, revision, message_id, and unless <c>deleted</c> sender_id and hash, also <c>system</c>: a row of the log as read when all is
/// quiet; <c>head</c>: chat_id, seq, revision, after a chat's rows; <c>at_end</c>: chat_id, revision, what a living client applied last.</item>
/// </list>
/// The lines of one file are in the order of t, give or take what threads do between reading a clock and writing.
/// </remarks>
internal struct HistoryEvent
{
    /// <summary>For an id that the line does not have.</summary>
    public const int None = -1;

    public long T;
    public LinePlace Place;
    public long Seq;
    public long Revision;

    /// <summary>A body's; 0 where there is none.</summary>
    public ulong Hash;
    public ulong ReadId;
    public int Client;
    public int Chat;

    /// <summary>A message of a chat: the same message_id in another chat is another number.</summary>
    public int Message;

    /// <summary>Who sends, whose cursor, membership or presence it is.</summary>
    public int User;
    public LineType Type;
    public ChangeKind Kind;
    public Via Via;
    public Word Word;
    public bool Applied;
    public bool Deleted;
    public bool System;

    /// <summary>Whether it shows a message as it came in the order of changes: a page shows messages as they are now.</summary>
    public readonly bool IsInFeed => Type == LineType.Event && Via is Via.Push or Via.Changes;
}
