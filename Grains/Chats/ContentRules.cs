using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Chats;

/// <summary>What a message must hold, and what makes two messages the same. A type with a limit of its own has it in <see cref="Check"/>.</summary>
internal static class ContentRules
{
    public const int MaxContent = 16_000;

    /// <summary>Gateways checked it already; a grain trusts nobody with what goes to disk.</summary>
    public static Problem? Check(string type, string content)
    {
        if (content.Length > MaxContent)
            return Problem.Of(ProblemCodes.TooLarge, "The content is over 16,000 UTF-16 code units.");
        if (!MessageTypes.Sendable.Contains(type))
            return Problem.Invalid("type", "A user cannot send this type.");
        return content.Length == 0 && !MessageTypes.MayBeEmpty.Contains(type) ? Problem.Invalid("content", "It must not be empty.") : null;
    }

    /// <summary>Hash of what was first sent: tells a repeat from a conflict after edits and deletions too.</summary>
    public static byte[] Fingerprint(string sender, NewMessage message)
    {
        ReadOnlySpan<string> parts = [sender, message.Type, message.Content, message.Metadata?.Json ?? ""];
        var most = 0;
        foreach (var part in parts)
            most += sizeof(int) + Encoding.UTF8.GetMaxByteCount(part.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(most);
        var length = 0;
        foreach (var part in parts)
        {
            // Each part with its length: no two different lists of parts give the same bytes.
            var size = Encoding.UTF8.GetBytes(part, buffer.AsSpan(length + sizeof(int)));
            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(length), size);
            length += sizeof(int) + size;
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.AsSpan(0, length), hash);
        ArrayPool<byte>.Shared.Return(buffer);
        return hash[..16].ToArray();
    }

    /// <summary>The <c>mentions</c> of a metadata object; none when it has none.</summary>
    public static string[] Mentions(MetadataJson? metadata)
    {
        if (metadata is null)
            return [];
        using var json = JsonDocument.Parse(metadata.Json);
        return json.RootElement.TryGetProperty("mentions", out var mentions) && mentions.ValueKind == JsonValueKind.Array
            ? [.. mentions.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.String).Select(m => m.GetString()!)]
            : [];
    }
}
