namespace Orleans.Chat.Fuzz;

/// <summary>A reader did what it must not do for any input. To afl-fuzz every exception is a crash; this one says what was expected.</summary>
#pragma warning disable CA1032 // There is no finding without a reason.
public sealed class FindingException(string reason) : Exception(reason);
