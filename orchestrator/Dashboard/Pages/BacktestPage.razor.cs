using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>Tries settings of detection on stored history. The answer to the form is the report; a script shows how far it is meanwhile.</summary>
public partial class BacktestPage
{
    private const int MostNames = 500;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private IIncidents AllIncidents { get; set; } = null!;

    [Inject]
    private IOptions<DetectorOptions> Options { get; set; } = null!;

    [Inject]
    private IOptions<StoreOptions> Kept { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    private BacktestReport? Report { get; set; }

    private IReadOnlyList<Incident> Incidents { get; set; } = [];

    private IReadOnlyDictionary<string, double> InForce { get; set; } = new Dictionary<string, double>();

    private IReadOnlyList<string> Checks { get; set; } = [];

    private IReadOnlyList<string> Regions { get; set; } = [];

    private DateTimeOffset Now { get; set; }

    private DateTimeOffset Earliest => Now.AddDays(-Kept.Value.MinuteDays);

    private string Error { get; set; } = "";

    protected override void OnInitialized()
    {
        var snapshot = Catalog.Current;
        (Now, InForce, Checks) = (Time.GetUtcNow(), DetectorSettings.Of(Options.Value), [.. snapshot.Checks.Keys]);
        Regions = [.. snapshot.Checks.Values.SelectMany(c => Probes.Orchestrator.Heatmaps.Regions.Of(snapshot, c.Check)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostNames)];
    }

    private async Task RunAsync()
    {
        var (settings, mistake) = BacktestView.Read(name => Http.Request.Form[name]);
        var gate = Services.GetRequiredService<BacktestGate>();
        var ct = Http.RequestAborted;
        if (mistake.Length > 0)
        {
            Error = mistake;
            return;
        }

        try
        {
            string[] checks = Value("check", "") is { Length: > 0 } check ? [Scope.Qualify(check.Trim())] : [];
            string[] regions = Value("region", "") is { Length: > 0 } region ? [region.Trim()] : [];
            var plan = Services.GetRequiredService<BacktestPlanner>().Make(new BacktestRequest(
                Read("from"), Read("to"), checks, regions, settings.Count > 0 ? new DetectorRule("page", "", settings, [], []) : null, Value("strict", "") == "true"));
            if (!gate.TryBegin())
            {
                Error = "A backtest runs here already: wait until it is done.";
                return;
            }
            await RunAsync(plan, gate, ct);
        }
        catch (BacktestRefusedException refused)
        {
            Error = $"{refused.What}: {refused.Message} (allowed: {refused.Allowed}).";
        }
    }

    private async Task RunAsync(BacktestPlan plan, BacktestGate gate, CancellationToken ct)
    {
        try
        {
            await foreach (var progress in Services.GetRequiredService<BacktestRun>().RunAsync(plan, ct))
            {
                Report = progress.Report ?? Report;
            }

            Incidents = Report is null ? [] : await AllIncidents.ListAsync(new IncidentQuery(From: Report.From, To: Report.To, Limit: 10_000), ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Whoever asked has gone.
        }
        finally
        {
            gate.End();
        }
    }

    // What was sent, else what the address says, else the default.
    private string Value(string name, string standard)
    {
        if (Http.Request.HasFormContentType)
        {
            return Http.Request.Form[name].ToString();
        }

        var asked = Http.Request.Query[name].ToString();
        return asked.Length == 0 ? standard
            : name is "from" or "to" && DateTimeOffset.TryParse(asked, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? Local(time) : asked;
    }

    private DateTimeOffset? Read(string name) => Value(name, "") is not { Length: > 0 } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && time.Year is >= 1970 and < 9999
            ? time : throw new BacktestRefusedException(name, $"'{(text.Length > 40 ? text[..40] : text)}' is not a time", "a time in UTC, such as 2026-01-31T12:00");

    private static string Local(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
}
