using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Results;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Benchmarks.Store;

/// <summary>An empty store of one engine, synced to disk as in production.</summary>
internal sealed class BenchStore : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private PostgresNode? _node;
    private string? _folder;

    private readonly DataTime _time = new();

    private BenchStore(StoreTarget target) => (Target, Store) = (target, StoreServices.Open(target, _time));

    public StoreTarget Target { get; }

    public IResultStore Store { get; }

    public static async Task<BenchStore> SqliteAsync()
    {
        var folder = Directory.CreateTempSubdirectory("probes-bench-").FullName;
        var store = await OpenAsync(StoreTarget.From(new StoreOptions { DataFolder = folder }));
        store._folder = folder;
        return store;
    }

    public static async Task<BenchStore> PostgresAsync()
    {
        var node = await PostgresNode.StartNewAsync("shared_buffers=512MB", "max_wal_size=4GB");
        var store = await OpenAsync(StoreTarget.From(new StoreOptions { ConnectionString = node.ConnectionString }));
        store._node = node;
        return store;
    }

    /// <summary>User and system time so far of this process and of the database's, in seconds: it says what work costs when the machine has other work, too.</summary>
    public (double Here, double Server) Cpu()
    {
        using var here = Process.GetCurrentProcess();
        return (here.TotalProcessorTime.TotalSeconds, _node is null ? 0 : ServerCpu(_node.Id));
    }

    /// <summary>A passed HTTPS run: all phases, an address.</summary>
    public static RunResult Result(int run, int interval, int salt)
    {
        var ms = 40 + ((run * 7919 + salt * 104729) % 1000 / 10.0);
        return new RunResult
        {
            Check = "bench",
            CheckRevision = 1,
            Due = Start.AddSeconds(((double)run * interval) + (salt % interval)),
            Status = RunStatus.Passed,
            Late = TimeSpan.FromMicroseconds(salt),
            Duration = TimeSpan.FromMilliseconds(ms),
            StatusCode = 200,
            Address = "192.0.2.7:443",
            Phases = new PhaseTimes(
                TimeSpan.FromMilliseconds(ms * 0.05), TimeSpan.FromMilliseconds(ms * 0.2), TimeSpan.FromMilliseconds(ms * 0.3),
                TimeSpan.FromMilliseconds(0.02), TimeSpan.FromMilliseconds(ms * 0.4), TimeSpan.FromMilliseconds(ms * 0.05)),
        };
    }

    /// <summary>Stores when the last of them has been due, as a living agent has it: what comes minutes later is written down as late, too.</summary>
    public Task StoreAsync(IReadOnlyList<ResolvedBatch> batches)
    {
        _time.Now = batches.Max(b => b.Items.Max(i => i.Result.Due));
        return Store.StoreAsync(batches, default);
    }

    public async Task RollUpAsync()
    {
        await Store.FlushAsync(default);
        while (await Store.ReadDirtyAsync(10_000, default) is { Count: > 0 } keys)
        {
            await Store.RollUpAsync(keys, default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        ((IDisposable)Store).Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Npgsql.NpgsqlConnection.ClearAllPools();
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    // PostgreSQL's processes are children of one, which also has the time of those that have ended (fields of /proc/PID/stat; USER_HZ is 100).
    private static double ServerCpu(int postmaster)
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(d => char.IsDigit(d[6])))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                var id = int.Parse(folder.AsSpan(6), CultureInfo.InvariantCulture);
                if (id == postmaster || fields[1] == postmaster.ToString(CultureInfo.InvariantCulture))
                {
                    ticks += fields[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return ticks / 100.0;
    }

    private static async Task<BenchStore> OpenAsync(StoreTarget target)
    {
        await using var context = new ContextFactory(target).CreateDbContext();
        await context.Database.MigrateAsync();
        return new BenchStore(target);
    }

    private sealed class DataTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
