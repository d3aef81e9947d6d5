using Probes.Contracts.Checks.Kinds;

namespace Probes.Agent.Policy;

/// <summary>A host name (<c>shop.example.com</c>), every name below one (<c>*.example.com</c>), or every name (<c>*</c>). Case does not matter, nor a final dot.</summary>
internal sealed class HostPattern
{
    public const string Allowed = "a host name, *.DOMAIN for every name below it, * for every name, or ADDRESS/LENGTH";

    private readonly string _name;
    private readonly bool _below;

    private HostPattern(string name, bool below) => (_name, _below) = (name, below);

    public static HostPattern? Parse(string text)
    {
        if (text == "*")
        {
            return new HostPattern("", below: true);
        }

        var below = text.StartsWith("*.", StringComparison.Ordinal);
        var name = below ? text[2..] : text;

        // Underscores too: a dns check's names may have them.
        return Rules.IsHost(name) || Rules.IsDomain(name) && !name.Contains('*', StringComparison.Ordinal)
            ? new HostPattern(name.TrimEnd('.').ToLowerInvariant(), below)
            : null;
    }

    public bool Matches(ReadOnlySpan<char> host)
    {
        host = host.TrimEnd('.');
        if (!_below)
        {
            return host.Equals(_name, StringComparison.OrdinalIgnoreCase);
        }

        return _name.Length == 0
            || (host.Length > _name.Length + 1 && host[^(_name.Length + 1)] == '.' && host.EndsWith(_name, StringComparison.OrdinalIgnoreCase));
    }

    public override string ToString() => _name.Length == 0 ? "*" : _below ? $"*.{_name}" : _name;
}
