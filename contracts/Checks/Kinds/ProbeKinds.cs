using System.Text.Json;
using Probes.Contracts.Documents;
using Probes.Contracts.Wire;

namespace Probes.Contracts.Checks.Kinds;

/// <summary>The rules of one probe kind: how its document and wire forms are read and written.</summary>
internal interface IProbeKind
{
    string Name { get; }

    /// <summary>Reads the mapping under the kind's key; null when an error was reported.</summary>
    ProbeSpec? Read(DocumentMap map);

    /// <summary>Writes the mapping's members; defaults are left out.</summary>
    void Write(ProbeSpec spec, Utf8JsonWriter json);

    void ToWire(ProbeSpec spec, CheckSpec wire);

    /// <summary>Null when the wire form is not of this kind.</summary>
    ProbeSpec? FromWire(CheckSpec wire);

    /// <summary>What is probed, in a few characters, for people.</summary>
    string Target(ProbeSpec spec);

    /// <summary>Name or address of what is probed: checks with the same one stand and fall together.</summary>
    string Host(ProbeSpec spec);

    /// <summary>Keys under the kind's own whose texts may refer to secrets.</summary>
    IReadOnlyList<(string Key, SecretPlace Place)> SecretKeys => [];

    /// <summary>The spec with every text of <see cref="SecretKeys"/> passed through <paramref name="fill"/>.</summary>
    ProbeSpec Fill(ProbeSpec spec, SecretFill fill) => spec;
}

/// <summary>Every probe kind there is.</summary>
public static class ProbeKinds
{
    internal static readonly IReadOnlyList<IProbeKind> All = [new HttpKind(), new DnsKind(), new TcpKind(), new TlsKind()];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(k => k.Name)];

    /// <summary>What a check probes, such as its URL or host and port.</summary>
    public static string Target(ProbeSpec spec) => Of(spec).Target(spec);

    /// <summary>Name or address of what a check probes, in lower case.</summary>
    public static string Host(ProbeSpec spec) => Of(spec).Host(spec).ToLowerInvariant();

    internal static IProbeKind Of(ProbeSpec spec) => All.First(k => k.Name == spec.Kind);
}
