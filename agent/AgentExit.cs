namespace Probes.Agent;

/// <summary>Exit codes of <c>agent run</c>.</summary>
internal static class ExitCodes
{
    /// <summary>Stopped because it was asked to.</summary>
    public const int Stopped = 0;

    /// <summary>A fault of this agent or its machine; starting it again may help.</summary>
    public const int Fault = 1;

    /// <summary>A flag, the token or the data folder is wrong; starting it again without a change does not help.</summary>
    public const int BadInput = 2;

    /// <summary>The orchestrator does not know this identity, or has disabled it.</summary>
    public const int IdentityRefused = 3;
}

/// <summary>Why an agent has stopped by itself; code 0 while it has not.</summary>
internal sealed class AgentExit
{
    private volatile AgentStopException? _cause;

    public int Code => _cause?.Code ?? ExitCodes.Stopped;

    /// <summary>One sentence that says what to change.</summary>
    public string Reason => _cause?.Message ?? "";

    public void Set(AgentStopException cause) => _cause = cause;
}

/// <summary>The agent cannot go on, and its message says what a person must change.</summary>
internal sealed class AgentStopException(int code, string message, Exception? inner = null) : Exception(message, inner)
{
    public int Code { get; } = code;
}
