using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Spool;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Agent.Spool;

/// <summary>A scratch folder that spools are opened on.</summary>
internal sealed class SpoolFolder : IDisposable
{
    public SpoolFolder() => Options = new SpoolOptions { Folder = Path, BatchCount = 10, MaxBytes = 1024 * 1024 };

    public string Path { get; } = Directory.CreateTempSubdirectory("probes-spool-").FullName;

    public FakeTimeProvider Time { get; } = new(Results.Now);

    public SpoolOptions Options { get; }

    public string[] Segments => [.. Directory.GetFiles(Path, "*.spool").Order(StringComparer.Ordinal)];

    public string[] Quarantined => Directory.GetFiles(Path, "*.quarantined");

    public DiskSpool Open() => new(Options, Time, NullLogger<DiskSpool>.Instance);

    /// <summary>Everything there is, batch by batch, not confirmed.</summary>
    public static List<SpoolBatch> TakeAll(DiskSpool spool)
    {
        spool.Flush();
        var all = new List<SpoolBatch>();
        while (spool.TryNext(partial: true) is { } batch)
        {
            all.Add(batch);
        }

        return all;
    }

    /// <summary>The numbers that the results of a batch were made with.</summary>
    public static int[] Numbers(SpoolBatch batch) =>
        [.. batch.Items.Select(i => int.Parse(Wire.Result.Parser.ParseFrom(i.Result.Span).Message))];

    public static int[] Numbers(IEnumerable<SpoolBatch> batches) => [.. batches.SelectMany(Numbers)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
