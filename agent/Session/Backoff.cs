namespace Probes.Agent.Session;

/// <summary>How long to wait before connecting again. Full jitter: thousands of agents that lost one orchestrator must not come back together.</summary>
internal sealed class Backoff(Random random)
{
    private const double FirstSeconds = 0.5;
    private const double MostSeconds = 60;

    /// <summary>A session that lasted this long was healthy: counting starts anew.</summary>
    public static readonly TimeSpan Healthy = TimeSpan.FromSeconds(30);

    private int _failures;

    /// <param name="error">What ended the last session.</param>
    /// <param name="lasted">How long that session was up; zero when it never was.</param>
    /// <param name="retryAfter">What the orchestrator asked for: it is kept, and up to as much again is added, so that not all come at once then.</param>
    public TimeSpan Next(SessionErrorClass error, TimeSpan lasted, TimeSpan retryAfter = default)
    {
        if (lasted >= Healthy)
        {
            _failures = 0;
        }

        if (error == SessionErrorClass.SlowRetry)
        {
            return TimeSpan.FromSeconds(10 + (20 * random.NextDouble()));
        }

        var ceiling = CeilingSeconds(_failures);
        _failures = Math.Min(_failures + 1, 30);
        return retryAfter > TimeSpan.Zero
            ? retryAfter + (retryAfter * random.NextDouble())
            : TimeSpan.FromSeconds(ceiling * random.NextDouble());
    }

    /// <param name="failures">Failures before this one, in a row.</param>
    internal static double CeilingSeconds(int failures) => Math.Min(MostSeconds, FirstSeconds * Math.Pow(2, failures));
}
