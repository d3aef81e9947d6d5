using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Postgres;
using Probes.Orchestrator.Store.Sqlite;

namespace Probes.Benchmarks.Store;

/// <summary>
/// Results stored and rolled up per second, beside the bare engine: the same rows by binary COPY (PostgreSQL) or prepared inserts
/// (SQLite) into a table of the same columns without index, de-duplication or roll-up. Interleaved, medians of five rounds.
/// </summary>
internal static class StoreBench
{
    private const int Agents = 100;
    private const int PerBatch = 100;
    private const int Groups = 10;
    private const int Rows = Agents * PerBatch * Groups;

    /// <param name="engine">sqlite or postgres; null for both.</param>
    public static async Task<int> RunAsync(int rounds = 5, string? engine = null)
    {
        Console.WriteLine($"{Rows:n0} results a round: groups of {Agents} batches of {PerBatch}; synced to disk; rolling up once a minute of data, and at each round's end");
        Console.WriteLine("interval of checks: 10 s gives 6 results per rollup, 60 s gives 1");
        foreach (var interval in new[] { 10, 60 })
        {
            if (engine is null or "sqlite")
            {
                await using var sqlite = await BenchStore.SqliteAsync();
                await CompareAsync("sqlite", interval, rounds, sqlite, BareSqlite);
            }

            if (engine is null or "postgres")
            {
                await using var postgres = await BenchStore.PostgresAsync();
                await CompareAsync("postgres", interval, rounds, postgres, BarePostgres);
            }
        }

        return 0;
    }

    private static async Task CompareAsync(string engine, int interval, int rounds, BenchStore store, Func<string, IReadOnlyList<IReadOnlyList<ResolvedBatch>>, Task> bare)
    {
        var stored = 0;
        var (ours, alone, peers) = (new List<double>(), new List<double>(), new List<double>());
        var (cost, peerCost) = (new List<(double, double)>(), new List<(double, double)>());
        for (var round = 0; round < rounds; round++)
        {
            var groups = Enumerable.Range(0, Groups).Select(g => Group(round * Groups + g, interval)).ToList();
            var before = store.Cpu();
            peers.Add(await RateAsync(() => bare(store.Target.ConnectionString, groups)));
            peerCost.Add(Since(ref before, store));
            var storing = TimeSpan.Zero;
            ours.Add(await RateAsync(async () =>
            {
                foreach (var group in groups)
                {
                    var started = Stopwatch.GetTimestamp();
                    await store.StoreAsync(group);
                    storing += Stopwatch.GetElapsedTime(started);

                    // A minute's keys are rolled up when the minute is complete; a live worker does it a few times more, as load allows.
                    if (++stored % (60 / interval) == 0)
                    {
                        await store.RollUpAsync();
                    }
                }

                await store.RollUpAsync();
            }));
            alone.Add(Rows / storing.TotalSeconds);
            cost.Add(Since(ref before, store));
        }

        Console.WriteLine(
            $"{engine,-9} {interval,3} s  stored and rolled up {Median(ours),9:n0}/s  stored only {Median(alone),9:n0}/s  bare {Median(peers),9:n0}/s  "
            + $"ratio {Median(ours) / Median(peers):0.00}  CPU per result {Cost(cost)}, bare {Cost(peerCost)}");
    }

    /// <summary>Microseconds of CPU per result since then, here and in the database's processes.</summary>
    private static (double, double) Since(ref (double Here, double Server) before, BenchStore store)
    {
        var (then, now) = (before, store.Cpu());
        before = now;
        return ((now.Here - then.Here) * 1e6 / Rows, (now.Server - then.Server) * 1e6 / Rows);
    }

    private static string Cost(List<(double Here, double Server)> cost) =>
        $"{Median([.. cost.Select(c => c.Here)]):0.0} + {Median([.. cost.Select(c => c.Server)]):0.0} µs";

    private static async Task<double> RateAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    // Each agent runs 100 checks; a group is one run of each.
    private static IReadOnlyList<ResolvedBatch> Group(int number, int interval) =>
        [.. Enumerable.Range(1, Agents).Select(agent => new ResolvedBatch(
            agent, 1, (long)number * PerBatch, PerBatch,
            [.. Enumerable.Range(0, PerBatch).Select(i => new ResolvedResult(((long)number * PerBatch) + i, i + 1, BenchStore.Result(number, interval, i)))], "1"))];

    private static async Task BarePostgres(string connectionString, IReadOnlyList<IReadOnlyList<ResolvedBatch>> groups)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using (var create = new NpgsqlCommand("CREATE TABLE IF NOT EXISTS bare (due bigint, seq bigint, epoch bigint, duration bigint, dns bigint, connect bigint, tls bigint, send bigint, wait bigint, transfer bigint, late bigint, revision bigint, minute int, check_id int, agent_id int, code int, attempt int, status smallint, source smallint, reason text, detail bytea)", connection))
        {
            await create.ExecuteNonQueryAsync();
        }

        foreach (var group in groups)
        {
            await using var copy = await connection.BeginRawBinaryCopyAsync("COPY bare FROM STDIN (FORMAT binary)");
            var buffer = new CopyBuffer(copy);
            buffer.Header();
            foreach (var batch in group)
            {
                foreach (var item in batch.Items)
                {
                    var row = new PendingRow(batch.AgentId, batch.Epoch, item);
                    PostgresRow.Write(buffer, row, row.Key);
                    await buffer.FlushAsync(default);
                }
            }

            await buffer.EndAsync(default);
        }
    }

    private static Task BareSqlite(string connectionString, IReadOnlyList<IReadOnlyList<ResolvedBatch>> groups)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText = "CREATE TABLE IF NOT EXISTS bare (a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u); PRAGMA synchronous=FULL";
        create.ExecuteNonQuery();
        using var insert = connection.CreateCommand();
        insert.CommandText = SqliteIntake.Insert.Replace("results", "bare", StringComparison.Ordinal);
        for (var i = 0; i < 21; i++)
        {
            insert.Parameters.Add(new SqliteParameter($"${i}", null));
        }

        foreach (var group in groups)
        {
            using var tx = connection.BeginTransaction();
            insert.Transaction = tx;
            foreach (var batch in group)
            {
                foreach (var item in batch.Items)
                {
                    SqliteIntake.Bind(insert.Parameters, new PendingRow(batch.AgentId, batch.Epoch, item));
                    insert.ExecuteNonQuery();
                }
            }

            tx.Commit();
        }

        return Task.CompletedTask;
    }
}
