using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Projects;

/// <summary>What the database itself sorts by project, on both engines. The names are such that one is the beginning of another.</summary>
[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class StoredProjectTests(string engine)
{
    private static readonly string[] Names = ["shop", "shop/web", "shop-2/web", "a/shop"];

    private StoreUnderTest _under = null!;

    [SetUp]
    public async Task OpenAsync() => _under = await StoreUnderTest.CreateAsync(engine);

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [TestCase(null, "shop,shop/web,shop-2/web,a/shop")]
    [TestCase("default", "shop")]
    [TestCase("shop", "shop/web")]
    [TestCase("shop-2", "shop-2/web")]
    [TestCase("sh_p", "")]
    [TestCase("%", "")]
    public async Task Incidents_and_tokens_are_those_of_the_project_and_no_others(string? project, string expected)
    {
        await using (var db = await _under.Contexts.CreateDbContextAsync())
        {
            db.AddRange(Names.Select(n => new IncidentEntity { Project = QualifiedName.ProjectOf(n), Target = n, Region = "r", Culprit = "route", Level = "down", StartedAt = Results.Now, UpdatedAt = Results.Now }));
            db.AddRange(Names.Select(n => new TokenEntity { PublicId = n, SecretHash = [], Location = n, MaxUses = 1, CreatedAt = Results.Now, ExpiresAt = Results.Now }));
            await db.SaveChangesAsync();
        }

        var names = expected.Split(',', StringSplitOptions.RemoveEmptyEntries);
        Assert.That((await new IncidentReader(_under.Contexts).ListAsync(new IncidentQuery(Project: project), default)).Select(i => i.Cause.Target), Is.EquivalentTo(names));
        var tokens = new TokenService(_under.Contexts, new FixedCatalog(), new ProjectScope(project, null), new Audit(_under.Contexts, _under.Time), _under.Time);
        Assert.That((await tokens.ListAsync(default)).Select(t => t.Location), Is.EquivalentTo(names));
        foreach (var other in Names.Except(names))
        {
            Assert.That(await tokens.RevokeAsync(other, default), Is.False, other);
        }
    }
}
