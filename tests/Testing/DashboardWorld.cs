using System.Collections.Immutable;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Sessions;

namespace Probes.Tests.Testing;

/// <summary>Six regions: one degraded, one down, one of which nothing is known, three well. All of it follows from the check, the region and the minute.</summary>
internal sealed class DashboardWorld : ICatalog, IVerdicts, IIncidents, IAgentRegistry
{
    public const string Hostile = "<img src=x onerror=alert(1)>";
    public const string DegradedSentence =
        "Wait is 3.4 times its baseline (median 142 ms against 42 ms, p < 0.001) since 09:12 UTC, on 2 agents and 118 runs.";

    public static readonly (string Region, double Lat, double Lon, double BaseMs, Level Level)[] Regions =
    [
        ("ap-southeast", 1.35, 103.8, 182, Level.Healthy),
        ("eu-central", 50.1, 8.7, 38, Level.Healthy),
        ("eu-west", 53.3, -6.3, 46, Level.Degraded),
        ("sa-east", -23.5, -46.6, 210, Level.Down),
        ("us-east", 39.0, -77.5, 92, Level.Healthy),
        ("af-south", -33.9, 18.4, 160, Level.Unknown),
    ];

    private static readonly (string Name, ProbeSpec Probe, double Factor)[] Defined =
    [
        ("checkout-api", new HttpSpec { Url = new Uri("https://shop.example.com/api/checkout/health") }, 1),
        ("login", new HttpSpec { Url = new Uri("https://login.example.com/") }, 1.3),
        ("model-inference", new HttpSpec { Url = new Uri("https://models.example.com/v1/ready") }, 3),
        ("dns-example", new DnsSpec { Name = "www.example.com" }, 0.2),
        ("smtp-relay", new TcpSpec { Host = "mail.example.com", Port = 25 }, 0.4),
        ("certificate", new TlsSpec { Host = "shop.example.com" }, 0.7),
    ];

    public DashboardWorld(TimeProvider time, bool empty = false)
    {
        Now = time.GetUtcNow;
        Current = empty ? CatalogSnapshot.Empty : Define();
    }

    public Func<DateTimeOffset> Now { get; }

    public CatalogSnapshot Current { get; private set; }

    public event Action Changed = delegate { };

    public List<DocumentSet> Applied { get; } = [];

    public static double Factor(string check) => Defined.FirstOrDefault(d => d.Name == check, Defined[0]).Factor;

    /// <summary>Only these are in trouble; other checks are well in the same regions.</summary>
    public static Level LevelOf(string check, string region)
    {
        var level = Regions.First(r => r.Region == region).Level;
        return level is Level.Unknown || check is "checkout-api" || (check == "login" && level == Level.Down) ? level : Level.Healthy;
    }

    public Verdict Of(string check, string region)
    {
        var level = LevelOf(check, region);
        return new Verdict
        {
            Check = check,
            Region = region,
            Level = level,
            Since = Now() - TimeSpan.FromMinutes(23),
            JudgedAt = Now(),
            Shows = level is Level.Degraded or Level.Down,
            Sentence = level switch
            {
                Level.Degraded => DegradedSentence,
                Level.Down => "Down since 09:31 UTC: 0 of 96 runs passed (at most 3.9 % with 95 % confidence); blamed on the target, connect_refused " + Hostile,
                Level.Healthy => "Within its baseline: median 44 ms against 42 ms, 120 of 120 runs passed, on 2 agents.",
                _ => "No runs in the window: nothing can be said.",
            },
            Evidence = new Evidence
            {
                Agents = 2,
                Runs = 118,
                Phase = Phase.Wait,
                Answers = level == Level.Down ? [$"{region} alone is shown a certificate of another issuer (issued by CN=Another CA {Hostile}), since 09:31 UTC"] : null,
            },
        };
    }

    public IReadOnlyList<Verdict> All() => [.. Current.Checks.Keys.SelectMany(c => Regions.Select(r => Of(c, r.Region)))];

    public Task<IReadOnlyList<Incident>> ListAsync(IncidentQuery query, CancellationToken ct)
    {
        Incident[] closed =
        [
            Ended(90, "login", "eu-west", Level.Degraded, Now().AddHours(-5), Now().AddHours(-4.2), "DNS was 6.1 times its baseline (median 61 ms against 10 ms, p < 0.001)."),
            Ended(91, "smtp-relay", "ap-southeast", Level.Down, Now().AddHours(-30), Now().AddHours(-29.9), "0 of 40 runs passed; blamed on the network."),
        ];
        IEnumerable<Incident> all = Current.Checks.IsEmpty ? [] : query.Open switch { true => Opened(), false => closed, null => Opened().Concat(closed) };
        return Task.FromResult<IReadOnlyList<Incident>>([.. all.Where(i => query.Check is null || i.Impacts.Any(m => m.Check == query.Check)).Take(query.Limit)]);
    }

    public async Task<IncidentStory?> FindAsync(long id, CancellationToken ct) => (await ListAsync(new IncidentQuery(), ct)).FirstOrDefault(i => i.Id == id) is { } found
        ? new IncidentStory(found, [new IncidentEvent(found.StartedAt, "opened", "", found.Cause.Words), new IncidentEvent(Now(), "note", "alex", Hostile)]) : null;

    // As the product blames them, of what the verdicts say.
    private IEnumerable<Incident> Opened() => new Blamer().Find([.. All().Select(v => new Sign(v, ProbeKinds.Host(Current.Checks[v.Check].Check.Probe), TimeSpan.FromSeconds(30)))], _ => null)
        .Select((b, i) => new Incident
        {
            Id = i + 1,
            Project = "default",
            Level = b.Signs.Max(s => s.Verdict.Level),
            Cause = b.Cause,
            Title = Titles.Of(b.Cause),
            StartedAt = b.Signs.Min(s => s.Verdict.Since),
            Impacts = [.. b.Signs.Select(s => s.Verdict).Select(v => new Impact(v.Check, v.Region, v.Level, v.Since, null, v.Sentence, v.Evidence))],
        });

    private static Incident Ended(long id, string check, string region, Level level, DateTimeOffset from, DateTimeOffset to, string sentence)
    {
        var cause = new Cause(Culprit.Route, $"{check}.example.com", region, "", null, 1, 4, $"the way from {region} to {check}.example.com, or the point of presence that serves it");
        return new Incident
        {
            Id = id,
            Project = "default",
            Level = level,
            Cause = cause,
            Title = Titles.Of(cause),
            StartedAt = from,
            EndedAt = to,
            Impacts = [new Impact(check, region, level, from, to, sentence, new Evidence())],
        };
    }

    public IReadOnlyList<AgentStatus> Agents() => [.. Current.AgentsById.Values.OrderBy(a => a.Id).Select(Status)];

    public Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct)
    {
        Applied.Add(documents);
        foreach (var check in documents.Checks)
        {
            Current = Current with { Checks = Current.Checks.SetItem(check.Name, new CatalogCheck(100 + Applied.Count, check, Now(), false)) };
        }

        Changed();
        return Task.FromResult(new ApplyReport([.. documents.Checks.Select(c => "check/" + c.Name)], [], [], []));
    }

    public Task<bool> DeleteCheckAsync(string name, CancellationToken ct) => Task.FromResult(false);

    public Task<bool> DeleteWindowAsync(string name, CancellationToken ct) => Task.FromResult(false);

    public Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;

    private AgentStatus Status(CatalogAgent agent) => new()
    {
        Id = agent.Id,
        PublicId = agent.PublicId,
        Name = agent.Name,
        Location = agent.Location,
        Region = Current.RegionOf(agent.Id),
        Online = !agent.Location.StartsWith("af-", StringComparison.Ordinal),
        Version = "0.1.0",
        LastSeenAt = Now().AddSeconds(agent.Id == 11 ? -4000 : -agent.Id),
        Revision = 7,
        AppliedRevision = agent.Id == 3 ? 6 : 7,
        RunningChecks = 6,
        ClockOffset = TimeSpan.FromMilliseconds(agent.Id == 5 ? 3_601_000 : 11 * agent.Id),
        RunsExecuted = 12_345 * agent.Id,
        RunsMissed = agent.Id == 7 ? 12 : 0,
        SpoolDepth = agent.Id == 11 ? 4_210 : 0,
        Transport = agent.Id % 2 == 0 ? "amqp" : "relay",
        Unfit = agent.Id == 5 ? [new AgentUnfit("resolver", "the resolver answers nothing " + Hostile, Now().AddMinutes(-3))] : [],
        LastError = agent.Id == 11 ? "connection refused by the broker " + Hostile : "",
    };

    private CatalogSnapshot Define()
    {
        var checks = Defined.Select((d, i) => new CatalogCheck(i + 1, new Check
        {
            Name = d.Name,
            Revision = 3,
            Interval = TimeSpan.FromSeconds(10),
            Probe = d.Probe,
            Description = i == 0 ? "What a customer needs to pay. " + Hostile : "",
        }, Now(), false)).ToList();
        // No rule lets such a name in; were one ever stored, it must still be shown as text.
        checks.Add(new CatalogCheck(50, new Check { Name = Hostile, Probe = new HttpSpec { Url = new Uri("https://example.com/?q=<script>") } }, Now(), false));
        var locations = Regions.SelectMany(r => new[] { "a", "b" }.Select(z => new Location
        {
            Name = $"{r.Region}-{z}",
            Region = r.Region,
            Type = LocationType.Cloud,
            Latitude = r.Lat + (z == "a" ? 0.4 : -0.4),
            Longitude = r.Lon,
        })).ToList();
        var agents = locations.Select((l, i) => new CatalogAgent(i + 1, $"agent{i:D21}", $"probe-{l.Name}", l.Name, false, Now())).ToList();
        return CatalogSnapshot.Empty with
        {
            Checks = checks.ToImmutableSortedDictionary(c => c.Check.Name, c => c, StringComparer.Ordinal),
            ChecksById = checks.ToImmutableDictionary(c => c.Id),
            Locations = locations.ToImmutableSortedDictionary(l => l.Name, l => l, StringComparer.Ordinal),
            AgentsById = agents.ToImmutableDictionary(a => a.Id),
            AgentsByPublicId = agents.ToImmutableDictionary(a => a.PublicId),
        };
    }
}
