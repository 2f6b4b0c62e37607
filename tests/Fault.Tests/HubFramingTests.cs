using System.Text;
using Orleans.Chat.Load.Wire;

namespace Orleans.Chat.FaultTests;

/// <summary>What the load's receivers make of the bytes that come: a parser that loses its place would look like a server that loses messages.</summary>
public sealed class HubFramingTests
{
    // Its length is the code of a brace, as the handshake's answer begins; and what ends that answer is in it, as the number 30 is in any.
    private static readonly byte[] Push = [123, 0x96, 1, 0x80, 0xc0, 0x1e, .. new byte[118]];

    [Fact]
    public void A_message_as_long_as_the_code_of_a_brace_is_not_taken_for_the_handshakes_answer()
    {
        var sink = new Counts();

        HubFraming.Of("messagepack").Parse([.. Push, .. Push], sink).ShouldBe(2 * Push.Length);

        sink.Pushes.ShouldBe(2);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"error":"no"}""")]
    public void The_handshakes_answer_is_passed_over(string answer)
    {
        var sink = new Counts();
        byte[] handshake = Encoding.UTF8.GetBytes(answer + "\u001e");

        HubFraming.Of("messagepack").Parse([.. handshake, .. Push], sink).ShouldBe(handshake.Length + Push.Length);

        sink.Pushes.ShouldBe(1);
    }

    private sealed class Counts : IHubSink
    {
        public int Pushes { get; private set; }

        public void Completed(int id, ReadOnlySpan<byte> error) => throw new NotSupportedException();

        public void Pushed(ReadOnlySpan<byte> message) => Pushes++;

        public void Closed(ReadOnlySpan<byte> message) => throw new NotSupportedException();
    }
}
