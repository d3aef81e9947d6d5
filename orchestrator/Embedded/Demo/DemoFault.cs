namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>What goes wrong for a region.</summary>
internal enum FaultKind { None, SlowDns, SlowServer, Failures }

/// <summary>A fault of one region and the time it lasts, counted from the demo's start.</summary>
internal sealed record DemoFault(FaultKind Kind, string Region, TimeSpan From, TimeSpan Until)
{
    internal static readonly TimeSpan DnsDelay = TimeSpan.FromMilliseconds(150);
    internal static readonly TimeSpan ServerDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Share of requests answered with 503.</summary>
    internal const double FailureShare = 0.6;

    // Long enough before the first for a baseline, and between two for everyone to see it heal.
    private static readonly TimeSpan First = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(60);

    private static readonly (string Region, FaultKind Kind)[] Cycle =
    [
        ("us-east", FaultKind.SlowServer),
        ("ap-southeast", FaultKind.SlowDns),
        ("eu-west", FaultKind.Failures),
        ("us-west", FaultKind.SlowServer),
        ("eu-central", FaultKind.SlowDns),
        ("us-east", FaultKind.Failures),
        ("eu-west", FaultKind.SlowServer),
    ];

    /// <summary>The fault with this number, from 0 on and without end.</summary>
    internal static DemoFault Number(int number)
    {
        var (region, kind) = Cycle[number % Cycle.Length];
        var from = First + (number * (Lasts + Pause));
        return new DemoFault(kind, region, from, from + Lasts);
    }

    internal string Sentence => Kind switch
    {
        FaultKind.SlowDns => $"{Region}: DNS slows by {DnsDelay.TotalMilliseconds:0} ms for {(Until - From).TotalSeconds:0} s",
        FaultKind.SlowServer => $"{Region}: the server slows by {ServerDelay.TotalMilliseconds:0} ms for {(Until - From).TotalSeconds:0} s",
        _ => $"{Region}: {FailureShare:P0} of requests fail with 503 for {(Until - From).TotalSeconds:0} s",
    };
}
