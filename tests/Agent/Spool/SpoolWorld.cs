using System.Globalization;
using Probes.Agent.Spool;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Spool;

/// <summary>
/// A spool, and the orchestrator it sends to, which keeps what arrives by its sequence as the real one does. Each result is of a check of its own, so that a gap
/// says exactly which results it stands for.
/// </summary>
internal sealed class SpoolWorld : IDisposable
{
    private readonly SpoolFolder _folder = new();
    private readonly List<SpoolBatch> _taken = [];
    private readonly Dictionary<(long Epoch, long Sequence), string> _identities = [];
    private readonly HashSet<(long Epoch, long Sequence)> _arrived = [];
    private readonly HashSet<int> _stored = [];
    private readonly HashSet<int> _told = [];
    private readonly HashSet<int> _atRisk = [];
    private readonly HashSet<int> _lost = [];
    private FaultyDisk _disk = new();
    private DiskSpool _spool;
    private bool _failing;
    private bool _unwritten;
    private bool _memory;
    private long _unnamed;
    private int _appended;
    private int _flips;

    public SpoolWorld()
    {
        _folder.Options.MaxBytes = 64 * 1024;
        _spool = _folder.Open(_disk);
    }

    public void Step(string kind, int value)
    {
        switch (kind)
        {
            case "append":
                Append(value);
                break;
            case "take" when _spool.TryNext(partial: value % 2 == 0, backlog: value % 3 > 0) is { } batch:
                Know(batch);
                _taken.Add(batch);
                break;
            case "confirm" when Pick(value) is { } batch:
                Arrive(batch);
                _spool.Confirm(batch);
                _taken.Remove(batch);
                break;
            case "arrive" when Pick(value) is { } batch:
                // It is there, and its confirm was lost.
                Arrive(batch);
                break;
            case "refuse" when Pick(value) is { Segment: not null } batch && !Enumerable.Range(0, batch.Count).Any(i => _arrived.Contains((batch.Epoch, batch.First + i))):
                _spool.Quarantine(batch);
                _taken.Remove(batch);
                break;
            case "maintain":
                _spool.Maintain();
                Secure();
                break;
            case "hours":
                _folder.Time.Ahead = TimeSpan.FromDays((value * 31 % 800) - 400);
                _folder.Time.Advance(TimeSpan.FromHours(value % 20));
                break;
            case "fail":
                _failing = _unwritten = _memory = true;
                _disk.Fault = _ => value % 3 == 0 ? value / 60.0 : 0;
                break;
            case "work":
                _failing = false;
                _disk.Fault = _ => null;
                break;
            case "crash":
                Mend();
                // Somewhere in what comes now, amid a write if it is one.
                var left = value % 12;
                _disk.CrashNext = true;
                _disk.Fault = _ => left-- > 0 ? null : value / 60.0;
                Append(value);
                if (!_disk.Crashed)
                {
                    _spool.Maintain();
                    Secure();
                }

                Kill();
                break;
            case "kill":
                Mend();
                Kill();
                break;
            case "reopen":
                Mend();
                Reopen();
                break;
        }
    }

    /// <summary>One bit of one file.</summary>
    public void Flip(int file, double where)
    {
        Reopen();
        _spool.Dispose();
        var files = Directory.GetFiles(_folder.Path).Where(f => !f.EndsWith("lock") && !f.EndsWith(".quarantined") && new FileInfo(f).Length > 0)
            .Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
        {
            _spool = _folder.Open(_disk);
            return;
        }

        DiskSpoolTests.Flip(files[file % files.Length], where);
        _flips++;
        _spool = _folder.Open(_disk);
    }

    /// <summary>All becomes well, and all that is left arrives.</summary>
    public void Settle()
    {
        Step("work", 0);
        _spool.Maintain();
        Reopen();
        for (var round = 0; round < 3; round++)
        {
            _spool.Flush();
            while (_spool.TryNext(partial: true) is { } batch)
            {
                Know(batch);
                Arrive(batch);
                _spool.Confirm(batch);
            }
        }
    }

    public void Check()
    {
        var all = Enumerable.Range(0, _appended).ToHashSet();
        Assert.That(_stored.Intersect(_told), Is.Empty, "arrived, and told as given up");
        var missing = all.Except(_stored).Except(_told).ToHashSet();
        Assert.That(missing.Except(_lost).Count(), Is.LessThanOrEqualTo(_unnamed), "lost");
        Assert.That(_unnamed, Is.LessThanOrEqualTo(missing.Count + _flips), "told without having been given up");
        Assert.That((_spool.Depth, _spool.IsEmpty), Is.EqualTo((0L, true)));
    }

    public void Dispose()
    {
        _spool.Dispose();
        _folder.Dispose();
    }

    private SpoolBatch? Pick(int value) => _taken.Count > 0 ? _taken[value % _taken.Count] : null;

    private void Append(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _atRisk.Add(_appended);
            _spool.Append(Results.Passed(_appended, $"c{_appended}"));
            _appended++;
        }

        _spool.Flush();
        if (!_memory)
        {
            Secure();
        }
    }

    // What a failing disk did not let be written down of what was sent is beyond this test: it is sent all the same.
    private void Mend()
    {
        if (_unwritten)
        {
            Step("work", 0);
            Step("maintain", 0);
        }
    }

    // What is in memory only goes with the process; that is all that may be lost without a word.
    private void Secure()
    {
        if (!_failing && !_disk.Crashed)
        {
            _memory = _unwritten = false;
            _atRisk.Clear();
        }
    }

    private void Kill()
    {
        _disk.Crash();
        _lost.UnionWith(_atRisk);
        Open();
    }

    private void Reopen()
    {
        _spool.Maintain();
        Secure();
        _lost.UnionWith(_atRisk);
        Open();
    }

    private void Open()
    {
        _spool.Dispose();
        _failing = _unwritten = _memory = false;
        _atRisk.Clear();
        _taken.Clear();
        _spool = _folder.Open(_disk = new FaultyDisk());
    }

    // A sequence of an epoch never means another thing than it meant before.
    private void Know(SpoolBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var content = Convert.ToHexString(batch.Items[i].Result.Span);
            _identities.TryAdd((batch.Epoch, batch.First + i), content);
            Assert.That(_identities[(batch.Epoch, batch.First + i)], Is.EqualTo(content));
        }
    }

    private void Arrive(SpoolBatch batch)
    {
        var gaps = SpoolFolder.Gaps(batch);
        var numbers = gaps.Count == 0 ? SpoolFolder.Numbers(batch) : [];
        for (var i = 0; i < batch.Count; i++)
        {
            if (!_arrived.Add((batch.Epoch, batch.First + i)))
            {
                continue;
            }

            if (gaps.Count == 0)
            {
                Assert.That(_stored.Add(numbers[i]), $"{numbers[i]} arrived under two sequences");
            }
            else if (gaps[i].Check.Length == 0)
            {
                _unnamed += gaps[i].Count;
            }
            else
            {
                Assert.That(_told.Add(int.Parse(gaps[i].Check[1..], CultureInfo.InvariantCulture)), $"{gaps[i].Check} was told twice");
            }
        }
    }
}
