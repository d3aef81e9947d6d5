using Probes.Agent.Policy;
using Probes.Agent.Session;
using Probes.Agent.Spool;

namespace Probes.Agent;

/// <summary>What one agent needs to know before it starts.</summary>
internal sealed record AgentOptions
{
    /// <summary>gRPC address of the orchestrator, such as <c>https://probes.example.com:5081</c>.</summary>
    public required Uri Orchestrator { get; init; }

    /// <summary>Enrolment token; needed only while the data folder holds no identity.</summary>
    public string Token { get; init; } = "";

    /// <summary>Wished name; the orchestrator makes it unique. Default: the machine's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Identity, last assignment and spool live here. One process at a time; default <c>./agent-data</c>.</summary>
    public string DataFolder { get; init; } = DefaultDataFolder;

    /// <summary>Probes at once, 1 to 10,000, default 64. More make the agent measure itself.</summary>
    public int MaxConcurrency { get; init; } = DefaultConcurrency;

    /// <summary>Runs a second it can take, 0.01 to 100,000; 0, the default: not declared. Its location's checks beyond all its agents' capacities are shed, and shown.</summary>
    public double Capacity { get; init; }

    /// <summary>Broker address to use instead of the one the orchestrator gives, such as one through a tunnel; empty: the orchestrator's.</summary>
    public string BrokerUri { get; init; } = "";

    /// <summary>Most bytes spooled on disk, at least 64 KiB, default 256 MiB. Over it the oldest results are dropped and counted.</summary>
    public long SpoolMaxBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Oldest results kept in the spool, 1 min to 30 days, default 24 h.</summary>
    public TimeSpan SpoolMaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>When results are forced to disk; default <see cref="FsyncPolicy.Interval"/>.</summary>
    public FsyncPolicy SpoolFsync { get; init; } = FsyncPolicy.Interval;

    /// <summary>Roots (PEM) to trust on the agent's own connections instead of the machine's; empty: the machine's.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>Which way results go; default <see cref="AgentTransport.Auto"/>.</summary>
    public AgentTransport Transport { get; init; } = AgentTransport.Auto;

    /// <summary>Whether secrets may travel in clear text to other machines.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>How the orchestrator is reached; null, the default: directly. Neither AMQP nor any check goes through it.</summary>
    public AgentProxy? Proxy { get; init; }

    /// <summary>What may be probed from here; default: what the kind of its location allows.</summary>
    public GuardOptions Guard { get; init; } = new();

    public const string DefaultDataFolder = "agent-data";

    public const int DefaultConcurrency = 64;
}

/// <summary>Which way an agent's results go.</summary>
internal enum AgentTransport
{
    /// <summary>To the broker when the orchestrator names one, and over gRPC while it cannot be reached.</summary>
    Auto,

    /// <summary>To the broker only; results are spooled while it cannot be reached.</summary>
    Amqp,

    /// <summary>Over gRPC only.</summary>
    Relay,
}
