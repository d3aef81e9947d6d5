using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Results;

namespace Probes.Agent.Spool;

/// <summary>
/// The segments in order: written at the end; read newest first and then from the oldest on; removed when they are dealt with, or, told as gaps, when there
/// is no room or time for them. Not thread-safe.
/// </summary>
internal sealed class SpoolSegments : IDisposable
{
    /// <summary>What is kept in memory while the disk does not take it.</summary>
    public const int MaxMemoryBytes = 8 * 1024 * 1024;

    private const int MemorySegmentBytes = MaxMemoryBytes / 16;

    // Live results get a segment of their own when those before them wait; not without end.
    private const int MostSegments = 1000;

    private readonly SpoolOptions _options;
    private readonly SpoolDisk _disk;
    private readonly SpoolClock _clock;
    private readonly ILogger _log;
    private readonly long _epoch;
    private readonly List<Segment> _all = [];
    private readonly SegmentReader _reader;
    private readonly SpoolGaps _gaps;
    private readonly DiskHealth _health;
    private readonly SpoolLosses _losses;
    private Segment? _active;
    private long _nextOrdinal = 1;
    private long _nextSequence = 1;
    private bool _unsynced;
    private long _depth;
    private long _dropped;

    private SpoolSegments(SpoolOptions options, SpoolDisk disk, long epoch, TimeProvider time, ILogger log)
    {
        _options = options;
        _disk = disk;
        _epoch = epoch;
        _log = log;
        _health = new DiskHealth(options.Folder, log);
        _clock = new SpoolClock(disk, options.Folder, time);
        _gaps = new SpoolGaps(disk, options.Folder, options.Fsync != FsyncPolicy.Never, NewEpoch());
        _losses = new SpoolLosses(_gaps, options.Folder, _health, log);
        _reader = new SegmentReader(options.BatchCount);
    }

    /// <summary>Results kept and not confirmed.</summary>
    public long Depth => Interlocked.Read(ref _depth);

    public long Dropped => Interlocked.Read(ref _dropped);

    public long Quarantined => _losses.Count;

    public SpoolGaps Gaps => _gaps;

    /// <summary>Results in the newest segment and not handed out.</summary>
    public long Live => _active?.Unread ?? 0;

    /// <summary>True when an older segment still has something to hand out.</summary>
    public bool HasBacklog => _all.Exists(s => s != _active && s.Unread > 0);

    public static long NewEpoch() => RandomNumberGenerator.GetInt32(1, int.MaxValue) * (1L << 31) + RandomNumberGenerator.GetInt32(int.MaxValue);

    public static SpoolSegments Open(SpoolOptions options, SpoolDisk disk, long epoch, TimeProvider time, ILogger log)
    {
        var segments = new SpoolSegments(options, disk, epoch, time, log);
        try
        {
            segments.Recover();
            return segments;
        }
        catch
        {
            segments.Close();
            throw;
        }
    }

    /// <summary>
    /// Writes frames whose sequences go up to, not including, <paramref name="nextSequence"/>: to the disk, or to memory when it does not take them.
    /// Returns how many results that are.
    /// </summary>
    public long Append(ReadOnlySpan<byte> frames, long nextSequence)
    {
        try
        {
            Writable(onDisk: true).Append(frames, nextSequence);
            _health.Works();
            _unsynced = true;
        }
        catch (Exception error) when (SpoolDisk.IsFault(error))
        {
            _health.Fails(error);
            Abandon();
            Writable(onDisk: false).Append(frames, nextSequence);
        }

        var count = nextSequence - _nextSequence;
        _nextSequence = nextSequence;
        Interlocked.Add(ref _depth, count);
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

    /// <summary>
    /// The next batch: what is to be told of results given up; else of the newest segment a full one, or any when <paramref name="due"/>;
    /// else, with <paramref name="backlog"/>, from the oldest on.
    /// </summary>
    public SpoolBatch? Next(bool due, bool backlog)
    {
        if (_gaps.Next() is { } gaps)
        {
            return gaps;
        }

        if (_active is { Unread: > 0 } && (due || _active.Unread >= _options.BatchCount) && Read(_active) is { } live)
        {
            return live;
        }

        foreach (var segment in backlog ? _all.Where(s => s != _active && s.Unread > 0) : [])
        {
            if (Read(segment) is { } batch)
            {
                batch.Backlog = true;
                return batch;
            }
        }

        Reap();
        return null;
    }

    /// <summary>What waits in the newest segment becomes backlog, so that what comes now need not wait behind it.</summary>
    public void SetBack()
    {
        if (_active is { Unread: > 0 } && _all.Count < MostSegments)
        {
            CloseActive();
        }
    }

    public void Done(SpoolBatch batch)
    {
        if (batch.Done)
        {
            return;
        }

        batch.Done = true;
        if (batch.Segment is null)
        {
            _gaps.Done(batch);
            return;
        }

        batch.Segment.MarkDone();
        Interlocked.Add(ref _depth, -batch.Count);
        Reap();
    }

    public void Refused(SpoolBatch batch)
    {
        if (!batch.Done)
        {
            _losses.Refused(batch);
        }

        Done(batch);
    }

    public void Maintain()
    {
        _health.Try(ToDisk);
        _health.Try(Sync);
        _health.Try(() => _clock.Save(always: false));
        foreach (var segment in _all)
        {
            _health.Try(segment.SaveMarks);
            if (segment.IsRagged)
            {
                _health.Try(() => segment.Truncate(segment.Length));
            }
        }

        DropOver();
        var oldest = _clock.Now - _options.MaxAge - _options.SegmentAge;
        foreach (var segment in _all.Where(s => s.CreatedAt < oldest).ToList())
        {
            Drop(segment, GapReason.Expired);
        }

        _gaps.Maintain(range => _all.Exists(s => s.Epoch == range.Epoch && s.FirstSequence < range.End && range.First < s.NextSequence + 1));
    }

    public void Dispose()
    {
        Maintain();
        _health.Try(() => _clock.Save(always: true));
        Close();
    }

    private void Close()
    {
        foreach (var segment in _all)
        {
            segment.Dispose();
        }

        _clock.Dispose();
        _gaps.Dispose();
    }

    private void Recover()
    {
        foreach (var (segment, torn) in SegmentRecovery.Open(_options.Folder, _disk))
        {
            _all.Add(segment);
            _nextOrdinal = segment.Ordinal + 1;
            Interlocked.Add(ref _depth, segment.Unread);
            if (torn is { } at)
            {
                _losses.Torn(segment, at);
            }
        }

        Reap();
        _health.Try(() => SpoolQuarantine.Trim(_options.Folder));
    }

    private SpoolBatch? Read(Segment segment)
    {
        var before = segment.Unread;
        var batch = _reader.Read(segment, sequence => _gaps.IsToldOf(segment.Epoch, sequence), (range, due) => _losses.Missing(segment, range, due));
        Interlocked.Add(ref _depth, -(before - segment.Unread - (batch?.Count ?? 0)));
        if (batch is not null)
        {
            segment.InFlight.Enqueue(batch);
            _health.Try(() => segment.MarkTaken(segment.ReadSequence));
        }

        return batch;
    }

    private Segment Writable(bool onDisk)
    {
        var now = _clock.Now;
        if (_active is null || _active.InMemory == onDisk
            || _active.Length >= (onDisk ? _options.SegmentBytes : MemorySegmentBytes) || now - _active.CreatedAt >= _options.SegmentAge)
        {
            // The next before the last one goes, so that an epoch that was used is always seen.
            var next = onDisk
                ? Segment.Create(_disk, _options.Folder, _nextOrdinal, _epoch, _nextSequence, now)
                : Segment.Keep(_disk, _options.Folder, _nextOrdinal, _epoch, _nextSequence, now);
            _nextOrdinal++;
            CloseActive();
            _all.Add(_active = next);
        }

        return _active;
    }

    // A write failed: whatever it left behind the end must not be found beside what is kept in memory now.
    private void Abandon()
    {
        if (_active is { InMemory: false } active)
        {
            _health.Try(() => active.Truncate(active.Length));
            CloseActive();
        }
    }

    // The disk takes it again.
    private void ToDisk()
    {
        foreach (var segment in _all.Where(s => s.InMemory && !s.Over).ToList())
        {
            if (segment == _active)
            {
                CloseActive();
            }

            segment.ToFile();
            _unsynced = true;
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
        if (_active is not null)
        {
            _health.Try(Sync);
            _active = null;
            Reap();
        }
    }

    // Removes closed segments of which everything is handed out and done.
    private void Reap()
    {
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i] != _active && _all[i].Over)
            {
                // One that cannot be removed stays in sight, so that what was told of it stays told.
                _health.Try(() =>
                {
                    _all[i].Remove();
                    _all.RemoveAt(i);
                });
            }
        }
    }

    private void DropOver()
    {
        DropOldest(s => !s.InMemory, _options.MaxBytes, GapReason.SpoolFull);
        DropOldest(s => s.InMemory, MaxMemoryBytes, GapReason.Disk);
    }

    private void DropOldest(Func<Segment, bool> which, long most, GapReason reason)
    {
        var total = _all.Where(which).Sum(s => s.Length);
        foreach (var segment in total > most ? _all.Where(which).ToList() : [])
        {
            if (total <= most || segment == _active)
            {
                return;
            }

            var before = segment.Length;
            Drop(segment, reason);
            total -= before - (_all.Contains(segment) ? segment.Length : 0);
        }
    }

    /// <summary>Gives up what was not handed out. What was may be on the other side already: it still goes on.</summary>
    private void Drop(Segment segment, GapReason reason)
    {
        if (segment == _active)
        {
            CloseActive();
        }

        if (segment.Unread == 0)
        {
            return;
        }

        var tally = SegmentTally.Of(segment, sequence => _gaps.IsToldOf(segment.Epoch, sequence));
        if (tally.Range.Count == 0 || !_gaps.TryTell(tally.Range, reason, tally.Checks, onDisk: !segment.InMemory))
        {
            return;
        }

        Interlocked.Add(ref _depth, -tally.Range.Count);
        Interlocked.Add(ref _dropped, tally.Count);
        Log.SegmentDropped(_log, tally.Count, reason);
        segment.NextSequence = tally.Range.First;
        _health.Try(() => segment.Truncate(tally.Offset));
        Reap();
    }
}
