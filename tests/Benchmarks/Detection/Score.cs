using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Benchmarks.Detection;

/// <summary>A time for which a pair was flagged without a break.</summary>
internal sealed record Episode(int Check, int Region, TimeSpan From, TimeSpan To, Culprit? Culprit, Phase? Phase);

/// <summary>
/// Counts over scenarios. Unit of recall: a labelled pair, found when an episode meets its time. Unit of precision: an episode, right when it meets a label of its
/// pair, or the ten minutes after it in which what was slow is still in the window.
/// </summary>
internal sealed class Score
{
    private static readonly TimeSpan Wake = TimeSpan.FromMinutes(10);

    private readonly List<double> _delays = [];

    public int Labelled { get; private set; }
    public int Found { get; private set; }
    public int Episodes { get; private set; }
    public int Right { get; private set; }
    public int Blamed { get; private set; }
    public int BlamedRight { get; private set; }
    public int Phased { get; private set; }
    public int PhasedRight { get; private set; }

    /// <summary>Check-months looked at, of all regions of a check together.</summary>
    public double CheckMonths { get; private set; }

    public double Precision => Episodes == 0 ? 1 : (double)Right / Episodes;

    public double Recall => Labelled == 0 ? 1 : (double)Found / Labelled;

    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    public double FalsePerCheckMonth => CheckMonths == 0 ? 0 : (Episodes - Right) / CheckMonths;

    public double Delay(double quantile) => _delays.Count == 0 ? double.NaN : _delays.Order().ElementAt((int)(quantile * (_delays.Count - 1)));

    public void Add(Scenario scenario, IReadOnlyList<Episode> episodes)
    {
        CheckMonths += scenario.Checks * (scenario.Length - scenario.CountedFrom).TotalDays / 30;
        episodes = [.. episodes.Where(e => e.To > scenario.CountedFrom)];
        foreach (var label in scenario.Labels)
        {
            foreach (var (check, region) in label.Pairs)
            {
                Labelled++;
                var hit = episodes.FirstOrDefault(e => (e.Check, e.Region) == (check, region) && e.From < label.To && e.To > label.From);
                if (hit is null)
                {
                    continue;
                }

                Found++;
                _delays.Add(Math.Max(0, (hit.From - label.From).TotalSeconds));
                Blamed += hit.Culprit is null ? 0 : 1;
                BlamedRight += hit.Culprit == label.Culprit ? 1 : 0;
                Phased += label.Phase is null ? 0 : 1;
                PhasedRight += label.Phase is not null && hit.Phase == label.Phase ? 1 : 0;
            }
        }

        Episodes += episodes.Count;
        Right += episodes.Count(e => scenario.Labels.Any(l => l.Pairs.Contains((e.Check, e.Region)) && e.From < l.To + Wake && e.To > l.From));
    }
}
