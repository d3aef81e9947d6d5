namespace Probes.Agent.Fitness;

/// <summary>Starts of the last ten seconds, counted by second. Called by many threads.</summary>
internal sealed class RecentSeconds(TimeProvider time)
{
    private const int Kept = 10;

    private readonly Lock _lock = new();
    private readonly (long Second, int Starts, int VeryLate, TimeSpan Worst)[] _seconds = new (long, int, int, TimeSpan)[Kept];
    private readonly long _epoch = time.GetTimestamp();

    /// <param name="late">How late a run started, or how late it was given up.</param>
    public void Started(TimeSpan late)
    {
        var now = Second();
        lock (_lock)
        {
            ref var slot = ref _seconds[now % Kept];
            if (slot.Second != now)
            {
                slot = (now, 0, 0, default);
            }

            slot.Starts++;
            slot.VeryLate += late > SchedulerJudge.VeryLate ? 1 : 0;
            slot.Worst = late > slot.Worst ? late : slot.Worst;
        }
    }

    public SchedulerSignals Read()
    {
        var now = Second();
        var sum = default(SchedulerSignals);
        lock (_lock)
        {
            foreach (var slot in _seconds)
            {
                if (slot.Starts > 0 && now - slot.Second < Kept)
                {
                    sum = new SchedulerSignals(sum.Starts + slot.Starts, sum.VeryLate + slot.VeryLate, slot.Worst > sum.Worst ? slot.Worst : sum.Worst);
                }
            }
        }

        return sum;
    }

    private long Second() => (long)time.GetElapsedTime(_epoch).TotalSeconds;
}
