using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Orleans.Chat.LocalCluster;

/// <summary>
/// Loopback ports for servers that must be told one. They lie below the range that the kernel gives to outgoing connections, which would
/// otherwise take one between the look and the server's start, or while a server is being restarted.
/// </summary>
public static class FreePorts
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A port that nobody listens on and that this process has not given out before.</summary>
    public static int Take()
    {
        lock (Given)
        {
            while (true)
            {
                var port = RandomNumberGenerator.GetInt32(15_000, 30_000);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }
    }

    /// <summary>The first of two, one after the other: gateways have ports in a row.</summary>
    public static int TakePair()
    {
        while (true)
        {
            var port = Take();
            if (IsFree(port + 1))
                return port;
        }
    }

    /// <summary>Whether a server could listen on it now.</summary>
    public static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
