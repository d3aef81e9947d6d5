using System.Collections.Immutable;
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

    private readonly Lock _lock = new();
    private readonly AssignmentHistory _history = new(firstRevision);
    private Session? _session;
    private Heartbeat? _said;
    private DateTimeOffset? _lastSeenAt;
    private long _heardAt;
    private long _leftAt;
    private long _appliedRevision;
    private string _version = "";
    private string _refusal = "";
    private string _intruder = "";

    // Whether the assignment is one made for it as it lives now. Before that nothing is sent: an agent that comes back
    // after our restart must not be told that it has no checks.
    private bool _assigned;

    /// <summary>Seen since it was last written to the store; owned by the loop that writes.</summary>
    internal DateTimeOffset? Written { get; set; }

    internal string PublicId => agent.PublicId;

    internal int Id => agent.Id;

    internal string Version => Volatile.Read(ref _version);

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
    internal Admission Admit(Session session, Hello hello, TimeSpan silence)
    {
        Session? older;
        lock (_lock)
        {
            older = _session;
            if (older is not null && older.InstanceId != session.InstanceId && clock.GetElapsedTime(_heardAt) <= silence)
            {
                _intruder = $"a second process with this identity was refused at {clock.GetUtcNow():HH:mm:ss} UTC";
                return Admission.IdentityInUse;
            }

            _session = session;
            _version = hello.Version;
            _refusal = "";
            _said = null;
            Hear();
            if (_assigned)
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
            // The dead have had their time already.
            _leftAt = dead ? 0 : clock.GetTimestamp();
            return true;
        }
    }

    internal void Beat(Heartbeat said)
    {
        lock (_lock)
        {
            _said = said;
            Hear();
        }
    }

    internal void Applied(Applied applied)
    {
        var refused = applied.Refused.Count == 0 ? ""
            : $"cannot run {applied.Refused.Count} of its checks: {string.Join("; ", applied.Refused.Take(3).Select(r => $"{r.Check}: {r.Reason}"))}";
        lock (_lock)
        {
            _appliedRevision = applied.Revision;
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
    internal void Assign(ImmutableArray<CatalogCheck> checks)
    {
        lock (_lock)
        {
            var changed = _history.Assign(checks);
            if (changed || !_assigned)
            {
                _session?.MarkChanged();
            }

            _assigned = true;
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
                Version = _version,
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
                Transport = _session?.Transport ?? "",
                LastError = _intruder.Length > 0 ? _intruder : _refusal.Length > 0 ? _refusal : said?.LastError ?? "",
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
