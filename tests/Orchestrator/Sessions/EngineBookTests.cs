using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Sessions;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class EngineBookTests(string engine)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

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
