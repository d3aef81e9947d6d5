using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Run;

/// <summary>
/// What describes at length who answered (certificate, addresses) is the same run after run, and would be most of a result. It is kept with a result
/// that failed, when it differs from what was told last for the check, and once every <see cref="Repeat"/>; else it is left out. So is the id of a request that passed.
/// </summary>
internal sealed class DetailMemory(TimeProvider time)
{
    public static readonly TimeSpan Repeat = TimeSpan.FromMinutes(10);

    /// <summary>Checks remembered; when there are more, all are told again.</summary>
    private const int Most = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Told, long At)> _told = new(StringComparer.Ordinal);

    public ProbeOutcome Trim(Check check, ProbeOutcome outcome)
    {
        var (all, hash) = (0, default(HashCode));
        foreach (var (name, value) in outcome.Evidence)
        {
            if (EvidenceNames.Details.Contains(name))
            {
                all++;
                hash.Add(name);
                hash.Add(value);
            }
        }

        var told = all == 0 || Tells(check, hash.ToHashCode());
        return outcome.Status != RunStatus.Passed || (told && !outcome.Evidence.ContainsKey(EvidenceNames.RequestId)) ? outcome : outcome with
        {
            Evidence = outcome.Evidence.Where(e => e.Key != EvidenceNames.RequestId && (told || !EvidenceNames.Details.Contains(e.Key)))
                .ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal),
        };
    }

    private bool Tells(Check check, int now)
    {
        lock (_gate)
        {
            if (_told.TryGetValue(check.Name, out var last) && last.Told == now && time.GetElapsedTime(last.At) < Repeat)
            {
                return false;
            }

            if (_told.Count >= Most)
            {
                _told.Clear();
            }

            _told[check.Name] = (now, time.GetTimestamp());
            return true;
        }
    }
}
