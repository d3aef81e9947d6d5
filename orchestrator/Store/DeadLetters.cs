namespace Probes.Orchestrator.Store;

/// <summary>Limits of what is kept of messages that could not be taken.</summary>
internal static class DeadLetters
{
    /// <summary>Letters kept; the oldest go first.</summary>
    public const int Most = 10_000;

    /// <summary>Bytes kept of one: the largest batch there may be, so that it can be replayed whole.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>Bytes kept of all together; the oldest go first.</summary>
    public const long MostInAll = 256L * 1024 * 1024;

    /// <summary>Those that are over <see cref="MostInAll"/>, given as <c>{0}</c>; lengths are read without the bodies.</summary>
    public const string TooMuch =
        "DELETE FROM dead_letters WHERE id IN (SELECT id FROM (SELECT id, sum(length(body)) OVER (ORDER BY id DESC) AS upto FROM dead_letters) AS letters WHERE upto > {0})";

    public static byte[] Cut(byte[] body) => body.Length <= MostBytes ? body : body[..MostBytes];
}
