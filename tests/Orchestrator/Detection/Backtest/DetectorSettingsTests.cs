using System.Reflection;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;

namespace Probes.Tests.Orchestrator.Detection.Backtest;

public sealed class DetectorSettingsTests
{
    [Test]
    public void Every_threshold_of_detection_can_be_tried()
    {
        var all = typeof(DetectorOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(p => p.Name).Except([nameof(DetectorOptions.EverySeconds)]);
        Assert.That(DetectorSettings.All.Select(s => char.ToUpperInvariant(s.Name[0]) + s.Name[1..]), Is.EqualTo(all));
        Assert.That(DetectorSettings.Of(new DetectorOptions()).Keys, Is.EquivalentTo(DetectorSettings.All.Select(s => s.Name)));
    }

    [Test]
    public void A_copy_differs_in_what_is_changed_only()
    {
        var basis = new DetectorOptions { WindowRuns = 17, EverySeconds = 9 };
        var copy = DetectorSettings.With(basis, new Dictionary<string, double> { ["toEnter"] = 4, ["significance"] = 0.01 });
        Assert.That((copy.WindowRuns, copy.EverySeconds, copy.ToEnter, copy.Significance, copy.ShiftMs), Is.EqualTo((17, 9, 4, 0.01, 20)));
        Assert.That((basis.ToEnter, basis.Significance), Is.EqualTo((2, 0.0001)));
    }

    [Test]
    public void A_rule_is_read()
    {
        var (rule, errors) = Read("""
            apiVersion: probes/v1
            kind: DetectorRule
            metadata: {name: keen, description: finds more}
            spec:
              shiftMs: 5
              significance: 0.001
              toEnter: 3
              checks: [web]
              regions: us-east
            """);
        Assert.That(errors, Is.Empty);
        Assert.That((rule!.Name, rule.Description, rule.Checks.Single(), rule.Regions.Single()), Is.EqualTo(("keen", "finds more", "shop/web", "us-east")));
        Assert.That(rule.Settings, Is.EquivalentTo(new Dictionary<string, double> { ["shiftMs"] = 5, ["significance"] = 0.001, ["toEnter"] = 3 }));
    }

    [TestCase("  superiority: 2", "rule.yaml:5:16: spec.superiority: '2' is not allowed (allowed: a number from 0.5 to 1)")]
    [TestCase("  toEnter: 1.5", "rule.yaml:5:12: spec.toEnter: '1.5' is not allowed (allowed: a whole number from 1 to 100)")]
    [TestCase("  shiftMs: much", "rule.yaml:5:12: spec.shiftMs: 'much' is not allowed (allowed: a number from 0 to 60000)")]
    [TestCase("  shiftMs: {}", "rule.yaml:5:12: spec.shiftMs: is not a single value (allowed: a number from 0 to 60000)")]
    [TestCase("  shiftms: 5", "rule.yaml:5:3: spec.shiftms: unknown key 'shiftms', did you mean 'shiftMs'? (allowed: windowRuns, baselineRuns, ")]
    [TestCase("  everySeconds: 5", "rule.yaml:5:3: spec.everySeconds: unknown key 'everySeconds'")]
    [TestCase("  checks: [webb]", "rule.yaml:5:12: spec.checks[0]: there is no check 'webb' (allowed: a check's name)")]
    [TestCase("  shiftMs: 5\n  shiftMs: 6", "rule.yaml:6:3: spec.shiftMs: stands twice (allowed: each key once)")]
    [TestCase("  shiftMs: 5\n---\napiVersion: probes/v1", "rule.yaml:7:1: holds a second document (allowed: one document of kind DetectorRule)")]
    public void A_bad_rule_names_file_line_column_key_and_what_is_allowed(string spec, string error)
    {
        var (rule, errors) = Read($"apiVersion: probes/v1\nkind: DetectorRule\nmetadata: {"{"}name: keen{"}"}\nspec:\n{spec}\n");
        Assert.That(rule, Is.Null);
        Assert.That(errors.Single().ToString(), Does.StartWith(error));
    }

    [TestCase("", "holds no document")]
    [TestCase("- a", "holds no document")]
    [TestCase("kind: Check", "'Check' is not known (allowed: DetectorRule)")]
    [TestCase("apiVersion: probes/v2", "'probes/v2' is not known (allowed: probes/v1)")]
    public void What_is_no_rule_is_refused(string text, string error) =>
        Assert.That(string.Join("\n", Read(text).Errors), Does.Contain(error));

    private static (DetectorRule? Rule, IReadOnlyList<DocumentError> Errors) Read(string text) =>
        DetectorRules.Read(text, "rule.yaml", "shop", DetectorSettings.All, c => c == "shop/web");
}
