namespace Probes.Agent.Fitness;

/// <summary>What one look at one side of the agent's health says.</summary>
internal enum Health
{
    /// <summary>Nothing is wrong. It ends unfitness once it has lasted.</summary>
    Good,

    /// <summary>Something may be wrong, and it shows within seconds. It neither begins unfitness nor lets it end.</summary>
    Suspect,

    /// <summary>It is wrong now. Twice in a row begins unfitness.</summary>
    Bad,

    /// <summary>It was wrong for certain. Once begins unfitness.</summary>
    Certain,
}

/// <param name="Detail">In words; empty when good.</param>
/// <param name="Since">When the evidence begins, by the monitor's clock; null: with the look before this one.</param>
internal readonly record struct Look(Health Health, string Detail = "", TimeSpan? Since = null)
{
    public static readonly Look Good = new(Health.Good);
}

/// <summary>The sides of the agent's health, by the names they have on the wire.</summary>
internal static class Sides
{
    public const string Link = "link";
    public const string Resolver = "resolver";
    public const string Clock = "clock";
    public const string Cpu = "cpu";
    public const string Scheduler = "scheduler";
}
