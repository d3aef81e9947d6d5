using Grpc.Core;

namespace Probes.Agent.Session;

/// <summary>What the end of a session means for the agent.</summary>
internal enum SessionErrorClass
{
    /// <summary>The orchestrator does not know this identity or has disabled it. Stop probing and exit: nobody wants these results.</summary>
    Fatal,

    /// <summary>Something stands between, or another process has this identity. Keep probing; connect again after 10 to 30 s.</summary>
    SlowRetry,

    /// <summary>Keep probing; connect again with full jitter, from 0.5 s up to 60 s.</summary>
    Transient,
}

/// <summary>How a session ended.</summary>
/// <param name="Class">What to do.</param>
/// <param name="Reason">One sentence's end, for the log.</param>
/// <param name="Lasted">Time from welcome to end; zero without a welcome.</param>
/// <param name="Resync">Ask for the whole assignment next time: what we hold may not be what the orchestrator thinks.</param>
internal sealed record SessionEnd(SessionErrorClass Class, string Reason, TimeSpan Lasted = default, bool Resync = false);

internal static class SessionErrors
{
    // Grpc.Net.Client makes a gRPC status out of a bare HTTP answer, and says so: a proxy's 401 is not the orchestrator's word.
    private const string FromHttp = "Bad gRPC response";

    public static SessionErrorClass Classify(Status status) => status.StatusCode switch
    {
        StatusCode.Unauthenticated or StatusCode.PermissionDenied =>
            IsFromHttp(status) ? SessionErrorClass.SlowRetry : SessionErrorClass.Fatal,
        StatusCode.Unimplemented or StatusCode.AlreadyExists => SessionErrorClass.SlowRetry,

        // Unavailable, and whatever this version does not know.
        _ => SessionErrorClass.Transient,
    };

    public static bool IsFromHttp(Status status) => status.Detail.StartsWith(FromHttp, StringComparison.Ordinal);

    /// <summary>What a person should read, with a hint when the address looks like the dashboard's.</summary>
    public static string Describe(Status status, Uri orchestrator)
    {
        var text = status.StatusCode switch
        {
            StatusCode.Unimplemented => $"what answers at {orchestrator} is not a Probes orchestrator's gRPC port",
            StatusCode.Unavailable or StatusCode.Internal or StatusCode.DeadlineExceeded => $"cannot reach {orchestrator} ({Innermost(status)})",
            _ => status.Detail.Length > 0 ? status.Detail : status.StatusCode.ToString(),
        };
        return orchestrator.Port == 5080 && !IsFatal(status)
            ? $"{text}; port 5080 is the dashboard's unless set otherwise, agents connect to the gRPC port, 5081"
            : text;
    }

    private static bool IsFatal(Status status) => Classify(status) == SessionErrorClass.Fatal;

    private static string Innermost(Status status)
    {
        var cause = status.DebugException;
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        return (cause?.Message ?? status.Detail).TrimEnd('.');
    }
}
