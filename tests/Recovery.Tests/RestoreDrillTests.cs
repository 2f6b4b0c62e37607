using Orleans.Chat.Client;
using Orleans.Chat.Client.Tests.EndToEnd;

namespace Orleans.Chat.RecoveryTests;

/// <summary>What a <see cref="Drill"/> leaves behind.</summary>
public sealed class RestoreDrillTests(Drill drill) : IClassFixture<Drill>
{
    [Fact]
    public void What_was_written_until_the_point_is_there_and_nothing_of_later()
    {
        drill.Kept.Length.ShouldBeGreaterThanOrEqualTo(40);
        drill.Found.ShouldBe([.. drill.Kept, .. Drill.UnansweredTexts]);
        drill.Restore.Output.ShouldContain("found nothing");
    }

    [Fact]
    public void A_client_that_stayed_drops_the_lost_history_and_shows_what_is_there() => drill.AlicesView.ShouldBe(drill.Found);

    [Fact]
    public void The_database_has_a_new_history_and_the_script_names_both()
    {
        drill.NewHistory.ShouldNotBe(drill.Old.History);
        drill.Restore.Output.ShouldContain($"{drill.NewHistory} (was {drill.Old.History})");
    }

    [Fact]
    public void A_revision_beyond_the_restored_one_is_rewound() => drill.StaleRevision.Code.ShouldBe("history_rewound");

    [Fact]
    public void A_token_of_the_lost_history_is_rewound_also_when_the_new_one_has_come_further() =>
        drill.StaleToken.Code.ShouldBe("history_rewound", drill.StaleToken.Body.ToString());

    [Fact]
    public void A_client_that_comes_back_when_the_numbers_were_taken_anew_shows_what_a_fresh_one_shows()
    {
        drill.Bob.Seen.OfType<HistoryDropped>().ShouldHaveSingleItem();
        View(drill.Bob).ShouldBe(View(drill.Fresh));
        View(drill.Bob).Length.ShouldBeGreaterThan(drill.Found.Length);
    }

    [Fact]
    public async Task What_was_unanswered_or_lost_is_there_once_when_it_was_repeated()
    {
        drill.RepeatedSeqs.ShouldBe(drill.FirstSeqs);
        var texts = await drill.ReadAsync();
        texts.Where(drill.LostTexts.Contains).ShouldBe(drill.LostTexts);
        texts.Where(Drill.UnansweredTexts.Contains).ShouldBe(Drill.UnansweredTexts);
        texts.ShouldBeUnique();
    }

    [Fact]
    public void Numbers_are_dense_over_the_point()
    {
        var seqs = drill.Fresh[drill.Chat].Messages.Select(m => m.Seq).ToArray();
        seqs.ShouldBe(Enumerable.Range(1, seqs.Length).Select(i => (long)i));
    }

    private object[] View(Person device) =>
        [.. device[drill.Chat].Messages.Select(m => (m.Seq, m.MessageId, m.Revision, m.SenderId, m.Content, m.EditedAt, m.CreatedAt))];
}
