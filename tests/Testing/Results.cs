using Probes.Contracts.Results;

namespace Probes.Tests.Testing;

/// <summary>Results to send about.</summary>
internal static class Results
{
    public static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    /// <param name="number">Told in the message, so that results can be told apart.</param>
    /// <param name="check">Name of the check.</param>
    /// <param name="due">Default: <see cref="Now"/>.</param>
    public static RunResult Passed(int number, string check = "shop", DateTimeOffset? due = null) => new()
    {
        Check = check,
        CheckRevision = 1,
        Due = due ?? Now,
        Status = RunStatus.Passed,
        Duration = TimeSpan.FromMilliseconds(42),
        Message = $"{number}",
        Phases = new PhaseTimes(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), null, null, TimeSpan.FromMilliseconds(30), null),
        Address = "192.0.2.7:443",
    };
}
