using System.Globalization;
using Grpc.Core;
using Probes.Contracts.Mapping;

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
/// <param name="RetryAfter">No earlier than that, as the orchestrator asked; zero when it did not.</param>
internal sealed record SessionEnd(SessionErrorClass Class, string Reason, TimeSpan Lasted = default, bool Resync = false, TimeSpan RetryAfter = default);

internal static class SessionErrors
{
    // Grpc.Net.Client makes a gRPC status out of a bare HTTP answer, and says so: a proxy's 401 is not the orchestrator's word.
    private const string FromHttp = "Bad gRPC response";

    public static SessionErrorClass Classify(Status status) => status.StatusCode switch
    {
        StatusCode.Unauthenticated or StatusCode.PermissionDenied =>
            IsFromHttp(status) ? SessionErrorClass.SlowRetry : SessionErrorClass.Fatal,
        StatusCode.Unimplemented or StatusCode.AlreadyExists => SessionErrorClass.SlowRetry,
        _ when IsHttp1Only(status) => SessionErrorClass.SlowRetry,

        // Unavailable, and whatever this version does not know.
        _ => SessionErrorClass.Transient,
    };

    /// <summary>True when what answers speaks no HTTP/2 in clear text: it is no gRPC port, and most likely the dashboard's.</summary>
    public static bool IsHttp1Only(Status status) => status.Detail.Contains("HTTP_1_1_REQUIRED", StringComparison.Ordinal);

    /// <summary>What an orchestrator that is busy asks for, up to 5 min; zero when it asks for nothing.</summary>
    public static TimeSpan RetryAfter(RpcException error) =>
        int.TryParse(error.Trailers.GetValue(Headers.RetryAfterMs), NumberStyles.None, CultureInfo.InvariantCulture, out var ms)
            ? TimeSpan.FromMilliseconds(Math.Min(ms, 300_000))
            : TimeSpan.Zero;

    public static bool IsFromHttp(Status status) => status.Detail.StartsWith(FromHttp, StringComparison.Ordinal);

    /// <summary>What a person should read, with a hint when the address looks like the dashboard's.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="orchestrator">What was called.</param>
    /// <param name="way">How it was reached, such as " through ..."; empty: directly.</param>
    public static string Describe(Status status, Uri orchestrator, string way = "")
    {
        var place = orchestrator.GetLeftPart(UriPartial.Authority);
        return status.StatusCode switch
        {
            _ when IsHttp1Only(status) =>
                $"{place} is not a gRPC port; it looks like the dashboard's: agents connect to the orchestrator's other port, 5081 unless set otherwise",
            StatusCode.Unimplemented => $"what answers at {place} is not a Probes orchestrator's gRPC port",
            StatusCode.Unavailable or StatusCode.Internal or StatusCode.DeadlineExceeded => $"cannot reach {place}{way} ({Innermost(status)})",
            _ => status.Detail.Length > 0 ? status.Detail : status.StatusCode.ToString(),
        } + (orchestrator.Port == 5080 && !IsHttp1Only(status) && status.StatusCode is StatusCode.Unimplemented or StatusCode.Unavailable or StatusCode.Internal
            ? "; port 5080 is the dashboard's unless set otherwise, agents connect to 5081"
            : "");
    }

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
