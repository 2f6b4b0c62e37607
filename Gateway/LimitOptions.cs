using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway;

/// <summary>The limits of requests, told to clients by <c>GET /config</c> and <c>hello</c>. Section: <c>Limits</c>.</summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>UTF-16 code units of a content. Not above 16,000, the protocol's: every member's connection carries a copy.</summary>
    [Range(1, 16_000)]
    public int MaxContentLength { get; set; } = 16_000;

    /// <summary>Bytes of a request's body and of a hub message. Default 1 MB.</summary>
    [Range(128 * 1024, 16 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Bytes of a metadata object, as UTF-8. Default 8 KB.</summary>
    [Range(2, 64 * 1024)]
    public int MaxMetadataBytes { get; set; } = 8 * 1024;

    /// <summary>The highest <c>limit</c> of a page. Default 200.</summary>
    [Range(1, 1_000)]
    public int MaxPageSize { get; set; } = 200;

    /// <summary>Members that a chat can be created with. Default 1,000; more are added one by one.</summary>
    [Range(1, 100_000)]
    public int MaxMembersAtCreation { get; set; } = 1_000;

    /// <summary>Users whose presence one connection can watch. Default 500.</summary>
    [Range(1, 10_000)]
    public int MaxWatchedUsers { get; set; } = 500;

    public Limits ToLimits() =>
        new()
        {
            MaxContentLength = MaxContentLength,
            MaxBodyBytes = MaxBodyBytes,
            MaxMetadataBytes = MaxMetadataBytes,
            MaxPageSize = MaxPageSize,
            MaxMembersAtCreation = MaxMembersAtCreation,
            MaxWatchedUsers = MaxWatchedUsers,
        };
}

[OptionsValidator]
internal sealed partial class LimitOptionsValidator : IValidateOptions<LimitOptions>;
