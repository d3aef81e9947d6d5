using System.Collections.Frozen;
using System.Net;

namespace Probes.Agent.Probes;

/// <summary>The system's hosts file, read again when it has changed (looked at no more than every 5 s).</summary>
internal sealed class HostsFile(TimeProvider time, string path = HostsFile.SystemPath)
{
    public const string SystemPath = "/etc/hosts";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private volatile Entries _entries = new(FrozenDictionary<string, IPAddress>.Empty, DateTime.MinValue, long.MinValue);

    public IPAddress? Find(string host)
    {
        var now = time.GetTimestamp();
        var entries = _entries;
        if (entries.LookedAt == long.MinValue || time.GetElapsedTime(entries.LookedAt, now) > Look)
        {
            var written = File.GetLastWriteTimeUtc(path);
            entries = written == entries.Written ? entries with { LookedAt = now } : new Entries(Read(), written, now);
            _entries = entries;
        }

        return entries.Addresses.GetValueOrDefault(host);
    }

    private FrozenDictionary<string, IPAddress> Read()
    {
        var addresses = new Dictionary<string, IPAddress>(StringComparer.OrdinalIgnoreCase);
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                var fields = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 1 && IPAddress.TryParse(fields[0], out var address))
                {
                    foreach (var name in fields.Skip(1))
                    {
                        addresses.TryAdd(name, address);
                    }
                }
            }
        }
        catch (IOException)
        {
            // No hosts file: every name is asked of the resolver.
        }

        return addresses.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private sealed record Entries(FrozenDictionary<string, IPAddress> Addresses, DateTime Written, long LookedAt);
}
