namespace Orleans.Chat.PushStreams;

/// <summary>
/// Sees every event before it is queued. Asked when one is registered with the silo's services, which fault tests do; without a
/// registration nothing is asked.
/// </summary>
public interface IPushStreamInterceptor
{
    /// <summary>False drops the event as if it were lost on its way; the publisher is not told.</summary>
    bool Accept(StreamId stream, object item);
}
