using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Sessions;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class EngineBookTests(string engine)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 20, TimeSpan.Zero);

    [Test]
    public async Task The_first_engine_of_an_agent_is_as_old_as_it_and_another_one_counts_from_the_next_whole_minute()
    {
        await using var store = await StoreUnderTest.CreateAsync(engine);
        var book = new EngineBook(store.Contexts);
        await NoteAsync(store, "1", (1, Noon), (2, Noon));
        await NoteAsync(store, "1", (1, Noon.AddMinutes(1)));
        await book.RefreshAsync(default);
        Assert.That(book.Known, Is.EquivalentTo(new Dictionary<int, AgentEngine> { [1] = new("1", 0), [2] = new("1", 0) }));

        await NoteAsync(store, "2", (1, Noon.AddMinutes(5)), (3, Noon));
        await NoteAsync(store, "2", (1, Noon.AddMinutes(6)));
        await book.RefreshAsync(default);
        Assert.That(book.Known[1], Is.EqualTo(new AgentEngine("2", (Noon.ToUnixTimeSeconds() / 60) + 6)));
        Assert.That(book.Known[3], Is.EqualTo(new AgentEngine("2", 0)));

        await NoteAsync(store, "1", (1, Noon.AddMinutes(9)));
        var other = new EngineBook(store.Contexts);
        await other.RefreshAsync(default);
        Assert.That(other.Known[1], Is.EqualTo(new AgentEngine("1", (Noon.ToUnixTimeSeconds() / 60) + 10)), "put back to the older one, it is measured anew too");
        var past = other.Past();
        Assert.That(new[] { 0, 5, 6, 9, 10 }.Select(m => past((Noon.ToUnixTimeSeconds() / 60) + m)[1].Engine), Is.EqualTo(new[] { "1", "1", "2", "2", "1" }));
    }

    [Test]
    public async Task Agents_that_were_deleted_as_long_ago_as_minutes_are_stored_are_forgotten()
    {
        await using var under = await StoreUnderTest.CreateAsync(engine);
        await using (var db = under.Contexts.CreateDbContext())
        {
            var agents = new[] { Noon.AddDays(-40), Noon.AddDays(-1), (DateTimeOffset?)null }.Select((deleted, i) => Agent(i, deleted)).ToList();
            db.AddRange(agents);
            await db.SaveChangesAsync();
            await EngineBook.NoteAsync(db, "1", [.. agents.Select(a => (a.Id, Noon.AddDays(-50)))], default);
            await EngineBook.NoteAsync(db, "2", [.. agents.Select(a => (a.Id, Noon.AddDays(-45)))], default);
        }

        var book = new EngineBook(under.Contexts);
        await book.RefreshAsync(default);
        Assert.That(book.Known, Has.Count.EqualTo(3));
        Assert.That(await book.ForgetAsync(Noon.AddDays(-30), default), Is.EqualTo(2));
        await book.RefreshAsync(default);
        Assert.That(book.Known.Values.Select(e => e.Engine), Is.EqualTo(new[] { "2", "2" }));
        Assert.That(await book.ForgetAsync(Noon.AddDays(-30), default), Is.Zero);
    }

    private static async Task NoteAsync(StoreUnderTest store, string version, params (int, DateTimeOffset)[] agents)
    {
        await using var db = store.Contexts.CreateDbContext();
        await EngineBook.NoteAsync(db, version, agents, default);
    }

    private static AgentEntity Agent(int number, DateTimeOffset? deleted) => new()
    {
        PublicId = $"{number}{new string('a', 25)}",
        Name = $"agent-{number}",
        Location = "eu1",
        CredentialHash = [(byte)number],
        EnrolledAt = Noon.AddDays(-50),
        DeletedAt = deleted,
    };
}
