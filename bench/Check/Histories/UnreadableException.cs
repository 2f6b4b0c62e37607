namespace Orleans.Chat.Check.Histories;

/// <summary>A history that is none: nothing can be said of it.</summary>
internal sealed class UnreadableException(string message) : Exception(message);

/// <summary>A line that is none; its reader knows which.</summary>
internal sealed class BadLineException(string message) : Exception(message);
