namespace Probes.Orchestrator.Ingest;

/// <summary>What the orchestrator declares on the broker; agents declare nothing and write to <see cref="Exchange"/> only.</summary>
internal static class BusTopology
{
    /// <summary>Topic exchange that agents publish to, with any routing key.</summary>
    public const string Exchange = "probes.results";

    /// <summary>Routing key agents use unless told another.</summary>
    public const string RoutingKey = "results";

    /// <summary>Quorum queue that is consumed.</summary>
    public const string Queue = "probes.ingest";

    /// <summary>Exchange and quorum queue of messages that were delivered <see cref="DeliveryLimit"/> times in vain.</summary>
    public const string Dead = "probes.dead";

    /// <summary>Set explicitly: brokers before 4.0 have none, later ones drop beyond 20.</summary>
    public const int DeliveryLimit = 20;
}
