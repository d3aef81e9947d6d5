namespace Probes.Benchmarks.Detection.Series;

/// <summary>
/// Detection held against measured series that people have labelled, beside three references. Each reference's parameter is chosen on one half of a collection's series for the best F1 and reported on
/// the other, and the other way round, so that every series is reported on and none by a parameter that was chosen on it; beside it what the best parameter would get that hindsight finds. Probes runs
/// with its defaults.
/// </summary>
internal static class SeriesBench
{
    private const string Beside = "../shared/data";

    public static int Run(string[] args)
    {
        var folder = args is ["--data", var named, ..] ? named : Beside;
        if (args is not ([] or ["--data", _]) || !Directory.Exists(folder))
        {
            Console.Error.WriteLine($"bench series [--data DIR]: DIR (default {Beside}) holds folders of labelled series, such as cloud-latency of microsoft/cloud-monitoring-dataset and nab of numenta/NAB; "
                + $"'{folder}' {(Directory.Exists(folder) ? "was not all that was given" : "is not there")}");
            return 2;
        }

        var all = LabelledSeries.Read(folder);
        Console.WriteLine($"{"",-38} {"windows found",22} {"prec.",6} {"recall",6} {"F1",6} {"F1 by flag",11} {"F1 by point",11} {"delay, points",14}");
        foreach (var set in all.GroupBy(s => s.Set))
        {
            List<LabelledSeries> series = [.. set];
            Console.WriteLine($"{set.Key}: {series.Count} series, {series.Sum(s => s.Values.Count)} points, {series.Sum(s => s.Windows.Count)} windows");
            Best(series, "3 of 5 over {0} x median", [1.2, 1.5, 2, 3, 4, 6], k => _ => new ThresholdRule(k, 60));
            Best(series, "median +/- {0} MAD", [3, 5, 8, 12, 20, 30, 50], k => _ => new BandRule(k));
            Best(series, "EWMA chart, {0} sigma", [3, 4, 6, 8, 10, 12, 20], k => _ => new EwmaRule(k));
            Print("Probes, defaults", Play(series, s => new OurRule(s)));
        }

        return 0;
    }

    private static void Best(List<LabelledSeries> series, string name, double[] values, Func<double, Func<LabelledSeries, IRule>> make)
    {
        List<LabelledSeries>[] halves = [[.. series.Where((_, i) => i % 2 == 0)], [.. series.Where((_, i) => i % 2 == 1)]];
        var (one, other) = (Chosen(halves[1]), Chosen(halves[0]));
        var score = new SeriesScore();
        Play(halves[0], make(one), score);
        Play(halves[1], make(other), score);
        Print(Named(one == other ? $"{one}" : $"{one} and {other}"), score);
        var best = Chosen(series);
        Print(Named($"{best}") + ", hindsight", Play(series, make(best)));

        double Chosen(List<LabelledSeries> from) => values.MaxBy(v => Play(from, make(v)).WindowF1);
        string Named(string value) => string.Format(System.Globalization.CultureInfo.InvariantCulture, name, value);
    }

    private static SeriesScore Play(List<LabelledSeries> series, Func<LabelledSeries, IRule> make, SeriesScore? into = null)
    {
        var score = into ?? new SeriesScore();
        foreach (var one in series)
        {
            var rule = make(one);
            score.Add(one, [.. one.Values.Select(rule.Next)]);
        }

        return score;
    }

    private static void Print(string name, SeriesScore s) => Console.WriteLine(FormattableString.Invariant(
        $"  {name,-36} {s.Windows,22} {s.Precision,6:0.000} {s.Recall,6:0.000} {s.WindowF1,6:0.000} {s.FlagF1,11:0.000} {s.PointF1,11:0.000} {s.Delay,14:0}"));
}
