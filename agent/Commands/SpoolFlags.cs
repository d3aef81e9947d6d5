using System.CommandLine;
using System.Globalization;
using Probes.Agent.Spool;
using Probes.Contracts.Documents;

namespace Probes.Agent.Commands;

/// <summary><c>--spool-fsync</c>, <c>--spool-max-bytes</c> and <c>--spool-max-age</c>: what of the results that wait survives what.</summary>
internal static class SpoolFlags
{
    private const long LeastBytes = 64 * 1024;
    private const long MostBytes = 1L << 40;

    private static readonly TimeSpan LeastAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MostAge = TimeSpan.FromDays(30);

    private static readonly (string Unit, long Bytes)[] Units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("", 1)];

    public static Option<string?> Fsync() => new("--spool-fsync")
    {
        Description = "When results are forced to disk: always (each write), interval (once a second: what a power cut can lose) or never "
            + "(when the system likes); a killed process loses nothing either way (or PROBES_SPOOL_FSYNC; default interval)",
        HelpName = "always|interval|never",
    };

    public static Option<string?> MaxBytes() => new("--spool-max-bytes")
    {
        Description = "Most that results may take on disk while they cannot be sent, 64KiB to 1TiB; over it the oldest are given up, and told (or PROBES_SPOOL_MAX_BYTES; default 256MiB)",
        HelpName = "SIZE",
    };

    public static Option<string?> MaxAge() => new("--spool-max-age")
    {
        Description = "How long results may wait to be sent, 1m to 30d; older ones are given up, and told (or PROBES_SPOOL_MAX_AGE; default 24h)",
        HelpName = "DURATION",
    };

    /// <summary>Adds to options that are otherwise whole what is given; what is not stays as it was.</summary>
    /// <param name="options">Read before.</param>
    /// <param name="fsync">Given with <c>--spool-fsync</c>.</param>
    /// <param name="maxBytes">Given with <c>--spool-max-bytes</c>.</param>
    /// <param name="maxAge">Given with <c>--spool-max-age</c>.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="AgentStopException">One is wrong; the message says which and what it takes.</exception>
    public static AgentOptions Add(AgentOptions options, string? fsync, string? maxBytes, string? maxAge, Func<string, string?> variable)
    {
        if (Named("--spool-fsync", fsync, "PROBES_SPOOL_FSYNC", variable) is { } when)
        {
            options = options with
            {
                SpoolFsync = when.Text switch
                {
                    "always" => FsyncPolicy.Always,
                    "interval" => FsyncPolicy.Interval,
                    "never" => FsyncPolicy.Never,
                    _ => throw Wrong(when, "always, interval or never"),
                },
            };
        }

        if (Named("--spool-max-bytes", maxBytes, "PROBES_SPOOL_MAX_BYTES", variable) is { } most)
        {
            options = options with { SpoolMaxBytes = Bytes(most.Text) is { } bytes and >= LeastBytes and <= MostBytes ? bytes : throw Wrong(most, "64KiB to 1TiB, such as 512MiB or 2GiB") };
        }

        if (Named("--spool-max-age", maxAge, "PROBES_SPOOL_MAX_AGE", variable) is { } oldest)
        {
            options = options with { SpoolMaxAge = Durations.TryParse(oldest.Text, out var age) && age >= LeastAge && age <= MostAge ? age : throw Wrong(oldest, "1m to 30d, such as 12h") };
        }

        return options;
    }

    private static long? Bytes(string text)
    {
        foreach (var (unit, bytes) in Units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                return long.TryParse(text.AsSpan(0, text.Length - unit.Length).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MostBytes / bytes
                    ? count * bytes : null;
            }
        }

        return null;
    }

    private static (string Name, string Text)? Named(string flag, string? given, string name, Func<string, string?> variable) =>
        given is not null ? (flag, given.Trim()) : variable(name) is { } text && !string.IsNullOrWhiteSpace(text) ? (name, text.Trim()) : null;

    private static AgentStopException Wrong((string Name, string Text) given, string allowed) =>
        new(ExitCodes.BadInput, $"{given.Name} {given.Text}: it takes {allowed}");
}
