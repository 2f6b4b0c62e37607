using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Users;

[Collection(AccountsCollection.Name)]
public sealed class ConnectionTicketTests(AccountsSilo silo)
{
    [Fact]
    public async Task A_ticket_opens_one_connection_of_its_session()
    {
        var tokens = await silo.NewUser();
        var account = silo.Client.Account(tokens.UserId);
        var ticket = await account.CreateTicket(tokens.SessionId);

        ticket.ExpiresIn.ShouldBe(60);
        (await silo.Client.Directory().UserOfRefreshToken(ticket.Ticket)).ShouldBe(tokens.UserId);
        (await account.RedeemTicket(ticket.Ticket + "x")).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
        (await account.RedeemTicket(ticket.Ticket)).Value.ShouldBe(tokens.SessionId);
        (await account.RedeemTicket(ticket.Ticket)).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
    }

    [Theory]
    [InlineData(59, true)]
    [InlineData(60, false)]
    public async Task A_ticket_lives_60_seconds(int seconds, bool good)
    {
        var tokens = await silo.NewUser();
        var account = silo.Client.Account(tokens.UserId);
        var ticket = await account.CreateTicket(tokens.SessionId);

        silo.Clock.Advance(TimeSpan.FromSeconds(seconds));

        (await account.RedeemTicket(ticket.Ticket)).Ok.ShouldBe(good);
    }

    [Fact]
    public async Task A_ticket_ends_with_its_session()
    {
        var tokens = await silo.NewUser();
        var account = silo.Client.Account(tokens.UserId);
        var ticket = await account.CreateTicket(tokens.SessionId);

        await account.Revoke(tokens.SessionId);

        (await account.RedeemTicket(ticket.Ticket)).Ok.ShouldBeFalse();
    }

    [Fact]
    public async Task A_ticket_of_another_user_is_none()
    {
        var tokens = await silo.NewUser();
        var ticket = await silo.Client.Account(tokens.UserId).CreateTicket(tokens.SessionId);

        (await silo.Client.Account((await silo.NewUser()).UserId).RedeemTicket(ticket.Ticket)).Ok.ShouldBeFalse();
        (await silo.Client.Account(tokens.UserId).RedeemTicket(ticket.Ticket)).Ok.ShouldBeTrue();
    }
}
