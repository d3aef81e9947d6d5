using System.Collections.Immutable;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Sessions;

/// <summary>How a hello was taken.</summary>
internal enum Admission
{
    Admitted,

    /// <summary>The identity is online with another process. The newer retries slowly; operators see it.</summary>
    IdentityInUse,
}

/// <summary>One agent here: its session if it has one, its assignment, and what it last said. All members are safe for several threads.</summary>
internal sealed class AgentSlot(CatalogAgent agent, long firstRevision, TimeProvider clock)
{
    // There are five things to say; what comes beyond twice that is not an agent of ours.
    private const int MostUnfit = 10;
    private const int MostRefusals = 1000;

    // Longer than the refused one waits before it tries again.
    private static readonly TimeSpan ClashShown = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly AssignmentHistory _history = new(firstRevision);
    private Session? _session;
    private Heartbeat? _said;
    private bool _news;
    private DateTimeOffset? _lastSeenAt;
    private long _heardAt;
    private long _leftAt;
    private long _appliedRevision;
    private AgentSaid _self = AgentSaid.Nothing;
    private ImmutableDictionary<string, string> _refused = ImmutableDictionary<string, string>.Empty;
    private string _refusal = "";
    private string _intruder = "";
    private long _intrudedAt;
    private string _location = "";

    private readonly WorkProof _work = new(clock);

    // Whether the assignment is one made for it as it lives now. Before that nothing is sent: an agent that comes back
    // after our restart must not be told that it has no checks.
    private bool _assigned;

    /// <summary>Seen since it was last written to the store; owned by the loop that writes.</summary>
    internal DateTimeOffset? Written { get; set; }

    /// <summary>The engine that was last written to the store; owned by the same loop.</summary>
    internal string? WrittenEngine { get; set; }

    /// <summary>The session that other replicas were told of last; null: none, or its end. Owned by the loop that assigns.</summary>
    internal Session? Shared { get; set; }

    /// <summary>What it was asked to run once.</summary>
    internal RunWaits Runs { get; } = new();

    internal string PublicId => agent.PublicId;

    internal int Id => agent.Id;

    internal string Version => Self.Version;

    /// <summary>What it said when it connected last.</summary>
    internal AgentSaid Self => Volatile.Read(ref _self);

    internal DateTimeOffset? LastSeenAt
    {
        get
        {
            lock (_lock)
            {
                return _lastSeenAt;
            }
        }
    }

    /// <summary>Takes a new session, cutting an older one of the same process or one that has fallen silent.</summary>
    /// <param name="session">The new one.</param>
    /// <param name="hello">What it began with.</param>
    /// <param name="silence">After so long another process may take the identity over.</param>
    /// <param name="fenced">Its checks are others' now: it must stop at once what it runs.</param>
    internal Admission Admit(Session session, Hello hello, TimeSpan silence, bool fenced)
    {
        Session? older;
        lock (_lock)
        {
            older = _session;
            if (older is not null && older.InstanceId != session.InstanceId && clock.GetElapsedTime(_heardAt) <= silence)
            {
                _intrudedAt = clock.GetTimestamp();
                _intruder = $"a second process with this identity was refused at {clock.GetUtcNow():HH:mm:ss} UTC";
                return Admission.IdentityInUse;
            }

            _session = session;
            _self = AgentSaid.Of(hello, clock.GetUtcNow());
            _refusal = "";
            _said = null;
            _work.Assigned(_history.Current.Checks);
            Hear();
            if (fenced)
            {
                _history.Assign([]);
            }

            // What was made for it in another place is not for it here.
            _assigned &= !fenced && _location == session.Location;
            _location = session.Location;

            if (_assigned || fenced)
            {
                session.MarkChanged();
            }
        }

        older?.Cut();
        return Admission.Admitted;
    }

    /// <summary>False when another session has taken over in the meantime.</summary>
    internal bool Leave(Session session, bool dead)
    {
        lock (_lock)
        {
            if (_session != session)
            {
                return false;
            }

            _session = null;
            Runs.End();
            // The dead have had their time already.
            _leftAt = dead ? 0 : clock.GetTimestamp();
            return true;
        }
    }

    internal void Beat(Heartbeat said)
    {
        lock (_lock)
        {
            _news |= (_said?.Unfit.Count ?? 0) != said.Unfit.Count;
            _said = said;
            _work.Beat(said);
            Hear();
        }
    }

    /// <summary>Whether it has become unfit or fit since this was last asked.</summary>
    internal bool TakeNews()
    {
        lock (_lock)
        {
            return _news && !(_news = false);
        }
    }

    internal void Applied(Applied applied)
    {
        var refused = applied.Refused.Count == 0 ? ""
            : $"cannot run {applied.Refused.Count} of its checks: {string.Join("; ", applied.Refused.Take(3).Select(r => $"{r.Check}: {r.Reason}"))}";
        lock (_lock)
        {
            _appliedRevision = applied.Revision;
            _refused = applied.Refused.Take(MostRefusals).GroupBy(r => r.Check, r => r.Reason, StringComparer.Ordinal)
                .ToImmutableDictionary(g => g.Key, g => g.First().Length <= 300 ? g.First() : g.First()[..300], StringComparer.Ordinal);
            _refusal = refused.Length <= 500 ? refused : refused[..500];
            Hear();
        }
    }

    /// <summary>Connected, or gone for less than the grace.</summary>
    internal bool IsLive(TimeSpan grace)
    {
        lock (_lock)
        {
            return _session is not null || (_leftAt != 0 && clock.GetElapsedTime(_leftAt) < grace);
        }
    }

    /// <summary>The session, when nothing was heard on it for this long.</summary>
    internal Session? Silent(TimeSpan silence)
    {
        lock (_lock)
        {
            return _session is not null && clock.GetElapsedTime(_heardAt) > silence ? _session : null;
        }
    }

    internal Session? Session
    {
        get
        {
            lock (_lock)
            {
                return _session;
            }
        }
    }

    /// <summary>Gives it these checks; its session is told when they differ, or when it was waiting for its first.</summary>
    /// <param name="checks">Ordered by name.</param>
    /// <param name="effectiveUs">From when on they count, if they differ; 0: at once.</param>
    internal void Assign(ImmutableArray<CatalogCheck> checks, long effectiveUs)
    {
        lock (_lock)
        {
            var changed = _history.Assign(checks, effectiveUs);
            if (changed || !_assigned)
            {
                _work.Assigned(checks);
                _session?.MarkChanged();
            }

            _assigned = true;
        }
    }

    /// <summary>Its session, when it was told an assignment long ago, says that it is alive, and does not have it: the stream may be broken one way.</summary>
    internal Session? Deaf
    {
        get
        {
            lock (_lock)
            {
                var current = _history.Current.Number;
                return _assigned && _history.Current.Checks.Length == 0 && _appliedRevision != current && _said?.Revision != current && _work.IsOverdue ? _session : null;
            }
        }
    }

    internal bool IsAssigned
    {
        get
        {
            lock (_lock)
            {
                return _assigned;
            }
        }
    }

    /// <summary>Where its session was welcomed; null without one.</summary>
    internal string? WelcomedIn => Session?.Location;

    /// <summary>Whether it has given up all its checks: it was told so, has applied it, and that has taken effect.</summary>
    internal bool HasHandedOver(DateTimeOffset now)
    {
        lock (_lock)
        {
            return _assigned && _history.Current.Checks.Length == 0 && _appliedRevision == _history.Current.Number
                && WireTimes.Us(now - TimeSpan.FromMilliseconds(500)) > _history.Current.EffectiveUs;
        }
    }

    /// <summary>How far one check has come here; null when it is not assigned.</summary>
    internal (bool Applied, string Refusal)? DeliveryOf(CatalogCheck check)
    {
        lock (_lock)
        {
            if (!_assigned || LocationPlan.Find(_history.Current.Checks, check.Check.Name) is not { } assigned)
            {
                return null;
            }

            var applied = _session is not null && assigned.Check.Revision == check.Check.Revision
                && _history.Known(_appliedRevision) is { } held && LocationPlan.Find(held.Checks, check.Check.Name)?.Check.Revision == check.Check.Revision;
            return (applied, _refused.GetValueOrDefault(check.Check.Name, ""));
        }
    }

    /// <summary>Its checks went to others.</summary>
    internal void Unassign()
    {
        lock (_lock)
        {
            _assigned = false;
        }
    }

    /// <summary>What the agent should have, and what it has as far as it is known here.</summary>
    internal (Revision? Base, Revision Target) Step(long held)
    {
        lock (_lock)
        {
            var from = held == 0 ? null : _history.Base(held);
            return (from, _history.Current);
        }
    }

    internal AgentStatus Status(CatalogAgent known, string region)
    {
        lock (_lock)
        {
            var said = _said;
            return new AgentStatus
            {
                Id = known.Id,
                PublicId = known.PublicId,
                Name = known.Name,
                Location = known.Location,
                Region = region,
                Online = _session is not null,
                Version = _self.Version,
                Capacity = _self.Capacity,
                Load = said?.Load ?? 0,
                RunsShed = said?.RunsShed ?? 0,
                Degraded = _session is null ? "" : AgentSaid.Degraded(_self),
                IdentityClash = _intruder.Length > 0 && clock.GetElapsedTime(_intrudedAt) < ClashShown,
                Drained = known.Drained,
                LastSeenAt = _lastSeenAt,
                Revision = _history.Current.Number,
                AppliedRevision = _appliedRevision,
                RunningChecks = said?.Checks ?? 0,
                ClockOffset = TimeSpan.FromMicroseconds(said?.ClockOffsetUs ?? 0),
                RunsExecuted = said?.RunsExecuted ?? 0,
                RunsMissed = said?.RunsMissed ?? 0,
                RunsLate = said?.RunsLate ?? 0,
                ResultsDropped = said?.ResultsDropped ?? 0,
                SpoolDepth = said?.SpoolDepth ?? 0,
                Transport = _session is null ? "" : said?.Transport is { Length: > 0 } way ? way : _session.Transport,
                LastError = _intruder.Length > 0 ? _intruder : _refusal.Length > 0 ? _refusal : _session is not null && _work.Idle is { Length: > 0 } idle ? idle : said?.LastError ?? "",
                Disabled = known.Disabled,
                Unfit = said is null ? [] : UnfitOf(said),
            };
        }
    }

    private static IReadOnlyList<AgentUnfit> UnfitOf(Heartbeat said) => said.Unfit.Count == 0 ? [] :
    [
        .. said.Unfit.Take(MostUnfit).Select(u => new AgentUnfit(
            Short(u.What, 20), Short(u.Detail, 300), DateTimeOffset.UnixEpoch.AddMicroseconds(Math.Clamp(u.SinceUs + said.ClockOffsetUs, 0, 4_102_444_800_000_000)))),
    ];

    private static string Short(string text, int most) => text.Length <= most ? text : text[..most];

    private void Hear()
    {
        _heardAt = clock.GetTimestamp();
        _lastSeenAt = clock.GetUtcNow();
    }
}
