using Probes.Contracts.Results;

namespace Probes.Orchestrator.Store;

/// <summary>The column of attempts: 0 the only one of its due time, else 1, 2, ...; negative: another one followed, and that one counts.</summary>
internal static class Attempts
{
    public static int Of(RunResult result) => result.Retried ? -result.Attempt : result.Attempt;

    public static bool IsRetried(int stored) => stored < 0;

    public static bool IsFirst(int stored) => stored is 0 or 1 or -1;

    public static (int Attempt, bool Retried) Read(int stored) => (Math.Abs(stored), stored < 0);
}
