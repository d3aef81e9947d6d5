using System.Diagnostics;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Secrets;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Commands;

/// <summary>Backup and restore on both engines: what was stored is there, known as stored, and it goes on from there.</summary>
[NonParallelizable]
internal sealed class BackupTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("probes-backup-").FullName;

    [OneTimeTearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_copy_made_while_results_come_in_is_whole_and_an_orchestrator_goes_on_from_it()
    {
        await using var running = await RunningOrchestrator.StartAsync();
        await running.ApplyAsync(RunningOrchestrator.TcpCheck("shop"));
        using (var admin = running.Client(running.AdminKey))
        {
            (await admin.PutAsync("/api/v1/secrets/API_TOKEN", JsonContent.Create(new { value = "the-secret-value" }))).EnsureSuccessStatusCode();
        }

        // Batches of ten, one after another, while the copy is made.
        var store = running.Get<IResultStore>();
        var stored = 0L;
        using var enough = new CancellationTokenSource();
        var storing = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await store.StoreAsync([Batches.Of(1, stored + 1, 10, TimeProvider.System.GetUtcNow().AddSeconds(-10 - stored))], default);
                Interlocked.Add(ref stored, 10);
            }
        });
        await Poll.UntilAsync(() => Task.FromResult(Interlocked.Read(ref stored) > 500), TimeSpan.FromSeconds(30), "results are stored");
        var before = Interlocked.Read(ref stored);
        var to = Path.Combine(_folder, "copy");
        var (code, said) = await RunAsync("--data", running.Data, "--to", to);
        await enough.CancelAsync();
        await storing;
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Match($"^backed up \\d+ results \\(.* MB\\) to {to} in "));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(Path.Combine(to, "probes.db")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }

        await using var restored = await RunningOrchestrator.StartAsync(("Data", to));
        Assert.That(restored.AdminKey, Is.EqualTo(running.AdminKey));
        var copied = await CountAsync(restored.Get<IDbContextFactory<ProbesContext>>());
        Assert.That(copied, Is.InRange(before, stored));
        Assert.That(copied % 10, Is.Zero, "batches are whole or not there");
        Assert.That(restored.Catalog.Current.Checks.Keys, Does.Contain("shop"));
        var secrets = restored.Get<SecretValues>();
        await secrets.RefreshAsync(default);
        Assert.That(secrets.Find("default", "API_TOKEN"), Is.EqualTo("the-secret-value"));

        // Agents send again what was not confirmed, or was after the copy: known is dropped, the rest is stored.
        var outcomes = await restored.Get<IResultStore>().StoreAsync([Batches.Of(1, 1, (int)copied + 10)], default);
        Assert.That(outcomes.Single(), Is.EqualTo(new StoreOutcome(10, (int)copied)));
    }

    [Test]
    public async Task What_cannot_be_backed_up_is_said_and_nothing_is_made()
    {
        var to = Path.Combine(_folder, "none");
        Assert.That(await RunAsync("--data", Path.Combine(_folder, "nowhere"), "--to", to), Is.EqualTo((2, $"--data: there is no folder {_folder}/nowhere")));
        var empty = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        Assert.That(await RunAsync("--data", empty, "--to", to), Is.EqualTo((2, $"--data: there is no database {empty}/probes.db: no orchestrator has run there")));
        var full = Directory.CreateDirectory(Path.Combine(_folder, "full")).FullName;
        await File.WriteAllTextAsync(Path.Combine(full, "x"), "");
        Assert.That(await RunAsync("--data", empty, "--to", full), Is.EqualTo((2, $"--to: {full} is there already (allowed: a folder that is new or empty)")));
        await File.WriteAllTextAsync(Path.Combine(empty, "probes.db"), "this is no database, whatever it is called; it is text, and long enough to be looked at");
        var (code, said) = await RunAsync("--data", empty, "--to", to);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(said, Does.StartWith("no backup was made").And.Contain("not a database"));
        Assert.That(File.Exists(Path.Combine(to, "probes.db")), Is.False);
    }

    [Test]
    public async Task PostgreSQL_dumped_and_restored_knows_what_was_stored()
    {
        await using var under = await StoreUnderTest.CreateAsync("postgres");
        await under.Store.StoreAsync([Batches.Of(1, 1, 500)], default);
        await under.Store.RollUpAsync(await under.Store.ReadDirtyAsync(1000, default), default);
        var dump = Path.Combine(_folder, "probes.dump");
        var copy = await PostgresFixture.NewDatabaseAsync();
        await ProgramAsync("pg_dump", ["--format=custom", "--file", dump, "--dbname", Uri(under.Target.ConnectionString)]);
        await ProgramAsync("pg_restore", ["--no-owner", "--exit-on-error", "--dbname", Uri(copy), dump]);
        try
        {
            var target = StoreTarget.From(new StoreOptions { ConnectionString = copy });
            await using (var db = new ContextFactory(target).CreateDbContext())
            {
                Assert.That(await db.Database.GetPendingMigrationsAsync(), Is.Empty);
            }

            using var store = (IDisposable)StoreServices.Open(target, TimeProvider.System);
            var results = (IResultStore)store;
            Assert.That((await results.ReadRollupsAsync(1, Results.Now, Results.Now.AddHours(1), default)).Sum(r => r.Rollup.Counts.Told), Is.EqualTo(500));
            Assert.That((await results.StoreAsync([Batches.Of(1, 1, 510)], default)).Single(), Is.EqualTo(new StoreOutcome(10, 500)));
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await PostgresFixture.DropAsync(copy);
        }
    }

    private static async Task<long> CountAsync(IDbContextFactory<ProbesContext> contexts)
    {
        await using var db = await contexts.CreateDbContextAsync();
        return await db.Database.SqlQueryRaw<long>("SELECT count(*) AS \"Value\" FROM results").SingleAsync();
    }

    private static string Uri(string connectionString)
    {
        var c = new NpgsqlConnectionStringBuilder(connectionString);
        return $"postgresql://{c.Username}:{c.Password}@{c.Host}:{c.Port}/{c.Database}";
    }

    private static async Task ProgramAsync(string name, string[] arguments)
    {
        using var program = Process.Start(new ProcessStartInfo(PostgresNode.Programs is { } folder ? Path.Combine(folder, name) : name, arguments) { RedirectStandardError = true })!;
        var said = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.That(program.ExitCode, Is.Zero, said);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var (output, errors, before) = (new StringWriter(), new StringWriter(), (Console.Out, Console.Error));
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            var code = await CommandLine.RunAsync(["backup", .. arguments], _ => throw new InvalidOperationException("nothing is to be started"));
            return (code, (output.ToString() + errors).ReplaceLineEndings("\n").Trim());
        }
        finally
        {
            Console.SetOut(before.Out);
            Console.SetError(before.Error);
        }
    }
}
