namespace Probes.Agent.Policy;

/// <summary>What an address is for, as far as it decides who may be probed there.</summary>
internal enum AddressClass
{
    /// <summary>Globally reachable: anyone may be there.</summary>
    Public,

    /// <summary>Inside some network: RFC 1918, RFC 6598 (carriers), unique local (RFC 4193). Fit for a private location.</summary>
    Inside,

    /// <summary>This machine, its link, many at once, or nobody: never a target unless the agent's owner says so.</summary>
    Local,

    /// <summary>A place where clouds hand out their credentials: the agent's owner must name that very address.</summary>
    Metadata,
}

/// <summary>A block of addresses with a purpose of its own.</summary>
/// <param name="Block">Its addresses.</param>
/// <param name="Class">What follows from it.</param>
/// <param name="Name">For people, such as "loopback".</param>
internal sealed record SpecialBlock(Cidr Block, AddressClass Class, string Name)
{
    public override string ToString() => $"{Name}, {Block}";
}
