using System.Buffers;
using System.Security.Cryptography;
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

    private readonly SpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
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

    // Guards the segments and files.
    private readonly Lock _fileGate = new();
    private long _writingNext;
    private long _unreadSince;
    private bool _hasUnread;
    private volatile bool _disposed;

    private long _droppedPending;
    private long _pendingCount;

    public DiskSpool(SpoolOptions options, TimeProvider time, ILogger<DiskSpool> log)
    {
        _options = options;
        _time = time;
        _log = log;
        Directory.CreateDirectory(options.Folder);
        _lock = SpoolLock.Take(options.Folder);
        Epoch = RandomNumberGenerator.GetInt32(1, int.MaxValue) * (1L << 31) + RandomNumberGenerator.GetInt32(int.MaxValue);
        try
        {
            _segments = SpoolSegments.Open(options, Epoch, time, log);
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
                return;
            }

            SpoolFrame.Seal(frame, Epoch, _nextSequence++);
            _pending.Write(frame);
            Interlocked.Increment(ref _pendingCount);
        }

        _appended.Writer.TryWrite(true);
    }

    /// <summary>Writes what was appended. On a full or failing disk it stays in memory for the next try.</summary>
    public void Flush()
    {
        lock (_fileGate)
        {
            if (_disposed)
            {
                return;
            }

            if (_writing.WrittenCount == 0)
            {
                lock (_pendingGate)
                {
                    (_writing, _pending) = (_pending, _writing);
                    _writingNext = _nextSequence;
                }
            }

            if (_writing.WrittenCount == 0)
            {
                return;
            }

            try
            {
                var written = _segments.Append(_writing.WrittenSpan, _writingNext);
                Interlocked.Add(ref _pendingCount, -written);
                _writing.ResetWrittenCount();
                Announce();
                _segments.AfterAppend();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Log.WriteFailed(_log, error, _options.Folder);
            }
        }
    }

    /// <summary>Forces to disk, saves the cursor, drops what is too old or too much.</summary>
    public void Maintain()
    {
        lock (_fileGate)
        {
            if (_disposed)
            {
                return;
            }

            try
            {
                _segments.Maintain();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Log.WriteFailed(_log, error, _options.Folder);
            }
        }
    }

    /// <summary>
    /// The next batch: full, or with what has waited long enough. One caller at a time; each batch is given out once, and must
    /// be confirmed or quarantined. Null when the spool is closed.
    /// </summary>
    public async ValueTask<SpoolBatch?> NextAsync(CancellationToken ct)
    {
        while (!_disposed)
        {
            ct.ThrowIfCancellationRequested();
            if (TryNext(partial: false) is { } batch)
            {
                return batch;
            }

            await _ready.Reader.ReadAsync(ct);
        }

        return null;
    }

    /// <summary>A batch that is ready now; with <paramref name="partial"/> whatever there is.</summary>
    public SpoolBatch? TryNext(bool partial)
    {
        lock (_fileGate)
        {
            if (_disposed)
            {
                return null;
            }

            var waited = _hasUnread ? _time.GetElapsedTime(_unreadSince) : TimeSpan.Zero;
            var due = partial || (_hasUnread && waited >= _options.BatchDelay);
            var batch = _segments.Next(due);
            if (batch is null && _hasUnread && !due)
            {
                // Timers and clocks are not the same to the last tick: a timer that fired early is set again.
                _lingerTimer.Change(_options.BatchDelay - waited + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            }

            if (batch is not null || due)
            {
                _hasUnread = false;
                Announce();
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
        }
    }

    /// <summary>The batch was refused for good: keep it aside, count it, go on.</summary>
    public void Quarantine(SpoolBatch batch)
    {
        lock (_fileGate)
        {
            _segments.Refused(batch);
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

    // Starts the wait of what is unread, and wakes the reader when a full batch may be there.
    private void Announce()
    {
        if (_segments.Unread == 0)
        {
            return;
        }

        if (!_hasUnread)
        {
            _hasUnread = true;
            _unreadSince = _time.GetTimestamp();
            _lingerTimer.Change(_options.BatchDelay, Timeout.InfiniteTimeSpan);
        }

        if (_segments.Unread >= _options.BatchCount || _segments.HasBacklog)
        {
            _ready.Writer.TryWrite(true);
        }
    }
}
