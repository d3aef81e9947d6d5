namespace Probes.Orchestrator.Store;

/// <summary>Limits of what is kept of messages that could not be taken.</summary>
internal static class DeadLetters
{
    /// <summary>Letters kept; the oldest go first.</summary>
    public const int Most = 10_000;

    /// <summary>Bytes kept of one.</summary>
    public const int MostBytes = 64 * 1024;

    public static byte[] Cut(byte[] body) => body.Length <= MostBytes ? body : body[..MostBytes];
}
