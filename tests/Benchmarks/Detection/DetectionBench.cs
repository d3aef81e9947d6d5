using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Probes.Orchestrator.Detection;

namespace Probes.Benchmarks.Detection;

/// <summary>
/// Detection held against labelled scenarios, beside three references run on the same data. The references' parameters are chosen on one half of the
/// scenarios for the best F1; all are reported on the other half.
/// </summary>
internal static class DetectionBench
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    public static int Run(string[] args)
    {
        var quick = args.Contains("--quick");
        var families = args.SkipWhile(a => a != "--family").Skip(1).FirstOrDefault();
        var set = int.Parse(args.SkipWhile(a => a != "--set").Skip(1).FirstOrDefault() ?? "1", CultureInfo.InvariantCulture);
        var all = ScenarioBook.All(set).Where((_, i) => !quick || i % 7 < 2).Where(s => families is null || s.Family.Contains(families, StringComparison.OrdinalIgnoreCase)).ToList();
        var (known, held) = (all.Where((_, i) => i % 2 == 0).ToList(), all.Where((_, i) => i % 2 == 1).ToList());
        Console.WriteLine($"{all.Count} scenarios of {all.DistinctBy(s => s.Family).Count()} families, {held.Count} of them held back; {all.Sum(s => s.Checks * s.Length.TotalDays / 30):0.0} check-months");
        Console.WriteLine();
        Console.WriteLine("on the scenarios held back      precision  recall     F1  false/check-month  delay p50, p90 s  blame  phase");
        if (!args.Contains("--ours"))
        {
            References(known, held);
        }

        var clock = Stopwatch.StartNew();
        var ours = Play(held, Ours);
        Print("Probes", Scored(ours));
        Console.WriteLine($"({clock.Elapsed.TotalSeconds:0} s for the last)");
        Console.WriteLine();
        Console.WriteLine("Probes by family                found of labelled  false episodes");
        foreach (var family in ours.GroupBy(o => o.Scenario.Family))
        {
            var score = Scored(family);
            Console.WriteLine($"{family.Key,-30} {score.Found,6} of {score.Labelled,-4} {score.Episodes - score.Right,12}   delay {score.Delay(0.5):0} s, phase {score.PhasedRight} of {score.Phased}, blame {score.BlamedRight} of {score.Found}");
        }

        if (args.Contains("--wrong"))
        {
            ours.ForEach(o => Explain(o.Scenario, o.Episodes));
        }

        return 0;
    }

    // For who wants to know why: what was missed, flagged for nothing, or blamed on something else.
    private static void Explain(Scenario scenario, List<Episode> episodes)
    {
        var score = Scored([(scenario, episodes)]);
        if (score.Found == score.Labelled && score.Right == score.Episodes && score.BlamedRight == score.Found)
        {
            return;
        }

        Console.WriteLine(FormattableString.Invariant($"\n{scenario.Family}, seed {scenario.Seed}: {scenario.Checks} checks every {scenario.Interval.TotalSeconds:0} s, {scenario.Regions} regions, {scenario.Agents} agents"));
        scenario.Labels.ToList().ForEach(l => Console.WriteLine($"  ought to be {l.Culprit} {l.Phase}, {l.From:d\\.hh\\:mm\\:ss} to {l.To:d\\.hh\\:mm\\:ss}: {string.Join(" ", l.Pairs)}"));
        episodes.ForEach(e => Console.WriteLine($"  flagged ({e.Check}, {e.Region}) {e.From:d\\.hh\\:mm\\:ss} to {e.To:d\\.hh\\:mm\\:ss}: {e.Culprit} {e.Phase}"));
    }

    private static void References(IReadOnlyList<Scenario> known, IReadOnlyList<Scenario> held)
    {
        var threshold = Best(known, [1.5, 2, 3, 4], t => c => new ThresholdJudge(t, c));
        var band = Best(known, [3, 4, 5, 6, 8, 12], k => _ => new MinuteJudge(() => new BandRule(k)));
        var ewma = Best(known, [3, 4, 5, 6, 8, 12], l => _ => new MinuteJudge(() => new EwmaRule(l)));
        Print($"3 of 5 over {threshold} x median", Measure(held, c => new ThresholdJudge(threshold, c)));
        Print($"median +/- {band} MAD", Measure(held, _ => new MinuteJudge(() => new BandRule(band))));
        Print($"EWMA chart, {ewma} sigma", Measure(held, _ => new MinuteJudge(() => new EwmaRule(ewma))));
    }

    private static IJudge Ours(Scenario scenario) => new OurJudge(scenario, new DetectorOptions());

    private static double Best(IReadOnlyList<Scenario> known, double[] values, Func<double, Func<Scenario, IJudge>> make) => values.MaxBy(v => Measure(known, make(v)).F1);

    private static Score Measure(IReadOnlyList<Scenario> scenarios, Func<Scenario, IJudge> make) => Scored(Play(scenarios, make));

    private static List<(Scenario Scenario, List<Episode> Episodes)> Play(IReadOnlyList<Scenario> scenarios, Func<Scenario, IJudge> make)
    {
        var episodes = new ConcurrentDictionary<int, List<Episode>>();
        Parallel.For(0, scenarios.Count, i => episodes[i] = Play(scenarios[i], make(scenarios[i])));
        return [.. scenarios.Select((s, i) => (s, episodes[i]))];
    }

    private static Score Scored(IEnumerable<(Scenario Scenario, List<Episode> Episodes)> played)
    {
        var score = new Score();
        foreach (var (scenario, episodes) in played)
        {
            score.Add(scenario, episodes);
        }

        return score;
    }

    /// <summary>Tells the judge a scenario's runs in the order they are heard, and looks every 15 s.</summary>
    internal static List<Episode> Play(Scenario scenario, IJudge judge)
    {
        var (runs, next) = (Simulator.Runs(scenario), 0);
        var open = new Dictionary<(int, int), Episode>();
        var episodes = new List<Episode>();
        for (var now = Every; now <= scenario.Length; now += Every)
        {
            for (; next < runs.Count && runs[next].Heard <= now; next++)
            {
                judge.Hear(runs[next]);
            }

            var found = judge.Look(now).ToDictionary(f => (f.Check, f.Region));
            foreach (var pair in open.Keys.Where(p => !found.ContainsKey(p)).ToList())
            {
                episodes.Add(open[pair] with { To = now });
                open.Remove(pair);
            }

            foreach (var (pair, f) in found)
            {
                var first = open.GetValueOrDefault(pair) ?? new Episode(f.Check, f.Region, now, now, null, null);
                // What it is blamed on last counts: evidence grows.
                open[pair] = first with { Culprit = f.Culprit ?? first.Culprit, Phase = f.Phase ?? first.Phase };
            }
        }

        episodes.AddRange(open.Values.Select(e => e with { To = scenario.Length }));
        return episodes;
    }

    private static void Print(string name, Score s) => Console.WriteLine(FormattableString.Invariant(
        $"{name,-30} {s.Precision,10:0.000} {s.Recall,7:0.000} {s.F1,6:0.000} {s.FalsePerCheckMonth,18:0.0} {s.Delay(0.5),9:0} {s.Delay(0.9),6:0}  {(s.Blamed == 0 ? "-" : FormattableString.Invariant($"{(double)s.BlamedRight / s.Found:0.00}")),5}  {(s.Phased == 0 ? 0 : (double)s.PhasedRight / s.Phased):0.00}"));
}
