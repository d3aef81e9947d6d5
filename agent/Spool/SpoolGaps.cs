using Probes.Contracts.Results;

namespace Probes.Agent.Spool;

/// <summary>
/// Sees to it that what is given up is told: first it is written down which sequences go and how many runs of which checks those were, only then are they
/// deleted; the sums travel as batches of their own, and are bounded by the number of checks, however full the spool stays. Not thread-safe but for <see cref="Note"/>.
/// </summary>
internal sealed class SpoolGaps : IDisposable
{
    /// <summary>Items in a batch.</summary>
    public const int MostInBatch = 1000;

    private readonly GapFile _file;
    private readonly Lock _noteGate = new();
    private Dictionary<(string Check, GapReason Reason), GapSum> _noted = [];
    private GapState _state;
    private bool _sumsOnDisk;
    private bool _dirty;
    private SpoolBatch? _inFlight;

    /// <param name="disk">Where.</param>
    /// <param name="folder">Of the spool.</param>
    /// <param name="sync">Whether what is written is forced to disk.</param>
    /// <param name="epoch">Of the sequences given from now on: another than of any result.</param>
    public SpoolGaps(SpoolDisk disk, string folder, bool sync, long epoch)
    {
        _file = new GapFile(disk, folder, sync);
        var (found, whole) = _file.Load();
        _state = found?.Under(epoch) ?? new GapState { Epoch = epoch };
        _dirty = !whole;
        _sumsOnDisk = _state.Sums.Count > 0;
    }

    /// <summary>True when there is something to tell.</summary>
    public bool Any => _state.Sums.Count > 0 || _state.Sealed.Count > 0 || HasNotes;

    /// <summary>True when there is something to tell and nothing told is on its way.</summary>
    public bool Ready => _inFlight is null && Any;

    private bool HasNotes
    {
        get
        {
            lock (_noteGate)
            {
                return _noted.Count > 0;
            }
        }
    }

    /// <summary>Whether a result was given up and is told of, though it may still be found.</summary>
    public bool IsToldOf(long epoch, long sequence)
    {
        foreach (var range in _state.ToldOf)
        {
            if (range.Holds(epoch, sequence))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Those of a range that nobody was told of.</summary>
    public IEnumerable<SequenceRange> Untold(SequenceRange range) => SequenceRange.Without(range, _state.ToldOf);

    /// <summary>A result that never was on disk is given up. From any thread.</summary>
    public void Note(string check, GapReason reason, DateTimeOffset due)
    {
        lock (_noteGate)
        {
            var sum = new GapSum(1, new DueRange(due, due));
            var key = _noted.Count >= GapState.MostSums && !_noted.ContainsKey((check, reason)) ? ("", reason) : (check, reason);
            _noted[key] = _noted.TryGetValue(key, out var before) ? before.With(sum) : sum;
        }
    }

    /// <summary>Writes down that these go. When it returns true they may be deleted.</summary>
    /// <param name="range">What goes.</param>
    /// <param name="reason">Why.</param>
    /// <param name="checks">What they were.</param>
    /// <param name="onDisk">Whether they can be found again after a crash; else nothing needs to be on disk for them to go.</param>
    public bool TryTell(SequenceRange range, GapReason reason, IReadOnlyDictionary<string, GapSum> checks, bool onDisk)
    {
        var next = _state.Copy();
        if (range.Count > 0)
        {
            next.ToldOf.Add(range);
        }

        foreach (var (check, sum) in checks)
        {
            next.Add(check, reason, sum);
        }

        if (!TrySave(next))
        {
            if (onDisk)
            {
                return false;
            }

            _dirty = true;
        }

        _state = next;
        return true;
    }

    /// <summary>Takes in what was noted, forgets ranges that can no longer be found, and saves.</summary>
    /// <param name="canBeFound">Whether a range may still lie on the disk.</param>
    public void Maintain(Func<SequenceRange, bool> canBeFound)
    {
        Gather();
        var gone = _state.ToldOf.RemoveAll(r => !canBeFound(r));
        if (_dirty || gone > 0)
        {
            _dirty = !TrySave(_state) || _dirty;
        }
    }

    /// <summary>The next items to send, under sequences that a crash does not change; null when there are none, or some are on their way.</summary>
    public SpoolBatch? Next()
    {
        if (_inFlight is not null)
        {
            return null;
        }

        Gather();
        if (_state.Sealed.Count == 0)
        {
            if (_state.Sums.Count == 0)
            {
                return null;
            }

            // What a next start would find unsealed may not be sent before it is written that it is sealed.
            var next = _state.Copy();
            next.Seal(MostInBatch);
            if (!TrySave(next))
            {
                if (_sumsOnDisk)
                {
                    return null;
                }

                _dirty = true;
            }

            _state = next;
        }

        var (epoch, first, items) = _state.Sealed[0];
        return _inFlight = new SpoolBatch(epoch, first, items);
    }

    /// <summary>They are told, or refused for good. Should a crash come before this is saved, they are sent again under the same sequences.</summary>
    public void Done(SpoolBatch batch)
    {
        if (batch == _inFlight)
        {
            _inFlight = null;
            _state.Sealed.RemoveAt(0);
            _dirty = true;
        }
    }

    public void Dispose() => _file.Dispose();

    private void Gather()
    {
        lock (_noteGate)
        {
            if (_noted.Count == 0)
            {
                return;
            }

            foreach (var ((check, reason), sum) in _noted)
            {
                _state.Add(check, reason, sum);
            }

            _noted = [];
            _dirty = true;
        }
    }

    private bool TrySave(GapState state)
    {
        try
        {
            _dirty = !_file.Save(state);
            _sumsOnDisk = state.Sums.Count > 0;
            return true;
        }
        catch (Exception error) when (SpoolDisk.IsFault(error))
        {
            return false;
        }
    }
}
