using System.Diagnostics;
using Npgsql;
using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Store;

namespace Probes.Benchmarks.Store;

/// <summary>What history takes on disk: days of one check in ten regions stored, rolled up into minutes, hours and days, and weighed with their indexes on PostgreSQL.</summary>
internal static class HistoryBench
{
    private const int Regions = 10;

    /// <param name="days">Whole days stored; a year is worked out from them.</param>
    public static async Task<int> RunAsync(int days = 10)
    {
        foreach (var interval in (int[])[10, 60])
        {
            await using var bench = await BenchStore.PostgresAsync();
            var clock = Stopwatch.StartNew();
            var random = new Random(1);
            var perHour = 3600 / interval;
            for (var hour = 0; hour < days * 24; hour++)
            {
                await bench.StoreAsync(
                    [.. Enumerable.Range(1, Regions).Select(agent => new ResolvedBatch(agent, 1, (long)hour * perHour, perHour,
                        [.. Enumerable.Range(0, perHour).Select(i => new ResolvedResult(((long)hour * perHour) + i, 1, Run(random, BenchStore.Start.AddHours(hour).AddSeconds(i * interval))))], "1"))]);
                await bench.RollUpAsync();
            }

            var time = new At(BenchStore.Start.AddDays(days).AddHours(1));
            await new TierBuilder(bench.Store, ((ITiered)bench.Store).Tiers, time).RunAsync(() => true, default);
            Console.WriteLine($"every {interval} s, {days} days in {Regions} regions, stored and rolled up in {clock.Elapsed.TotalSeconds:0} s; bytes with index");
            var (minute, hours, day) = (await WeighAsync(bench, "rollups"), await WeighAsync(bench, "hour_rollups"), await WeighAsync(bench, "day_rollups"));
            var result = await WeighAsync(bench, "results");
            var months = (minute * 1440 * 30) + (hours * 24 * 365) + (day * 365);
            Console.WriteLine($"  result {result:0}, minute {minute:0}, hour {hours:0}, day {day:0}: a check-region-year of hours and days {((hours * 24 * 365) + (day * 365)) / 1e6:0.0} MB, "
                + $"with 30 days of minutes {months / 1e6:0.0} MB; 1,000 checks in 20 regions {months * 20_000 / 1e9:0} GB");
        }

        return 0;
    }

    // An HTTPS run as they are: each phase log-normal by itself, one in a hundred ten times as slow.
    private static RunResult Run(Random random, DateTimeOffset due)
    {
        TimeSpan Phase(double median) => TimeSpan.FromMilliseconds(median * Math.Exp(0.25 * Normal(random)) * (random.Next(100) == 0 ? 10 : 1));
        var phases = new PhaseTimes(Phase(2), Phase(12), Phase(25), Phase(0.05), Phase(60), Phase(3));
        return BenchStore.Result(0, 60, 0) with
        {
            Due = due,
            Phases = phases,
            Duration = phases.Dns!.Value + phases.Connect!.Value + phases.Tls!.Value + phases.Send!.Value + phases.Wait!.Value + phases.Transfer!.Value,
        };
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Bytes of one row, with its share of pages and indexes.</summary>
    private static async Task<double> WeighAsync(BenchStore bench, string table)
    {
        await using var connection = new NpgsqlConnection(bench.Target.ConnectionString);
        await connection.OpenAsync();
        await using (var tidy = new NpgsqlCommand($"VACUUM FULL {table}", connection))
        {
            await tidy.ExecuteNonQueryAsync();
        }

        await using var weigh = new NpgsqlCommand(
            $"SELECT (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('{table}') WHERE isleaf)::float8 / (SELECT count(*) FROM {table})", connection);
        await using var plain = new NpgsqlCommand($"SELECT pg_total_relation_size('{table}')::float8 / (SELECT count(*) FROM {table})", connection);
        return await weigh.ExecuteScalarAsync() as double? ?? (double)(await plain.ExecuteScalarAsync())!;
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
