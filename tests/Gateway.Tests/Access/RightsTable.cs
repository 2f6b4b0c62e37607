namespace Orleans.Chat.Gateway.Tests.Access;

/* Who may do what in a chat, over REST and the hub: one line a call, one column a person. What stands there is the status of the answer, for the hub
 * the status of its problem, or 200. Who may not know of the chat gets 404 and the very answer of a chat that is not there; who is in it and
 * lacks the right 403. "mute" is answered like a success to everybody, since no answer is awaited, and does nothing. "-" is nobody: a direct
 * chat has two people without roles.
 *
 * stranger   never was in the chat          removed  was in it      blocked  a member whom the owner (or the other of the two) blocks
 * guest, member, admin, owner               by role; "others'" is what another plain member wrote
 *
 * closed is a group and a private channel, open a public channel and a broadcast, shared all four. */
public static class RightsTable
{
    private const string Rest = """
        call                                                           | on               | in        | stranger removed blocked guest member admin owner
        GET /chats/{chat_id}                                           |                  | closed    | 404      404     200     200   200    200   200
        GET /chats/{chat_id}                                           |                  | open      | 200      200     200     200   200    200   200
        GET /chats/{chat_id}                                           |                  | direct    | 404      -       200     -     200    -     -
        PATCH /chats/{chat_id}                                         |                  | shared    | 404      404     403     403   403    200   200
        PATCH /chats/{chat_id}                                         |                  | direct    | 404      -       403     -     403    -     -
        DELETE /chats/{chat_id}                                        |                  | shared    | 404      404     403     403   403    403   204
        DELETE /chats/{chat_id}                                        |                  | direct    | 404      -       403     -     403    -     -
        POST /chats/{chat_id}/join                                     |                  | closed    | 404      404     200     200   200    200   200
        POST /chats/{chat_id}/join                                     |                  | open      | 200      200     200     200   200    200   200
        POST /chats/{chat_id}/join                                     |                  | direct    | 404      -       200     -     200    -     -
        PUT /chats/{chat_id}/preferences                               |                  | shared    | 404      404     200     200   200    200   200
        PUT /chats/{chat_id}/preferences                               |                  | direct    | 404      -       200     -     200    -     -
        GET /chats/{chat_id}/members                                   |                  | shared    | 404      404     200     200   200    200   200
        GET /chats/{chat_id}/members                                   |                  | direct    | 404      -       200     -     200    -     -
        PUT /chats/{chat_id}/members/{user_id}                         | newcomer: guest  | shared    | 404      404     403     403   403    200   200
        PUT /chats/{chat_id}/members/{user_id}                         | newcomer: member | shared    | 404      404     403     403   403    200   200
        PUT /chats/{chat_id}/members/{user_id}                         | newcomer: admin  | shared    | 404      404     403     403   403    403   200
        PUT /chats/{chat_id}/members/{user_id}                         | newcomer: owner  | shared    | 404      404     403     403   403    403   200
        PUT /chats/{chat_id}/members/{user_id}                         | newcomer: member | direct    | 404      -       403     -     403    -     -
        PUT /chats/{chat_id}/members/{user_id}                         | other: guest     | shared    | 404      404     403     403   403    200   200
        PUT /chats/{chat_id}/members/{user_id}                         | other: admin     | shared    | 404      404     403     403   403    403   200
        PUT /chats/{chat_id}/members/{user_id}                         | other: owner     | shared    | 404      404     403     403   403    403   200
        PUT /chats/{chat_id}/members/{user_id}                         | deputy: member   | shared    | 404      404     403     403   403    403   200
        PUT /chats/{chat_id}/members/{user_id}                         | first: member    | shared    | 404      404     403     403   403    403   403
        PUT /chats/{chat_id}/members/{user_id}                         | self: owner      | shared    | 404      404     403     403   403    403   200
        PUT /chats/{chat_id}/members/{user_id}                         | self: owner      | direct    | 404      -       403     -     403    -     -
        DELETE /chats/{chat_id}/members/{user_id}                      | other            | shared    | 404      404     403     403   403    204   204
        DELETE /chats/{chat_id}/members/{user_id}                      | deputy           | shared    | 404      404     403     403   403    403   204
        DELETE /chats/{chat_id}/members/{user_id}                      | first            | shared    | 404      404     403     403   403    403   204
        DELETE /chats/{chat_id}/members/{user_id}                      | self             | shared    | 404      404     204     204   204    204   204
        DELETE /chats/{chat_id}/members/{user_id}                      | self             | direct    | 404      -       403     -     403    -     -
        DELETE /chats/{chat_id}/members/{user_id}                      | newcomer         | shared    | 404      404     404     404   404    404   404
        POST /messages                                                 |                  | group     | 404      404     201     201   201    201   201
        POST /messages                                                 |                  | channel   | 404      404     201     403   201    201   201
        POST /messages                                                 |                  | private   | 404      404     201     403   201    201   201
        POST /messages                                                 |                  | broadcast | 404      404     403     403   403    201   201
        POST /messages                                                 |                  | direct    | 404      -       403     -     201    -     -
        PATCH /chats/{chat_id}/messages/{message_id}                   | own              | shared    | 404      404     200     200   200    200   200
        PATCH /chats/{chat_id}/messages/{message_id}                   | own              | direct    | 404      -       403     -     200    -     -
        PATCH /chats/{chat_id}/messages/{message_id}                   | others'          | shared    | 404      404     403     403   403    403   403
        PATCH /chats/{chat_id}/messages/{message_id}                   | others'          | direct    | 404      -       403     -     403    -     -
        PATCH /chats/{chat_id}/messages/{message_id}                   | the server's     | shared    | 404      404     403     403   403    403   403
        DELETE /chats/{chat_id}/messages/{message_id}                  | own              | shared    | 404      404     204     204   204    204   204
        DELETE /chats/{chat_id}/messages/{message_id}                  | own              | direct    | 404      -       204     -     204    -     -
        DELETE /chats/{chat_id}/messages/{message_id}                  | others'          | shared    | 404      404     403     403   403    204   204
        DELETE /chats/{chat_id}/messages/{message_id}                  | others'          | direct    | 404      -       403     -     403    -     -
        DELETE /chats/{chat_id}/messages/{message_id}                  | the server's     | shared    | 404      404     403     403   403    204   204
        DELETE /chats/{chat_id}/messages/{message_id}                  | others', for me  | shared    | 404      404     204     204   204    204   204
        DELETE /chats/{chat_id}/messages/{message_id}                  | others', for me  | direct    | 404      -       204     -     204    -     -
        PUT /chats/{chat_id}/messages/{message_id}/reactions/{emoji}   | others'          | shared    | 404      404     204     204   204    204   204
        PUT /chats/{chat_id}/messages/{message_id}/reactions/{emoji}   | others'          | direct    | 404      -       403     -     204    -     -
        DELETE /chats/{chat_id}/messages/{message_id}/reactions/{emoji}| others'          | shared    | 404      404     204     204   204    204   204
        DELETE /chats/{chat_id}/messages/{message_id}/reactions/{emoji}| others'          | direct    | 404      -       204     -     204    -     -
        GET /chats/{chat_id}/messages                                  |                  | shared    | 404      404     200     200   200    200   200
        GET /chats/{chat_id}/messages                                  |                  | direct    | 404      -       200     -     200    -     -
        GET /chats/{chat_id}/messages/{message_id}                     | others'          | shared    | 404      404     200     200   200    200   200
        GET /chats/{chat_id}/messages/{message_id}                     | others'          | direct    | 404      -       200     -     200    -     -
        GET /chats/{chat_id}/messages/{message_id}                     | own              | shared    | 404      404     200     200   200    200   200
        GET /chats/{chat_id}/messages/{message_id}/edits               | others'          | shared    | 404      404     200     200   200    200   200
        GET /chats/{chat_id}/messages/{message_id}/edits               | others'          | direct    | 404      -       200     -     200    -     -
        GET /chats/{chat_id}/changes                                   |                  | shared    | 404      404     200     200   200    200   200
        GET /chats/{chat_id}/changes                                   |                  | direct    | 404      -       200     -     200    -     -
        """;

    private const string Hub = """
        SendMessage                                                    |                  | group     | 404      404     200     200   200    200   200
        SendMessage                                                    |                  | channel   | 404      404     200     403   200    200   200
        SendMessage                                                    |                  | private   | 404      404     200     403   200    200   200
        SendMessage                                                    |                  | broadcast | 404      404     403     403   403    200   200
        SendMessage                                                    |                  | direct    | 404      -       403     -     200    -     -
        EditMessage                                                    | own              | shared    | 404      404     200     200   200    200   200
        EditMessage                                                    | own              | direct    | 404      -       403     -     200    -     -
        EditMessage                                                    | others'          | shared    | 404      404     403     403   403    403   403
        EditMessage                                                    | others'          | direct    | 404      -       403     -     403    -     -
        DeleteMessage                                                  | own              | shared    | 404      404     200     200   200    200   200
        DeleteMessage                                                  | own              | direct    | 404      -       200     -     200    -     -
        DeleteMessage                                                  | others'          | shared    | 404      404     403     403   403    200   200
        DeleteMessage                                                  | others'          | direct    | 404      -       403     -     403    -     -
        DeleteMessage                                                  | others', for me  | shared    | 404      404     200     200   200    200   200
        React                                                          | others'          | shared    | 404      404     200     200   200    200   200
        React                                                          | others'          | direct    | 404      -       403     -     200    -     -
        React                                                          | others', back    | shared    | 404      404     200     200   200    200   200
        React                                                          | others', back    | direct    | 404      -       200     -     200    -     -
        Acknowledge                                                    |                  | shared    | mute     mute    200     200   200    200   200
        Acknowledge                                                    |                  | direct    | mute     -       200     -     200    -     -
        Typing                                                         |                  | shared    | mute     mute    200     200   200    200   200
        Typing                                                         |                  | direct    | mute     -       mute    -     200    -     -
        GetChanges                                                     |                  | shared    | 404      404     200     200   200    200   200
        GetChanges                                                     |                  | direct    | 404      -       200     -     200    -     -
        """;

    /// <summary>What concerns another user and no one chat, or shows many: <see cref="PeopleTests"/> has who sees and does what.</summary>
    public static string[] OfPeople { get; } =
    [
        "POST /chats",
        "GET /chats",
        "GET /channels",
        "POST /sync",
        "Sync",
        "GET /users",
        "GET /users/{user_id}",
        "GET /users/{user_id}/presence",
        "WatchPresence",
        "PUT /users/me/blocks/{user_id}",
        "DELETE /users/me/blocks/{user_id}",
        "DELETE /auth/sessions/{session_id}",
    ];

    /// <summary>What concerns nobody but its caller, and names nobody else.</summary>
    public static string[] OfOneself { get; } =
    [
        "POST /auth/register",
        "POST /auth/login",
        "POST /auth/refresh",
        "POST /auth/logout",
        "POST /auth/connection-ticket",
        "GET /auth/sessions",
        "GET /users/me",
        "PATCH /users/me",
        "PUT /users/me",
        "GET /users/me/blocks",
        "GET /config",
        "SetPresence",
        "Reauthenticate",
        "Ping",
    ];

    public static Right[] Rows { get; } = [.. $"{Rest}\n{Hub}".Split('\n').Skip(1).Select(Right.Parse)];
}
