using Microsoft.Extensions.Logging;

namespace Probes.Agent.Spool;

/// <summary>The segment files in order: written at the end, read from the cursor on, removed at the start. Not thread-safe.</summary>
internal sealed class SpoolSegments : IDisposable
{
    private readonly SpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly long _epoch;
    private readonly List<Segment> _all = [];
    private readonly Queue<SpoolBatch> _inFlight = new();
    private readonly SegmentReader _reader;
    private Segment? _active;
    private long _nextOrdinal = 1;
    private long _nextSequence = 1;
    private SpoolCursor _cursor;
    private SpoolCursor _saved;
    private bool _unsynced;
    private long _depth;
    private long _unread;
    private long _dropped;
    private long _quarantined;

    private SpoolSegments(SpoolOptions options, long epoch, TimeProvider time, ILogger log)
    {
        _options = options;
        _epoch = epoch;
        _time = time;
        _log = log;
        _reader = new SegmentReader(options.BatchCount);
    }

    /// <summary>Results on disk and not confirmed.</summary>
    public long Depth => Interlocked.Read(ref _depth);

    /// <summary>Results on disk and not handed out.</summary>
    public long Unread => _unread;

    public long Dropped => Interlocked.Read(ref _dropped);

    public long Quarantined => Interlocked.Read(ref _quarantined);

    /// <summary>True when an older segment still has something to hand out.</summary>
    public bool HasBacklog => _all.Exists(s => s != _active && s.Unread > 0);

    public static SpoolSegments Open(SpoolOptions options, long epoch, TimeProvider time, ILogger log)
    {
        var segments = new SpoolSegments(options, epoch, time, log);
        segments.Recover();
        return segments;
    }

    /// <summary>Writes frames whose sequences go up to, not including, <paramref name="nextSequence"/>; returns how many results that are.</summary>
    public long Append(ReadOnlySpan<byte> frames, long nextSequence)
    {
        var now = _time.GetUtcNow();
        if (_active is null || _active.Length >= _options.SegmentBytes || now - _active.CreatedAt >= _options.SegmentAge)
        {
            CloseActive();
            _active = Segment.Create(_options.Folder, _nextOrdinal++, _epoch, _nextSequence, now);
            _all.Add(_active);
        }

        _active.Append(frames, nextSequence);
        var count = nextSequence - _nextSequence;
        _nextSequence = nextSequence;
        _unread += count;
        Interlocked.Add(ref _depth, count);
        _unsynced = true;
        return count;
    }

    /// <summary>What the settings ask for after a write; apart from it, so that a fault here does not repeat the write.</summary>
    public void AfterAppend()
    {
        if (_options.Fsync == FsyncPolicy.Always)
        {
            Sync();
        }

        DropOver();
    }

    /// <summary>The next batch: from a closed segment whatever comes, from the one being written a full one, or any when <paramref name="due"/>.</summary>
    public SpoolBatch? Next(bool due)
    {
        foreach (var segment in _all)
        {
            if (segment.Unread == 0 || (segment == _active && !due && segment.Unread < _options.BatchCount))
            {
                continue;
            }

            var before = segment.Unread;
            var batch = _reader.Read(segment);
            var lost = before - segment.Unread - (batch?.Count ?? 0);
            _unread -= before - segment.Unread;
            CountLost(segment, lost);
            if (batch is not null)
            {
                segment.InFlight++;
                _inFlight.Enqueue(batch);
                return batch;
            }
        }

        Reap();
        return null;
    }

    public void Done(SpoolBatch batch)
    {
        if (batch.Done)
        {
            return;
        }

        batch.Done = true;
        batch.Segment.InFlight--;
        Interlocked.Add(ref _depth, -batch.Count);
        while (_inFlight.TryPeek(out var first) && first.Done)
        {
            _inFlight.Dequeue();
            _cursor = new(first.Segment.Ordinal, first.First + first.Count);
        }

        Reap();
    }

    public void Refused(SpoolBatch batch)
    {
        Interlocked.Add(ref _quarantined, batch.Count);
        Log.BatchRefused(_log, batch.Count, batch.Epoch, batch.First);
        SpoolQuarantine.Keep(_options.Folder, batch);
        SpoolQuarantine.Trim(_options.Folder);
        Done(batch);
    }

    public void Maintain()
    {
        Sync();
        if (_cursor != _saved)
        {
            _cursor.Write(_options.Folder);
            _saved = _cursor;
        }

        DropOver();
        var oldest = _time.GetUtcNow() - _options.MaxAge - _options.SegmentAge;
        while (_all.Count > 0 && _all[0].CreatedAt < oldest)
        {
            Drop(_all[0], "too old");
        }
    }

    public void Dispose()
    {
        Maintain();
        foreach (var segment in _all)
        {
            segment.Dispose();
        }
    }

    private void Recover()
    {
        _saved = _cursor = SpoolCursor.Read(_options.Folder);
        var found = Directory.EnumerateFiles(_options.Folder, "*" + Segment.Extension)
            .Order(StringComparer.Ordinal).Select(Segment.Open).OfType<Segment>().ToList();
        for (var i = 0; i < found.Count; i++)
        {
            var segment = found[i];
            _nextOrdinal = Math.Max(_nextOrdinal, segment.Ordinal + 1);
            if (segment.Ordinal < _cursor.Ordinal)
            {
                segment.Remove();
                continue;
            }

            var from = segment.Ordinal == _cursor.Ordinal ? _cursor.Sequence : 0;
            var expected = found.Skip(i + 1).FirstOrDefault(s => s.Epoch == segment.Epoch && s.FirstSequence > 0)?.FirstSequence;
            var recovered = SegmentRecovery.Scan(segment, from, expected, last: i == found.Count - 1);
            _all.Add(segment);
            _unread += recovered.Sound;
            _depth += recovered.Sound;
            _quarantined += recovered.Lost;
            _dropped += recovered.Torn;
            if (segment.Corrupt || recovered.Torn > 0)
            {
                Log.SegmentDamaged(_log, segment.Path, recovered.Sound, recovered.Lost, recovered.Torn);
            }
        }

        _nextOrdinal = Math.Max(_nextOrdinal, _cursor.Ordinal + 1);
        Reap();
        SpoolQuarantine.Trim(_options.Folder);
    }

    // A segment's results were counted sound, and then could not be read back.
    private void CountLost(Segment segment, long lost)
    {
        if (lost > 0)
        {
            Interlocked.Add(ref _quarantined, lost);
            Interlocked.Add(ref _depth, -lost);
            Log.SegmentDamaged(_log, segment.Path, segment.Unread, lost, 0);
        }
    }

    private void Sync()
    {
        if (_unsynced && _options.Fsync != FsyncPolicy.Never)
        {
            _active?.Sync();
        }

        _unsynced = false;
    }

    private void CloseActive()
    {
        Sync();
        _active = null;
        Reap();
    }

    // Removes closed segments of which everything is handed out and done.
    private void Reap()
    {
        while (_all.Count > 0 && _all[0] != _active && _all[0].Unread == 0 && _all[0].InFlight == 0)
        {
            var segment = _all[0];
            _all.RemoveAt(0);
            segment.Remove();
        }
    }

    private void DropOver()
    {
        var total = _all.Sum(s => s.Length);
        while (total > _options.MaxBytes && _all.Count > 1)
        {
            total -= _all[0].Length;
            Drop(_all[0], "the spool is full");
        }
    }

    // Batches in flight are in memory, and still go on; what was not handed out is given up.
    private void Drop(Segment segment, string why)
    {
        if (segment == _active)
        {
            CloseActive();
        }

        _unread -= segment.Unread;
        Interlocked.Add(ref _depth, -segment.Unread);
        Interlocked.Add(ref _dropped, segment.Unread);
        if (segment.Unread > 0)
        {
            Log.SegmentDropped(_log, segment.Unread, why);
        }

        segment.Unread = 0;
        if (_all.Remove(segment))
        {
            segment.Remove();
        }
    }
}
