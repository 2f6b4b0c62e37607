namespace Orleans.Chat.PushStreams;

/// <summary>Sees every event before it is queued. Registered by fault tests only; without a registration nothing is asked.</summary>
public interface IPushStreamInterceptor
{
    /// <summary>False drops the event as if it were lost on its way.</summary>
    bool Accept(StreamId stream, object item);
}
