using System.Data.Common;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Interfaces;

namespace Orleans.Chat.Grains;

/* The one place where a database driver's exception ends: a caller in another process may not have the driver, and could not read the answer. It
 * is logged here in full, and leaves as a StoreException that says only whether to try again. */
internal sealed partial class StoreFaultFilter(ILogger<StoreFaultFilter> logger) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        StoreException told;
        try
        {
            await context.Invoke();
            return;
        }
        catch (DbException fault)
        {
            Log.StoreFailed(logger, context.InterfaceName, context.MethodName, fault);
            var passes = Passes(fault);
            told = new StoreException(passes ? "The store cannot be reached." : "The store failed.") { Transient = passes };
        }
        // Out here, so that the driver's exception does not go with it.
        throw told;
    }

    // The driver does not count as passing what a server says to the connections that it ends.
    private static bool Passes(DbException fault) =>
        fault.IsTransient || fault.SqlState is "53300" or "57P01" or "57P02" or "57P03" or "57P05" or ['0', '8', ..];

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Interface}.{Method}: the store failed")]
        public static partial void StoreFailed(ILogger logger, string @interface, string method, Exception fault);
    }
}
