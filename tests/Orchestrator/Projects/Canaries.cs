using System.Text;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Results;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Projects;

/// <summary>
/// Project "red", which asks, and project "canary", of which everything has "canary" in its name and texts. Whatever is asked about a canary
/// can be asked about a twin that does not exist, by <see cref="Twin"/>.
/// </summary>
internal sealed class Canaries : IAsyncDisposable
{
    private const int UserId = 900_001;

    private readonly Dictionary<string, string> _ids = [];

    private Canaries(RunningOrchestrator orchestrator) => Orchestrator = orchestrator;

    internal RunningOrchestrator Orchestrator { get; }

    /// <summary>An admin's key that is bound to project red.</summary>
    internal string RedKey { get; private set; } = "";

    internal string Agent { get; private set; } = "";

    internal string Token { get; private set; } = "";

    internal string Key { get; private set; } = "";

    /// <summary>All ids of things of project canary.</summary>
    internal IEnumerable<string> Ids => _ids.Keys;

    internal static async Task<Canaries> StartAsync()
    {
        var made = new Canaries(await RunningOrchestrator.StartAsync(("Detection:EverySeconds", "1"), ("Limits:ApiPerMinute", "0")));
        using var api = made.Orchestrator.Client(made.Orchestrator.AdminKey);
        foreach (var project in new[] { "red", "canary" })
        {
            await TwoProjects.SucceedAsync(api.PutAsync($"/api/v1/projects/{project}", ApiFixture.Json($$"""{"description": "of {{project}}"}""")));
        }

        await TwoProjects.SucceedAsync(api.PostAsync("/api/v1/apply", ApiFixture.Yaml(
            TwoProjects.Location("red", "eu") + "---\n" + TwoProjects.Check("red", "web", "eu") + "---\n"
            + TwoProjects.Location("canary", "canary-eu", "{region: canary-region, latitude: 1, longitude: 2}") + "---\n"
            + TwoProjects.Check("canary", "canary-web", "canary-eu", "canary.example.com") + "---\n" + TwoProjects.Check("canary", "web", "canary-eu", "canary.example.com"))));
        (made.RedKey, _) = await made.KeyAsync("red", "red-key");
        (_, made.Key) = await made.KeyAsync("canary", "canary-key");
        (made.Agent, _) = await made.Orchestrator.EnrolAsync("canary/canary-eu", "canary-agent");
        await made.Orchestrator.EnrolAsync("red/eu", "red-agent");
        var token = await ApiFixture.ReadAsync(await api.PostAsync("/api/v1/tokens?project=canary", ApiFixture.Json("""{"location": "canary-eu"}""")));
        made.Token = token.GetProperty("id").GetString()!;
        foreach (var id in new[] { made.Agent, made.Token, made.Key })
        {
            made._ids[id] = new string([.. id.Reverse()]);
        }

        made._ids[$"{UserId}"] = $"{UserId + 1}";

        await made.MeasureAsync();
        return made;
    }

    /// <summary>The same about something that does not exist.</summary>
    internal string Twin(string text) =>
        _ids.Aggregate(text, (t, id) => t.Replace(id.Key, id.Value, StringComparison.Ordinal)).Replace("canary", "absent", StringComparison.Ordinal).Replace("CANARY", "ABSENT", StringComparison.Ordinal);

    /// <summary>Everything that is stored of project canary, as one text.</summary>
    internal async Task<string> StateAsync()
    {
        await using var db = await Context();
        var text = new StringBuilder();
        text.AppendJoin('\n', await db.Set<CheckEntity>().Where(c => c.Name.StartsWith("canary")).Select(c => c.Document + c.Revision + c.DeletedAt).ToListAsync());
        text.AppendJoin('\n', await db.Set<LocationEntity>().Where(c => c.Name.StartsWith("canary")).Select(c => c.Document + c.Revision + c.DeletedAt).ToListAsync());
        text.AppendJoin('\n', await db.Set<AgentEntity>().Where(a => a.Location.StartsWith("canary")).Select(a => a.Name + a.Location + a.Disabled + a.Drained + a.DeletedAt).ToListAsync());
        text.AppendJoin('\n', await db.Set<TokenEntity>().Where(t => t.Location.StartsWith("canary")).Select(t => t.PublicId + t.RevokedAt).ToListAsync());
        text.AppendJoin('\n', await db.Set<ApiKeyEntity>().Where(k => k.Project == "canary").Select(k => k.PublicId + k.RevokedAt + k.Role).ToListAsync());
        text.AppendJoin('\n', await db.Set<SecretEntity>().Where(s => s.Project == "canary").Select(s => s.Name + s.Revision).ToListAsync());
        text.AppendJoin('\n', await db.Set<UserEntity>().Select(u => u.Name + u.Role + u.Project + u.DisabledAt).ToListAsync());
        text.AppendJoin('\n', await db.Set<ProjectEntity>().Select(p => p.Name + p.Description).ToListAsync());
        return text.ToString();
    }

    public ValueTask DisposeAsync() => Orchestrator.DisposeAsync();

    private async Task<(string Secret, string Id)> KeyAsync(string project, string name)
    {
        var secret = Secret.New(Secret.ApiKey);
        await using (var db = await Context())
        {
            db.Add(new ApiKeyEntity
            {
                PublicId = secret.PublicId,
                Name = name,
                SecretHash = secret.Hash,
                Project = project,
                Role = "admin",
                CreatedAt = TimeProvider.System.GetUtcNow(),
            });
            await db.SaveChangesAsync();
        }

        await Orchestrator.Get<ApiKeys>().RereadAsync(default);
        return (secret.Text, secret.PublicId);
    }

    // Results that fail, a verdict, an incident, a dead letter and a secret.
    private async Task MeasureAsync()
    {
        await Orchestrator.Catalog.RefreshAsync(default);
        var catalog = Orchestrator.Catalog.Current;
        var (check, agent, now) = (catalog.Checks["canary/canary-web"].Id, catalog.AgentsByPublicId[Agent].Id, TimeProvider.System.GetUtcNow());
        var runs = Enumerable.Range(1, 50).Select(i => new ResolvedResult(i, check, Testing.Results.Passed(i, "canary/canary-web", now.AddSeconds(-i)) with
        {
            Status = RunStatus.Failed,
            Source = FailureSource.Target,
            Reason = "canary_reason",
            Message = "canary message",
        })).ToList();
        var store = Orchestrator.Get<IResultStore>();
        await store.StoreAsync([new ResolvedBatch(agent, 1, 1, runs.Count, runs, "1.0")], default);
        await store.AddDeadLetterAsync(new DeadLetter(0, now, "canary", "canary", 6, "canary"u8.ToArray()), default);
        await using (var db = await Context())
        {
            var incident = new IncidentEntity { Project = "canary", Culprit = "route", Target = "canary-region", Region = "canary-region", Level = "down", StartedAt = now.AddHours(-1), EndedAt = now, Summary = "canary", UpdatedAt = now };
            db.Add(incident);
            await db.SaveChangesAsync();
            db.Add(new ImpactEntity { IncidentId = incident.Id, Check = "canary/canary-web", Region = "canary-region", Level = "down", StartedAt = now.AddHours(-1), EndedAt = now, Summary = "canary", Evidence = "{}", UpdatedAt = now });
            db.Add(new IncidentEventEntity { IncidentId = incident.Id, At = now, Kind = "opened", Actor = "canary", Text = "canary" });
            db.Add(new UserEntity { Id = UserId, Issuer = "https://canary.example.com", Subject = "canary", Name = "canary-user", Role = "viewer", Project = "canary", FirstSeenAt = now, LastSeenAt = now });
            db.Add(new SecretEntity { Project = "canary", Name = "CANARY_SECRET", Ciphertext = [1], UpdatedAt = now });
            await db.SaveChangesAsync();
        }

        await Poll.UntilAsync(() => Task.FromResult(Orchestrator.Get<IVerdicts>().All().Any(v => v.Check == "canary/canary-web" && v.Level != Level.Unknown)),
            TimeSpan.FromSeconds(40), "the canary is judged");
    }

    private Task<ProbesContext> Context() => Orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
}
