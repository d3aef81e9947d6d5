using System.Globalization;

namespace Probes.Agent.Fitness;

/// <param name="Measured">Whether the orchestrator's clock is known.</param>
/// <param name="Offset">Its clock minus this machine's.</param>
/// <param name="Jump">How much further the wall clock went since the last look than the monotonic clock did.</param>
internal readonly record struct ClockSignals(bool Measured, TimeSpan Offset, TimeSpan Jump);

/// <summary>
/// Whether the wall clock can be relied on. Due times are corrected for an offset, so that one of seconds does no harm; but certificates are
/// judged by the machine's own date. A clock that is set makes the due times and lateness of what runs meanwhile wrong; durations are monotonic.
/// </summary>
internal static class ClockJudge
{
    /// <summary>As Kerberos allows, and as ingest does for the future: beyond it a time service is broken rather than late.</summary>
    public static readonly TimeSpan MostOffset = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan MostJump = TimeSpan.FromSeconds(1);

    public static Look Judge(in ClockSignals s) =>
        s.Jump.Duration() > MostJump ? new Look(Health.Certain, string.Create(CultureInfo.InvariantCulture,
            $"the clock was set {(s.Jump > TimeSpan.Zero ? "forward" : "back")} by {s.Jump.Duration().TotalSeconds:0.0} s"))
        : s.Measured && s.Offset.Duration() > MostOffset ? new Look(Health.Bad, string.Create(CultureInfo.InvariantCulture,
            $"the clock is {s.Offset.Duration().TotalSeconds:0} s {(s.Offset > TimeSpan.Zero ? "behind" : "ahead of")} the orchestrator's"))
        : Look.Good;
}
