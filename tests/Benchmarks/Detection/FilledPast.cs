using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Probes.Benchmarks.Store;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Rollups;

namespace Probes.Benchmarks.Detection;

/// <summary>Checks that one agent in each region runs, and minute rollups of them, written straight into a SQLite store.</summary>
internal sealed class FilledPast
{
    private readonly Random _random = new(1);
    private readonly int _regions;
    private readonly int _runs;

    public FilledPast(int checks, int regions, int runsEachMinute)
    {
        (_regions, _runs) = (regions, runsEachMinute);
        var defined = Enumerable.Range(1, checks).Select(i => new CatalogCheck(
            i, new Check { Name = $"check-{i}", Interval = TimeSpan.FromSeconds(60.0 / runsEachMinute), Probe = new TcpSpec { Host = $"host-{i}.test", Port = 443 } }, default, false)).ToList();
        var locations = Enumerable.Range(1, regions).Select(i => new Location { Name = $"place-{i}", Region = $"region-{i}" }).ToList();
        Catalog = CatalogSnapshot.Empty with
        {
            Checks = defined.ToImmutableSortedDictionary(c => c.Check.Name, c => c, StringComparer.Ordinal),
            ChecksById = defined.ToImmutableDictionary(c => c.Id),
            Locations = locations.ToImmutableSortedDictionary(l => l.Name, l => l, StringComparer.Ordinal),
            AgentsById = locations.Select((l, i) => new CatalogAgent(i + 1, $"agent-{i + 1}", l.Name, l.Name, false, default)).ToImmutableDictionary(a => a.Id),
        };
    }

    public CatalogSnapshot Catalog { get; }

    /// <param name="bench">An empty SQLite store.</param>
    /// <param name="from">First minute since the Unix epoch.</param>
    /// <param name="to">The minute after the last.</param>
    /// <param name="more">Milliseconds that runs of a check in a region wait more in a minute.</param>
    public void Fill(BenchStore bench, long from, long to, Func<int, int, long, double> more)
    {
        var clock = Stopwatch.StartNew();
        using var writer = new Writer(bench);
        foreach (var check in Catalog.ChecksById.Keys.Order())
        {
            for (var minute = from; minute < to; minute++)
            {
                for (var region = 1; region <= _regions; region++)
                {
                    Write(writer, check, region, minute, more(check, region, minute));
                }
            }
        }

        Console.WriteLine($"{(to - from) * _regions * Catalog.ChecksById.Count:n0} minute rollups written in {clock.Elapsed.TotalSeconds:0} s");
    }

    /// <summary>The minute of some checks, as if they had run just now.</summary>
    public void Add(BenchStore bench, IEnumerable<int> checks, long minute)
    {
        using var writer = new Writer(bench);
        foreach (var check in checks)
        {
            for (var region = 1; region <= _regions; region++)
            {
                Write(writer, check, region, minute, 0);
            }
        }
    }

    private void Write(Writer writer, int check, int region, long minute, double more) =>
        writer.Write(check, minute, region, RollupCodec.Encode(RollupBuilder.Build(Enumerable.Range(0, _runs).Select(_ => Run(more)))));

    private StoredRun Run(double slow)
    {
        long Phase(double median) => (long)(1000 * median * Math.Exp(0.2 * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble())));
        var (dns, connect, tls, wait, transfer) = (Phase(2), Phase(12), Phase(25), Phase(60) + (long)(1000 * slow), Phase(3));
        return _random.Next(2000) == 0
            ? new StoredRun(RunStatus.Failed, FailureSource.Target, dns, dns, -1, -1, -1, -1, -1)
            : new StoredRun(RunStatus.Passed, FailureSource.None, dns + connect + tls + wait + transfer, dns, connect, tls, 50, wait, transfer);
    }

    private sealed class Writer : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteTransaction _transaction;
        private readonly SqliteCommand _insert;

        public Writer(BenchStore bench)
        {
            _connection = new SqliteConnection(bench.Target.ConnectionString);
            _connection.Open();
            _transaction = _connection.BeginTransaction();
            _insert = _connection.CreateCommand();
            _insert.CommandText = "INSERT INTO rollups (check_id, minute, agent_id, data) VALUES ($0, $1, $2, $3)";
            for (var i = 0; i < 4; i++)
            {
                _insert.Parameters.AddWithValue($"${i}", 0);
            }
        }

        public void Write(int check, long minute, int agent, byte[] rollup)
        {
            (_insert.Parameters[0].Value, _insert.Parameters[1].Value, _insert.Parameters[2].Value, _insert.Parameters[3].Value) = (check, minute, agent, rollup);
            _insert.ExecuteNonQuery();
        }

        public void Dispose()
        {
            _transaction.Commit();
            _insert.Dispose();
            _transaction.Dispose();
            _connection.Dispose();
        }
    }
}
