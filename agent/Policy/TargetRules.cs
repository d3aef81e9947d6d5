namespace Probes.Agent.Policy;

/// <summary>Hosts by name and by address, as a policy file lists them.</summary>
internal sealed record TargetRules(IReadOnlyList<HostPattern> Hosts, IReadOnlyList<Cidr> Blocks)
{
    public static TargetRules None { get; } = new([], []);

    public bool IsEmpty => Hosts.Count == 0 && Blocks.Count == 0;

    /// <summary>The first pattern that a name matches.</summary>
    public HostPattern? Find(ReadOnlySpan<char> host)
    {
        for (var i = 0; i < Hosts.Count; i++)
        {
            if (Hosts[i].Matches(host))
            {
                return Hosts[i];
            }
        }

        return null;
    }

    /// <summary>The first block that holds an address, or the address within it.</summary>
    public Cidr? Find(UInt128 bits)
    {
        var inner = SpecialAddresses.Within(bits);
        for (var i = 0; i < Blocks.Count; i++)
        {
            var block = Blocks[i];
            if (block.Contains(bits) || (inner is { } within && block.Contains(within)))
            {
                return block;
            }
        }

        return null;
    }
}

/// <summary>Ports from one to another, both included.</summary>
internal readonly record struct PortRange(int From, int To)
{
    public bool Contains(int port) => port >= From && port <= To;

    public override string ToString() => From == To ? $"{From}" : $"{From}-{To}";
}
