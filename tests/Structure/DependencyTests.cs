using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Probes.Tests.Structure;

public sealed partial class DependencyTests
{
    [Test]
    public void Contracts_reference_no_project() =>
        Assert.That(References("contracts/Probes.Contracts.csproj", "ProjectReference"), Is.Empty);

    [Test]
    public void The_agent_references_contracts_only() =>
        Assert.That(References("agent/Probes.Agent.csproj", "ProjectReference"), Is.EqualTo(new[] { "../contracts/Probes.Contracts.csproj" }));

    [Test]
    public void The_agent_stays_small_without_MassTransit_EF_or_a_browser() =>
        Assert.That(References("agent/Probes.Agent.csproj", "PackageReference"),
            Has.None.Matches<string>(p => p.StartsWith("MassTransit", StringComparison.Ordinal)
                || p.Contains("EntityFramework", StringComparison.Ordinal) || p.Contains("Playwright", StringComparison.Ordinal)));

    [Test]
    public void Only_the_embedded_room_of_the_orchestrator_uses_the_agent() =>
        Assert.That(Users("orchestrator", "Probes.Agent"), Is.All.StartsWith("orchestrator/Embedded/"));

    [Test]
    public void MassTransit_stays_inside_ingest() =>
        Assert.That(Users("orchestrator", "MassTransit"), Is.All.StartsWith("orchestrator/Ingest/"));

    [Test]
    public void Wire_types_do_not_reach_rollups_detection_heatmaps_or_pages()
    {
        string[] closed = ["orchestrator/Rollups/", "orchestrator/Detection/", "orchestrator/Heatmaps/", "orchestrator/Dashboard/", "orchestrator/Api/"];
        Assert.That(Users("orchestrator", "Probes.Contracts.Wire").Where(f => closed.Any(f.StartsWith)), Is.Empty);
    }

    [Test]
    public void Rollups_and_detection_do_not_know_the_pages_or_the_api()
    {
        var rooms = new[] { "orchestrator/Rollups", "orchestrator/Detection", "orchestrator/Heatmaps", "orchestrator/Store" };
        Assert.That(rooms.SelectMany(r => Users(r, "Probes.Orchestrator.Dashboard").Concat(Users(r, "Probes.Orchestrator.Api"))), Is.Empty);
    }

    [Test]
    public void Rooms_are_capabilities()
    {
        string[] layers = ["Services", "Models", "Helpers", "Utils", "Utilities", "Common", "Managers", "Interfaces"];
        var rooms = new[] { "agent", "orchestrator", "contracts" }
            .SelectMany(p => Repository.Files(p, ".cs", ".razor"))
            .SelectMany(f => Repository.Relative(f).Split('/')[..^1]);
        Assert.That(rooms.Distinct(), Has.None.Matches<string>(layers.Contains));
    }

    private static IEnumerable<string> Users(string folder, string name) =>
        Repository.Files(folder, ".cs", ".razor")
            .Where(f => File.ReadLines(f).Any(line => UsingLine().Match(line) is { Success: true } m
                && (m.Groups[1].Value == name || m.Groups[1].Value.StartsWith(name + ".", StringComparison.Ordinal))
                || line.Contains("global::" + name + ".", StringComparison.Ordinal)))
            .Select(Repository.Relative);

    private static string[] References(string project, string kind) =>
        [.. XDocument.Load(Path.Combine(Repository.Root, project)).Descendants(kind).Select(e => e.Attribute("Include")!.Value)];

    [GeneratedRegex(@"^\s*@?(?:global )?using (?:static )?(?:\w+ = )?([\w.]+)")]
    private static partial Regex UsingLine();
}
