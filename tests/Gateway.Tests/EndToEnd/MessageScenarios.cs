using Microsoft.AspNetCore.Http.Connections;
using Orleans.Chat.Support;

namespace Orleans.Chat.EndToEnd;

/// <summary>What people do with messages, over the wire alone.</summary>
public abstract class MessageScenarios(Place place)
{
    [Fact]
    public async Task The_two_calls_that_were_asked_for_work_literally()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        var first = await Place.SendAsync(alice, chat, "first");
        var sent = await alice.PostAsync(
            "messages",
            new
            {
                chat_id = chat,
                sender_id = alice.UserId,
                content = "Hello!",
                type = "text",
                metadata = new { reply_to = first.GetProperty("message_id").GetString(), mentions = new[] { bob.UserId } },
            }
        );
        sent.Status.ShouldBe(201);
        sent.Text("status").ShouldBe("sent");
        sent.Body.GetProperty("seq").GetInt64().ShouldBe(2);

        var page = await bob.GetAsync($"chats/{chat}/messages?before={sent.Text("message_id")}&limit=50&type=all");
        page.Body.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        page.Body.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().GetProperty("content").GetString().ShouldBe("first");
        (await Place.ContentsAsync(bob, chat)).ShouldBe(["first", "Hello!"]);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task A_message_reaches_the_others_device_and_the_senders_own_over_each_transport(HttpTransportType transport)
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await Place.ConnectAsync(alice, transport);
        await using var his = await Place.ConnectAsync(bob, transport);

        var answer = await hers.InvokeAsync(
            "SendMessage",
            new
            {
                chat_id = chat,
                content = "over " + transport,
                type = "text",
            }
        );
        var pushed = await Place.MessageAsync(his, chat, "over " + transport);
        pushed.GetProperty("revision").GetInt64().ShouldBe(answer.GetProperty("revision").GetInt64());
        await Place.MessageAsync(hers, chat, "over " + transport);
    }

    [Fact]
    public async Task A_repeated_send_gets_the_first_answer_over_any_gateway_and_another_body_is_a_conflict()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob");
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var elsewhere = new RawClient(place.There);
        elsewhere.UseToken(alice.AccessToken);
        var id = Place.NewId();
        var body = new
        {
            chat_id = chat,
            content = "once",
            type = "text",
            message_id = id,
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? alice : elsewhere).PostAsync("messages", body)));

        answers.Count(a => a.Status == 201).ShouldBe(1);
        answers.Count(a => a.Status == 200).ShouldBe(7);
        answers.Select(a => a.Body.ToString()).Distinct().ShouldHaveSingleItem();
        (await Place.ContentsAsync(bob, chat)).ShouldBe(["once"]);
        (await alice.PostAsync("messages", body with { content = "other" })).Code.ShouldBe("message_id_conflict");
        (await bob.PostAsync("messages", body)).Code.ShouldBe("message_id_conflict");
    }

    [Fact]
    public async Task Sends_that_are_not_awaited_keep_their_order()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();
        var words = Enumerable.Range(0, 200).Select(i => $"m{i}").ToArray();

        await Task.WhenAll(
            words.Select(w =>
                hers.InvokeAsync(
                    "SendMessage",
                    new
                    {
                        chat_id = chat,
                        content = w,
                        type = "text",
                    }
                )
            )
        );

        await Place.MessageAsync(his, chat, words[^1]);
        Place.Pushed(his, chat).ShouldBe(words);
        (await Place.ContentsAsync(bob, chat)).ShouldBe(words);
    }

    [Fact]
    public async Task Eight_writers_send_forty_each_and_all_see_one_order_with_nothing_lost_or_twice()
    {
        var users = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => place.NewUserAsync($"w{i}", i % 2 == 0 ? place.Here : place.There))
        );
        var chat = await Place.NewGroupAsync(users[0], users[1..]);
        var hubs = await Task.WhenAll(users.Select(u => u.ConnectAsync()));

        await Task.WhenAll(
            hubs.SelectMany(
                (h, i) =>
                    Enumerable
                        .Range(0, 40)
                        .Select(n =>
                            h.InvokeAsync(
                                "SendMessage",
                                new
                                {
                                    chat_id = chat,
                                    content = $"{i}/{n}",
                                    type = "text",
                                }
                            )
                        )
            )
        );

        foreach (var hub in hubs)
            await hub.Events.WaitUntilAsync(_ => Place.Pushed(hub, chat).Length >= 320, TimeSpan.FromSeconds(60));
        var order = Place.Pushed(hubs[0], chat);
        order.Length.ShouldBe(320);
        order.Distinct().Count().ShouldBe(320);
        foreach (var hub in hubs)
        {
            Place.Pushed(hub, chat).ShouldBe(order);
            hub.Events.OfType("message.created")
                .Select(e => e.GetProperty("message").GetProperty("seq").GetInt64())
                .ShouldBe(Enumerable.Range(1, 320).Select(i => (long)i));
        }
        foreach (var user in users)
            await user.DisposeAsync();
    }

    [Fact]
    public async Task Edits_reactions_and_deletions_reach_who_is_there_and_who_was_away()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var his = await bob.ConnectAsync();
        var edited = (await Place.SendAsync(alice, chat, "tpyo")).GetProperty("message_id").GetString();
        var deleted = (await Place.SendAsync(alice, chat, "secret")).GetProperty("message_id").GetString();

        (await alice.PatchAsync($"chats/{chat}/messages/{edited}", new { content = "typo" })).Status.ShouldBe(200);
        (await bob.PutAsync($"chats/{chat}/messages/{edited}/reactions/%F0%9F%91%8D")).Status.ShouldBe(204);
        (await bob.PutAsync($"chats/{chat}/messages/{edited}/reactions/%F0%9F%91%8D")).Status.ShouldBe(204);
        (await alice.DeleteAsync($"chats/{chat}/messages/{deleted}?for=everyone")).Status.ShouldBe(204);

        await his.Events.WaitForTypeAsync("message.updated", chat);
        await his.Events.WaitForTypeAsync("reaction.changed", chat);
        await his.Events.WaitForTypeAsync("message.deleted", chat);
        his.Events.OfType("reaction.changed").ShouldHaveSingleItem();
        (await Place.ContentsAsync(bob, chat)).ShouldBe(["typo", ""]);
        (await bob.GetAsync($"chats/{chat}/messages/{edited}/edits"))
            .Body.GetProperty("edits")[0]
            .GetProperty("content")
            .GetString()
            .ShouldBe("tpyo");

        var changes = (await bob.GetAsync($"chats/{chat}/changes?after_revision=0")).Body;
        changes.GetProperty("changes").EnumerateArray().Select(e => e.GetProperty("revision").GetInt64()).ShouldBe([1, 2, 3, 4, 5, 6]);
        changes.ToString().ShouldNotContain("secret");
        (await bob.GetAsync($"chats/{chat}/changes?after_revision=99")).Code.ShouldBe("history_rewound");
        var one = (await bob.GetAsync($"chats/{chat}/messages/{edited}")).Body;
        one.GetProperty("reactions")[0].GetProperty("user_ids")[0].GetString().ShouldBe(bob.UserId);
    }

    [Fact]
    public async Task Delivered_and_read_are_told_and_counted()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();
        var id = (await Place.SendAsync(alice, chat, "one")).GetProperty("message_id").GetString();
        await Place.SendAsync(alice, chat, "two", metadata: new { mentions = new[] { bob.UserId } });
        await Place.MessageAsync(his, chat, "two");

        var before = (await bob.GetAsync($"chats/{chat}")).Body;
        before.GetProperty("unread_count").GetInt64().ShouldBe(2);
        before.GetProperty("mention_count").GetInt64().ShouldBe(1);
        await his.InvokeAsync("Acknowledge", new[] { new { chat_id = chat, read_seq = 1 } });
        var receipt = await hers.Events.WaitForTypeAsync("receipt", chat);
        receipt.GetProperty("read_seq").GetInt64().ShouldBe(1);
        receipt.GetProperty("delivered_seq").GetInt64().ShouldBe(1);

        (await alice.GetAsync($"chats/{chat}/messages/{id}")).Text("status").ShouldBe("read");
        (await bob.GetAsync($"chats/{chat}")).Body.GetProperty("unread_count").GetInt64().ShouldBe(1);
        var listed = (await bob.GetAsync("chats"))
            .Body.GetProperty("chats")
            .EnumerateArray()
            .Single(c => c.GetProperty("chat_id").GetString() == chat);
        listed.GetProperty("unread_count").GetInt64().ShouldBe(1);
        listed.GetProperty("last_message").GetProperty("content").GetString().ShouldBe("two");
        (await alice.GetAsync($"chats/{chat}")).Body.GetProperty("unread_count").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task Sync_tells_what_changed_since_and_nothing_else()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var quiet = await Place.NewGroupAsync(alice, bob);
        var busy = await Place.NewGroupAsync(alice, bob);
        var left = await Place.NewGroupAsync(alice, bob);

        var all = (await bob.PostAsync("sync", new { })).Body;
        all.GetProperty("chats")
            .EnumerateArray()
            .Select(c => c.GetProperty("chat_id").GetString())
            .ShouldBe([quiet, busy, left], ignoreOrder: true);
        await Place.SendAsync(alice, busy, "news");
        (await alice.DeleteAsync($"chats/{left}/members/{bob.UserId}")).Status.ShouldBe(204);

        var changed = (await bob.PostAsync("sync", new { since = all.GetProperty("next").GetString() })).Body;
        changed.GetProperty("chats").EnumerateArray().ShouldHaveSingleItem().GetProperty("chat_id").GetString().ShouldBe(busy);
        changed.GetProperty("removed_chat_ids").EnumerateArray().ShouldHaveSingleItem().GetString().ShouldBe(left);
        var nothing = (await bob.PostAsync("sync", new { since = changed.GetProperty("next").GetString() })).Body;
        nothing.GetProperty("chats").GetArrayLength().ShouldBe(0);
        (await bob.PostAsync("sync", new { since = "nonsense" })).Code.ShouldBe("validation_failed");
    }
}
