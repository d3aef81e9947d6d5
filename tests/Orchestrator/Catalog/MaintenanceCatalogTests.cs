using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Catalog;

[TestFixture("sqlite")]
[TestFixture("postgres")]
public sealed class MaintenanceCatalogTests(string engine)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken None = CancellationToken.None;

    private FakeTimeProvider _time = null!;
    private StoreUnderTest _under = null!;
    private Probes.Orchestrator.Catalog.Catalog _catalog = null!;

    [SetUp]
    public async Task SetUp()
    {
        _time = new FakeTimeProvider(Noon);
        _under = await StoreUnderTest.CreateAsync(engine, _time);
        _catalog = Open();
        await ApplyAsync("apiVersion: probes/v1\nkind: Location\nmetadata: {name: eu1}\nspec: {region: Europe}\n---\n" + Check("shop"));
    }

    [TearDown]
    public async Task TearDown()
    {
        _catalog.Dispose();
        await _under.DisposeAsync();
    }

    [Test]
    public async Task A_window_is_stored_told_changed_and_deleted_and_another_orchestrator_reads_the_same()
    {
        Assert.That((await ApplyAsync(Window("1h"), dryRun: true)).Created, Is.EqualTo(new[] { "maintenance/nightly" }));
        Assert.That(_catalog.Current.Windows, Is.Empty);
        Assert.That((await ApplyAsync(Window("1h"))).Created, Is.EqualTo(new[] { "maintenance/nightly" }));
        var stored = _catalog.Current.Windows["nightly"];
        Assert.That((await ApplyAsync(Window("1h"))).Unchanged, Is.EqualTo(new[] { "maintenance/nightly" }));
        Assert.That(_catalog.Current.Windows["nightly"], Is.SameAs(stored));
        Assert.That((await ApplyAsync(Window("2h"))).Updated, Is.EqualTo(new[] { "maintenance/nightly" }));

        using var other = Open();
        await other.RefreshAsync(None);
        var read = other.Current.Windows["nightly"];
        Assert.That((read.Revision, read.Since, read.Window.Duration), Is.EqualTo((2L, Noon, TimeSpan.FromHours(2))));
        Assert.That(CheckDocuments.Write(read.Window), Is.EqualTo(CheckDocuments.Write(_catalog.Current.Windows["nightly"].Window)));
        var before = other.Current;
        await other.RefreshAsync(None);
        Assert.That(other.Current, Is.SameAs(before));

        Assert.That(await _catalog.DeleteWindowAsync("nightly", None), Is.True);
        Assert.That(await _catalog.DeleteWindowAsync("nightly", None), Is.False);
        await other.RefreshAsync(None);
        Assert.That(other.Current.Windows, Is.Empty);
        Assert.That((await ApplyAsync(Window("2h"))).Created, Is.EqualTo(new[] { "maintenance/nightly" }));
        Assert.That(_catalog.Current.Windows["nightly"].Revision, Is.EqualTo(3));
    }

    [Test]
    public async Task What_was_maintenance_stays_so_in_accounts_when_the_window_is_deleted_until_it_is_too_old()
    {
        await ApplyAsync(Window("1h"));
        _time.SetUtcNow(Noon.AddDays(1));
        await _catalog.DeleteWindowAsync("nightly", None);
        var book = new MaintenanceBook(_under.Contexts, NullLogger<MaintenanceBook>.Instance);
        var from = Noon.ToUnixTimeSeconds() / 60;
        // At 03:00 of the first of February, and not of the second.
        Assert.That(Marked(await book.ReadAsync(_catalog.Current, "shop", from, from + (3 * 1440), None)), Is.EqualTo(60));
        Assert.That(Marked(await book.ReadAsync(_catalog.Current, "other", from, from + (3 * 1440), None)), Is.Zero);
        Assert.That(await book.ForgetAsync(Noon, None), Is.Zero);
        Assert.That(await book.ForgetAsync(Noon.AddDays(2), None), Is.EqualTo(1));

        static int Marked(MaintenanceCalendar calendar) => calendar.Marks("shop", "eu1").Count(m => m);
    }

    [Test]
    public async Task What_a_window_names_must_be_there_and_the_mistake_says_where_and_what_is_near()
    {
        var report = await ApplyAsync(Window("1h", "checks: [shpo]\n  regions: [Europa, Europe]\n  locations: [eu2]"));
        Assert.That(report.Errors.Select(e => $"{e.Line}:{e.Column} {e.Key}: {e.Message} ({e.Allowed})"), Is.EqualTo(new[]
        {
            "5:12 spec.checks[0]: maintenance 'nightly' names check 'shpo', which is not defined, did you mean 'shop'? (shop)",
            "6:13 spec.regions[0]: maintenance 'nightly' names region 'Europa', which is not defined, did you mean 'Europe'? (Europe)",
            "7:15 spec.locations[0]: maintenance 'nightly' names location 'eu2', which is not defined, did you mean 'eu1'? (eu1)",
        }));
        Assert.That((await ApplyAsync(Window("1h", "checks: [pay]") + "\n---\n" + Check("pay"))).Errors, Is.Empty, "defined in the same set");
    }

    [Test]
    public async Task There_are_at_most_a_thousand()
    {
        var all = Enumerable.Range(0, WindowReferences.Most + 1).Select(i => Window("1h").Replace("nightly", $"w{i}", StringComparison.Ordinal)).ToList();
        Assert.That((await ApplyAsync(string.Join("\n---\n", all))).Errors.Single().Message, Is.EqualTo("is one maintenance window too many"));
        Assert.That((await ApplyAsync(string.Join("\n---\n", all.Skip(1)))).Errors, Is.Empty);
        Assert.That((await ApplyAsync(all[0])).Errors.Single().Key, Is.EqualTo("metadata.name"));
        Assert.That((await ApplyAsync(all[1])).Unchanged, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_database_from_before_windows_gets_their_tables_at_the_next_start()
    {
        await using (var db = _under.Contexts.CreateDbContext())
        {
            await Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRawAsync(db.Database, "DROP TABLE maintenance; DROP TABLE late_results;");
        }

        for (var start = 0; start < 2; start++)
        {
            using var starter = new StoreStarter(_under.Target, _under.Contexts, new StoreReady(), _time, NullLogger<StoreStarter>.Instance);
            Assert.That(await starter.TryOpenAsync(None), Is.Null);
        }

        Assert.That((await ApplyAsync(Window("1h"))).Created, Has.Count.EqualTo(1));
    }

    private Probes.Orchestrator.Catalog.Catalog Open() => new(new CatalogStore(_under.Contexts, _time, NullLogger<CatalogStore>.Instance), new EventHub());

    private Task<ApplyReport> ApplyAsync(string text, bool dryRun = false) => _catalog.ApplyAsync(CheckDocuments.Read(text, "test.yaml"), dryRun, None);

    private static string Check(string name) => $"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: {name}}}\nspec: {{tcp: {{host: shop.test, port: 443}}}}";

    private static string Window(string duration, string covers = "checks: [shop]") =>
        $"apiVersion: probes/v1\nkind: Maintenance\nmetadata: {{name: nightly}}\nspec:\n  {covers}\n  schedule: \"0 3 * * *\"\n  duration: {duration}";
}
