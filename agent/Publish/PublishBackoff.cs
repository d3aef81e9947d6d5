namespace Probes.Agent.Publish;

/// <summary>Full jitter: a pause anywhere between 0 and a ceiling that doubles from 0.2 s up to 30 s.</summary>
internal sealed class PublishBackoff(Random random)
{
    private const double FirstSeconds = 0.2;
    private const double MostSeconds = 30;

    private readonly Lock _gate = new();

    /// <param name="attempt">1 after the first failure.</param>
    public TimeSpan Pause(int attempt)
    {
        var ceiling = Math.Min(MostSeconds, FirstSeconds * Math.Pow(2, Math.Min(attempt - 1, 20)));
        lock (_gate)
        {
            return TimeSpan.FromSeconds(ceiling * random.NextDouble());
        }
    }
}
