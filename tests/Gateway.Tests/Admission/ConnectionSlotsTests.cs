using Orleans.Chat.Gateway.Admission;

namespace Orleans.Chat.Gateway.Tests.Admission;

public sealed class ConnectionSlotsTests
{
    private readonly ConnectionSlots _slots = new(new SlotLimits(Gateway: 5, User: 2, Address: 3));

    [Fact]
    public void A_slot_is_of_the_gateway_the_user_and_the_address()
    {
        _slots.Take("anna", "a", out var first).ShouldBe(NoSlot.None);
        _slots.Take("anna", "b", out _).ShouldBe(NoSlot.None);
        _slots.Take("anna", "c", out var none).ShouldBe(NoSlot.User);
        none.ShouldBeNull();
        _slots.Take("bob", "a", out _).ShouldBe(NoSlot.None);
        _slots.Take("carol", "a", out _).ShouldBe(NoSlot.None);
        _slots.Take("dave", "a", out _).ShouldBe(NoSlot.Address);
        _slots.Take("dave", null, out var last).ShouldBe(NoSlot.None);
        _slots.Take("erin", "e", out _).ShouldBe(NoSlot.Gateway);
        _slots.Look("e").ShouldBe(NoSlot.Gateway);
        _slots.Count.ShouldBe(5);

        last!.Dispose();
        _slots.Look("a").ShouldBe(NoSlot.Address);
        _slots.Take("erin", "e", out _).ShouldBe(NoSlot.None);
        // Given back twice it is given back once.
        first!.Dispose();
        first.Dispose();
        _slots.Count.ShouldBe(4);
        _slots.Take("anna", "a", out _).ShouldBe(NoSlot.None);
    }

    [Fact]
    public void Whatever_is_taken_at_once_there_are_never_more_and_none_is_lost()
    {
        Parallel.For(
            0,
            2_000,
            i =>
            {
                if (_slots.Take($"user-{i % 7}", $"address-{i % 3}", out var slot) == NoSlot.None)
                {
                    _slots.Count.ShouldBeLessThanOrEqualTo(5);
                    slot!.Dispose();
                }
            }
        );
        _slots.Count.ShouldBe(0);
        _slots.Look("address-1").ShouldBe(NoSlot.None);
    }
}
