namespace Probes.Orchestrator.Access;

/// <summary>Sign-ins on record. Refused ones too, as many as a person would read: whoever guesses must not fill the audit log.</summary>
internal sealed class SignIns(Audit audit, TimeProvider clock, ILogger<SignIns> log)
{
    private const int RefusedPerMinute = 30;

    private readonly Buckets _refused = new(RefusedPerMinute, clock, most: 1);
    private long _left;

    internal async Task SucceededAsync(Caller caller, string target, CancellationToken ct)
    {
        Log.SignedIn(log, caller.Kind, caller.Name);
        await audit.WriteAsync(caller, "sign-in", target, null, null, ct);
    }

    /// <param name="address">Where from.</param>
    /// <param name="target">What was given, without its secret.</param>
    /// <param name="reason">For administrators.</param>
    /// <param name="ct">Ends the waiting.</param>
    internal async Task RefusedAsync(string address, string target, string reason, CancellationToken ct)
    {
        Log.SignInRefused(log, target, address, reason);
        if (!_refused.TryTake(""))
        {
            Interlocked.Increment(ref _left);
            return;
        }

        var left = Interlocked.Exchange(ref _left, 0);
        var more = left > 0 ? $"\n{left} more refused sign-ins before this one were not written down" : "";
        await audit.WriteAsync(new Caller("", "stranger", null, null, address), "sign-in.refused", target, null, reason + more, ct);
    }
}
