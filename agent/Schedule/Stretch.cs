using Probes.Contracts.Checks;

namespace Probes.Agent.Schedule;

/// <summary>A part of time in which one check is to run: its due times from <see cref="Next"/> on, up to and without <see cref="Until"/>.</summary>
internal sealed class Stretch(Check check, ScheduleGrid grid)
{
    /// <summary>A later revision of it may take over within the same grid.</summary>
    public Check Check { get; set; } = check;

    public ScheduleGrid Grid { get; } = grid;

    /// <summary>Ticks since the Unix epoch; always a time of the grid, and one that was not handed out yet.</summary>
    public long Next { get; set; }

    /// <summary>Ticks since the Unix epoch at which the assignment it comes from began; due times before it are another's.</summary>
    public required long From { get; set; }

    /// <summary>Ticks since the Unix epoch; the largest value: open.</summary>
    public long Until { get; set; } = long.MaxValue;

    public bool IsOver => Next >= Until;

    /// <summary>Its last due time that is not after <paramref name="now"/>; <see cref="Next"/> must not be after it either.</summary>
    public long LastAtOrBefore(long now) => Grid.LastAtOrBefore(Math.Min(now, Until - 1));
}
