using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Store;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class SchemaTests(string engine)
{
    [Test]
    public async Task Migrating_twice_changes_nothing_and_the_model_has_no_change_without_a_migration()
    {
        await using var under = await StoreUnderTest.CreateAsync(engine);
        await using var context = under.Contexts.CreateDbContext();
        await context.Database.MigrateAsync();
        Assert.That(await context.Database.GetPendingMigrationsAsync(), Is.Empty);
        Assert.That(context.Database.HasPendingModelChanges(), Is.False);
    }

    [Test]
    public async Task Times_keep_their_order_and_names_are_unique()
    {
        await using var under = await StoreUnderTest.CreateAsync(engine);
        await using (var context = under.Contexts.CreateDbContext())
        {
            foreach (var hours in new[] { 2, -5, 9 })
            {
                context.Checks.Add(new CheckEntity { Name = $"c{hours}", Document = "{}", UpdatedAt = Results.Now.AddHours(hours).ToOffset(TimeSpan.FromHours(hours)) });
            }

            await context.SaveChangesAsync();
        }

        await using var reading = under.Contexts.CreateDbContext();
        Assert.That(await reading.Checks.OrderBy(c => c.UpdatedAt).Select(c => c.Name).ToListAsync(), Is.EqualTo(new[] { "c-5", "c2", "c9" }));
        Assert.That(await reading.Checks.CountAsync(c => c.UpdatedAt > Results.Now), Is.EqualTo(2));
        reading.Checks.Add(new CheckEntity { Name = "c2", Document = "{}" });
        Assert.That(async () => await reading.SaveChangesAsync(), Throws.InstanceOf<DbUpdateException>());
    }

    [Test]
    public async Task A_token_cannot_be_used_twice_at_one_moment()
    {
        await using var under = await StoreUnderTest.CreateAsync(engine);
        await using var one = under.Contexts.CreateDbContext();
        await using var two = under.Contexts.CreateDbContext();
        one.Tokens.Add(new TokenEntity { PublicId = "t", SecretHash = [1], Location = "local", MaxUses = 1 });
        await one.SaveChangesAsync();
        var rival = await two.Tokens.SingleAsync();
        (await one.Tokens.SingleAsync()).Uses++;
        rival.Uses++;
        await one.SaveChangesAsync();
        Assert.That(async () => await two.SaveChangesAsync(), Throws.InstanceOf<DbUpdateConcurrencyException>());
    }
}

internal sealed class StartTests
{
    [Test]
    public async Task A_server_that_does_not_answer_is_named_without_its_password_and_used_once_it_is_there()
    {
        await using var node = await PostgresNode.StartNewAsync("fsync=off");
        node.Kill();
        var target = StoreTarget.From(new StoreOptions { ConnectionString = node.ConnectionString + ";Timeout=2" });
        var ready = new StoreReady();
        using var starter = new StoreStarter(target, new ContextFactory(target), ready, TimeProvider.System, NullLogger<StoreStarter>.Instance);
        await starter.StartAsync(default);
        await Poll.UntilAsync(() => Task.FromResult(ready.Reason.Contains("127.0.0.1:", StringComparison.Ordinal)), TimeSpan.FromSeconds(20), "a reason");
        Assert.That(ready.IsReady, Is.False);
        Assert.That(ready.Reason, Does.Contain("Store:ConnectionString").And.Not.Contain("Password").And.Not.Contain("=probes"));

        await node.StartAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await ready.WhenReadyAsync(deadline.Token);
        await starter.StopAsync(default);
        using var store = (IDisposable)StoreServices.Open(target, TimeProvider.System);
        Assert.That(await ((IResultStore)store).PingAsync(default), Is.True);
        Npgsql.NpgsqlConnection.ClearAllPools();
    }

    [Test]
    public async Task A_second_orchestrator_on_one_SQLite_file_is_told_so_and_takes_over_once_the_first_is_gone()
    {
        var folder = Directory.CreateTempSubdirectory("probes-store-").FullName;
        try
        {
            var target = StoreTarget.From(new StoreOptions { DataFolder = folder });
            var (one, two) = (new StoreReady(), new StoreReady());
            using var first = new StoreStarter(target, new ContextFactory(target), one, TimeProvider.System, NullLogger<StoreStarter>.Instance);
            using var second = new StoreStarter(target, new ContextFactory(target), two, TimeProvider.System, NullLogger<StoreStarter>.Instance);
            Assert.That(await first.TryOpenAsync(default), Is.Null);
            Assert.That(await first.TryOpenAsync(default), Is.Null, "its own file");
            Assert.That(await second.TryOpenAsync(default), Does.Contain("Another orchestrator runs on it").And.Contain("--data"));
            first.Dispose();
            Assert.That(await second.TryOpenAsync(default), Is.Null);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase("", "Sqlite", "SQLite file")]
    [TestCase("Data Source=a.db", "Sqlite", "SQLite file a.db")]
    [TestCase("Host=db.example.com;Username=u;Password=secret", "Postgres", "PostgreSQL at db.example.com:5432, database 'u', user 'u'")]
    [TestCase("postgres://u:secret@db.example.com/probes?sslmode=verify-full", "Postgres", "PostgreSQL at db.example.com:5432, database 'probes', user 'u'")]
    public void The_connection_string_tells_the_engine(string text, string engine, string place)
    {
        var target = StoreTarget.From(new StoreOptions { ConnectionString = text });
        Assert.That(target.Engine.ToString(), Is.EqualTo(engine));
        Assert.That(target.Place, Does.StartWith(place).And.Not.Contain("secret"));
    }

    [TestCase("Host=x;Colour=blue;Password=secret")]
    [TestCase("nonsense secret")]
    [TestCase("postgres://")]
    public void A_connection_string_that_is_none_is_refused_without_repeating_it(string text)
    {
        var answer = new StoreTargetValidator().Validate(null, new StoreOptions { ConnectionString = text });
        Assert.That(answer.Failed, Is.True);
        Assert.That(answer.FailureMessage, Does.Contain("Store:ConnectionString").And.Not.Contain("secret"));
    }
}
