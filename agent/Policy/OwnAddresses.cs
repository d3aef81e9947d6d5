using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;

namespace Probes.Agent.Policy;

/// <summary>Addresses of this machine's own interfaces, looked at again in the background when they are older than 10 s. Loopback is not among them.</summary>
internal sealed class OwnAddresses(TimeProvider time, Func<IEnumerable<IPAddress>> list)
{
    /// <summary>For a guard that does not ask.</summary>
    public static OwnAddresses None { get; } = new(TimeProvider.System, () => []);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private volatile FrozenSet<UInt128> _held = Freeze(list());
    private long _lookedAt = time.GetTimestamp();
    private int _looking;

    public OwnAddresses(TimeProvider time)
        : this(time, OfInterfaces)
    {
    }

    public bool Contains(UInt128 bits)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _lookedAt)) > Look && Interlocked.Exchange(ref _looking, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static own => own.LookAgain(), this, preferLocal: false);
        }

        return _held.Contains(bits);
    }

    internal void LookAgain()
    {
        try
        {
            _held = Freeze(list());
        }
        catch (NetworkInformationException)
        {
            // What was seen last still counts.
        }
        finally
        {
            Volatile.Write(ref _lookedAt, time.GetTimestamp());
            Volatile.Write(ref _looking, 0);
        }
    }

    private static FrozenSet<UInt128> Freeze(IEnumerable<IPAddress> addresses) =>
        addresses.Where(a => !IPAddress.IsLoopback(a)).Select(AddressBits.Of).ToFrozenSet();

    private static IEnumerable<IPAddress> OfInterfaces() =>
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address);
}
