using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Spool;
using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Agent.Spool;

/// <summary>A scratch folder that spools are opened on.</summary>
internal sealed class SpoolFolder : IDisposable
{
    public SpoolFolder() => Options = new SpoolOptions { Folder = Path, BatchCount = 10, MaxBytes = 1024 * 1024 };

    public string Path { get; } = Directory.CreateTempSubdirectory("probes-spool-").FullName;

    public LeapingClock Time { get; } = new();

    public SpoolOptions Options { get; }

    public string[] Segments => [.. Directory.GetFiles(Path, "*.spool").Order(StringComparer.Ordinal)];

    public string[] Quarantined => Directory.GetFiles(Path, "*.quarantined");

    public DiskSpool Open(SpoolDisk? disk = null) => new(Options, Time, NullLogger<DiskSpool>.Instance, disk);

    /// <summary>Everything there is, batch by batch, not confirmed; what tells of gaps is confirmed, and told in <paramref name="gaps"/>.</summary>
    public static List<SpoolBatch> TakeAll(DiskSpool spool, List<RunGap>? gaps = null)
    {
        spool.Flush();
        var all = new List<SpoolBatch>();
        while (spool.TryNext(partial: true) is { } batch)
        {
            if (Gaps(batch) is { Count: > 0 } told)
            {
                gaps?.AddRange(told);
                spool.Confirm(batch);
            }
            else
            {
                all.Add(batch);
            }
        }

        return all;
    }

    /// <summary>The gaps that a batch tells of; none when it holds results.</summary>
    public static List<RunGap> Gaps(SpoolBatch batch) =>
        [.. batch.Items.Select(i => WireGaps.FromWire(Wire.Result.Parser.ParseFrom(i.Result.Span), [i.Check])).OfType<RunGap>()];

    /// <summary>The numbers that the results of a batch were made with.</summary>
    public static int[] Numbers(SpoolBatch batch) =>
        [.. batch.Items.Select(i => int.Parse(Wire.Result.Parser.ParseFrom(i.Result.Span).Message))];

    public static int[] Numbers(IEnumerable<SpoolBatch> batches) => [.. batches.SelectMany(Numbers)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Time that a test moves, with a clock on the wall that can be set to anything meanwhile.</summary>
internal sealed class LeapingClock : FakeTimeProvider
{
    public LeapingClock()
        : base(Results.Now)
    {
    }

    /// <summary>How far the clock on the wall is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
}
