namespace Probes.Benchmarks.Detection.Series;

/// <summary>
/// Detection held against measured series that people have labelled, beside three references. Each reference is given the parameter that suits each collection best, chosen on the very series it is
/// reported on; Probes runs with its defaults.
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
        Console.WriteLine($"{"",-30} {"windows found",22} {"prec.",6} {"recall",6} {"F1",6} {"F1 by flag",11} {"F1 by point",11} {"delay, points",14}");
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
        var (value, score) = values.Select(v => (v, Play(series, make(v)))).MaxBy(s => s.Item2.WindowF1);
        Print(string.Format(System.Globalization.CultureInfo.InvariantCulture, name, value), score);
    }

    private static SeriesScore Play(List<LabelledSeries> series, Func<LabelledSeries, IRule> make)
    {
        var score = new SeriesScore();
        foreach (var one in series)
        {
            var rule = make(one);
            score.Add(one, [.. one.Values.Select(rule.Next)]);
        }

        return score;
    }

    private static void Print(string name, SeriesScore s) => Console.WriteLine(FormattableString.Invariant(
        $"  {name,-28} {s.Windows,22} {s.Precision,6:0.000} {s.Recall,6:0.000} {s.WindowF1,6:0.000} {s.FlagF1,11:0.000} {s.PointF1,11:0.000} {s.Delay,14:0}"));
}
