using System.Globalization;
using System.Net;
using Probes.Agent.Policy;

namespace Probes.Agent.Session;

/// <summary>
/// Which hosts are reached without the proxy, as other programs read NO_PROXY: names (each with all below it; a leading dot or <c>*.</c> says the same),
/// addresses, <c>ADDRESS/LENGTH</c>, each with a port if wished, or <c>*</c>. Names are not resolved for it.
/// </summary>
internal sealed class NoProxy
{
    public const string Allowed = "NAME, ADDRESS or ADDRESS/LENGTH, separated by commas, each with :PORT if wished, or * for all";

    private readonly List<Entry> _entries = [];

    /// <param name="text">Empty: none. What can match nothing is passed over, because such lists are shared with programs that read them otherwise.</param>
    public NoProxy(string text)
    {
        foreach (var item in text.Split((char[])[',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            _entries.Add(Entry.Of(item));
        }
    }

    public bool Holds(Uri target)
    {
        var host = target.IdnHost.TrimEnd('.');
        UInt128? address = IPAddress.TryParse(host, out var ip) ? AddressBits.Of(ip) : null;
        return _entries.Any(e => e.Matches(host, address, target.Port));
    }

    private readonly record struct Entry(string Name, Cidr? Block, int Port)
    {
        public static Entry Of(string item)
        {
            var (host, port) = Split(item);
            return Cidr.TryParse(host, out var block)
                ? new Entry("", block, port)
                : new Entry(host.TrimStart('*').Trim('.') is { Length: > 0 } name ? name : host, null, port);
        }

        public bool Matches(string host, UInt128? address, int port) => (Port == 0 || Port == port)
            && (Block is { } block
                ? address is { } bits && block.Contains(bits)
                : Name == "*" || (address is null && host.EndsWith(Name, StringComparison.OrdinalIgnoreCase)
                    && (host.Length == Name.Length || host[^(Name.Length + 1)] == '.')));

        // "[::1]:5081" and "host:5081" have a port, "::1" and "fd00::/8" have none.
        private static (string Host, int Port) Split(string item)
        {
            var colon = item.LastIndexOf(':');
            var bare = colon < 0 || (item.IndexOf(':', StringComparison.Ordinal) != colon && item[colon - 1] != ']');
            return bare || !int.TryParse(item.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? (item.Trim('[', ']'), 0)
                : (item[..colon].Trim('[', ']'), port);
        }
    }
}
