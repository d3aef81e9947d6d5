using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Results;

namespace Probes.Agent.Spool;

/// <summary>
/// The spool on disk. Appending puts a frame in memory; a writer brings frames to the newest segment within milliseconds; one reader takes
/// batches of what is written; confirmed batches move the cursor, and wholly confirmed segments go.
/// Every start takes a new random epoch, so that a sequence that may have been sent before a crash is never given to another result.
/// </summary>
internal sealed class DiskSpool : ISpool, IDisposable
{
    // What may wait in memory while the disk does not take it; beyond, results are dropped and counted.
    private const int MaxPendingBytes = 8 * 1024 * 1024;

    // How much later than its batch's delay a result may be taken before those that come after it go first.
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(1);

    private readonly SpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly FileStream _lock;
    private readonly SpoolSegments _segments;
    private readonly Channel<bool> _appended = Signal();
    private readonly Channel<bool> _ready = Signal();
    private readonly ITimer _lingerTimer;

    // Guards what is appended and not yet written. Held for a copy only, never for the disk.
    private readonly Lock _pendingGate = new();
    private ArrayBufferWriter<byte> _pending = new();
    private ArrayBufferWriter<byte> _writing = new();
    private long _nextSequence = 1;
    private bool _hurry;

    // Guards the segments and files.
    private readonly Lock _fileGate = new();
    private long _writingNext;
    private long _liveSince;
    private bool _liveWaits;
    private bool _liveHurries;
    private volatile bool _disposed;

    private long _droppedPending;
    private long _pendingCount;

    /// <exception cref="IOException">Another process holds the folder, or it cannot be read.</exception>
    public DiskSpool(SpoolOptions options, TimeProvider time, ILogger<DiskSpool> log, SpoolDisk? disk = null)
    {
        _options = options;
        _time = time;
        Directory.CreateDirectory(options.Folder);
        _lock = SpoolLock.Take(options.Folder);
        Epoch = SpoolSegments.NewEpoch();
        try
        {
            _segments = SpoolSegments.Open(options, disk ?? new SpoolDisk(), Epoch, time, log);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }

        _lingerTimer = time.CreateTimer(_ => _ready.Writer.TryWrite(true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Identity of what is appended now.</summary>
    public long Epoch { get; }

    public long Depth => Interlocked.Read(ref _pendingCount) + _segments.Depth;

    public long Dropped => Interlocked.Read(ref _droppedPending) + _segments.Dropped;

    public long Quarantined => _segments.Quarantined;

    /// <summary>True when nothing waits to be sent, nor to be told as given up.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_fileGate)
            {
                return Depth == 0 && !_segments.Gaps.Any;
            }
        }
    }

    /// <summary>Fires when something was appended and wants writing.</summary>
    internal ChannelReader<bool> Appended => _appended.Reader;

    public void Append(RunResult result)
    {
        var frame = SpoolFrame.Encode(result);
        lock (_pendingGate)
        {
            if (frame.Length > SpoolFrame.MaxPayload || _pending.WrittenCount + frame.Length > Math.Min(MaxPendingBytes, _options.MaxBytes))
            {
                Interlocked.Increment(ref _droppedPending);
                _segments.Gaps.Note(result.Check, GapReason.Disk, result.Due);
                return;
            }

            SpoolFrame.Seal(frame, Epoch, _nextSequence++);
            _pending.Write(frame);
            Interlocked.Increment(ref _pendingCount);
        }

        _appended.Writer.TryWrite(true);
    }

    public void Hurry()
    {
        lock (_pendingGate)
        {
            _hurry = true;
        }

        _appended.Writer.TryWrite(true);
    }

    /// <summary>Writes what was appended; on a full or failing disk it stays in memory, from where it goes out too.</summary>
    public void Flush()
    {
        lock (_fileGate)
        {
            if (_disposed)
            {
                return;
            }

            lock (_pendingGate)
            {
                (_writing, _pending) = (_pending, _writing);
                _writingNext = _nextSequence;
                (_liveHurries, _hurry) = (_liveHurries || _hurry, false);
            }

            if (_writing.WrittenCount > 0)
            {
                var written = _segments.Append(_writing.WrittenSpan, _writingNext);
                Interlocked.Add(ref _pendingCount, -written);
                _writing.ResetWrittenCount();
                _segments.AfterAppend();
            }
            else if (!_liveHurries)
            {
                return;
            }

            Announce();
        }
    }

    /// <summary>Forces to disk, saves how far it was confirmed, gives up what is too old or too much.</summary>
    public void Maintain()
    {
        lock (_fileGate)
        {
            if (!_disposed)
            {
                _segments.Maintain();
                Announce();
            }
        }
    }

    /// <summary>
    /// The next batch: of the newest results a full one, or with what has waited long enough, and else of those left from before. One caller at a time; each
    /// batch is given out once, and must be confirmed or quarantined. Null when the spool is closed.
    /// </summary>
    /// <param name="backlog">Asked each time: whether one of those left from before will do.</param>
    /// <param name="ct">Ends the wait.</param>
    public async ValueTask<SpoolBatch?> NextAsync(Func<bool> backlog, CancellationToken ct)
    {
        while (!_disposed)
        {
            ct.ThrowIfCancellationRequested();
            if (TryNext(partial: false, backlog()) is { } batch)
            {
                return batch;
            }

            await _ready.Reader.ReadAsync(ct);
        }

        return null;
    }

    public ValueTask<SpoolBatch?> NextAsync(CancellationToken ct) => NextAsync(static () => true, ct);

    /// <summary>Makes who waits for a batch ask again.</summary>
    public void Wake() => _ready.Writer.TryWrite(true);

    /// <summary>A batch that is ready now; with <paramref name="partial"/> whatever there is.</summary>
    public SpoolBatch? TryNext(bool partial, bool backlog = true)
    {
        lock (_fileGate)
        {
            if (_disposed)
            {
                return null;
            }

            // Nobody took the newest for long: they have company of their own kind, and make way for those that come now.
            var waited = _liveWaits ? _time.GetElapsedTime(_liveSince) : TimeSpan.Zero;
            if (_liveWaits && waited >= _options.BatchDelay + Stale && _segments.Live > _options.BatchCount)
            {
                _segments.SetBack();
                (_liveWaits, waited) = (false, TimeSpan.Zero);
            }

            var due = partial || (_liveWaits && (_liveHurries || waited >= _options.BatchDelay));
            var live = _segments.Live;
            var batch = _segments.Next(due, backlog);
            if (_segments.Live < live)
            {
                _liveWaits = false;
                Announce();
            }
            else if (batch is null && _liveWaits && !due)
            {
                // Timers and clocks are not the same to the last tick: a timer that fired early is set again.
                _lingerTimer.Change(_options.BatchDelay - waited + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            }

            return batch;
        }
    }

    /// <summary>The batch is safe elsewhere: forget it.</summary>
    public void Confirm(SpoolBatch batch)
    {
        lock (_fileGate)
        {
            _segments.Done(batch);
            if (_segments.Gaps.Ready)
            {
                Wake();
            }
        }
    }

    /// <summary>The batch was refused for good: keep it aside, count it, go on.</summary>
    public void Quarantine(SpoolBatch batch)
    {
        lock (_fileGate)
        {
            _segments.Refused(batch);
            if (_segments.Gaps.Ready)
            {
                Wake();
            }
        }
    }

    public void Dispose()
    {
        Flush();
        lock (_fileGate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _segments.Dispose();
        }

        _ready.Writer.TryWrite(true);
        _lingerTimer.Dispose();
        _lock.Dispose();
    }

    private static Channel<bool> Signal() =>
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Starts the wait of the newest, and wakes the reader when there may be something for it.
    private void Announce()
    {
        _liveHurries &= _segments.Live > 0;
        if (_segments.Live > 0 && !_liveWaits)
        {
            _liveWaits = true;
            _liveSince = _time.GetTimestamp();
            _lingerTimer.Change(_options.BatchDelay, Timeout.InfiniteTimeSpan);
        }

        if (_liveHurries || _segments.Live >= _options.BatchCount || _segments.HasBacklog || _segments.Gaps.Ready)
        {
            _ready.Writer.TryWrite(true);
        }
    }
}
