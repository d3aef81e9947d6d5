using System.Net;

namespace Probes.Faults.Parts;

/// <summary>
/// A network namespace with two wires to this one: one to the target, one to orchestrators and broker, so that the second can be cut while the
/// first goes on being measured. It takes root.
/// </summary>
internal sealed class Namespace : IDisposable
{
    private readonly string _name = $"probes-{Environment.ProcessId}";
    private readonly string _control = $"pbc{Environment.ProcessId}";
    private readonly string _probed = $"pbt{Environment.ProcessId}";
    private readonly int _net = 100 + (Environment.ProcessId % 100);

    private Namespace()
    {
    }

    /// <summary>This side's address on the wire to orchestrators and broker.</summary>
    public IPAddress Control => IPAddress.Parse($"10.{_net}.1.1");

    /// <summary>This side's address on the wire to the target.</summary>
    public IPAddress Probed => IPAddress.Parse($"10.{_net}.2.1");

    /// <summary>What to put before a command so that it runs inside.</summary>
    public string[] Inside => ["netns", "exec", _name];

    /// <summary>Null, and the reason, where there can be none.</summary>
    public static (Namespace? Made, string Why) Create()
    {
        if (!Programs.AsRoot)
        {
            return (null, "not root");
        }

        var made = new Namespace();
        var failed = Shell.Try($"ip netns add {made._name} && ip -n {made._name} link set lo up")
            ?? made.Wire(made._control, "c0", 1) ?? made.Wire(made._probed, "t0", 2);
        if (failed is null)
        {
            return (made, "");
        }

        made.Dispose();
        return (null, failed);
    }

    public void CutControl() => Shell.Try($"ip link set {_control} down");

    public void CutAll() => Shell.Try($"ip link set {_control} down; ip link set {_probed} down");

    public void Mend() => Shell.Try($"ip link set {_control} up; ip link set {_probed} up");

    public void Dispose() => Shell.Try($"ip netns del {_name}");

    private string? Wire(string outer, string inner, int net) => Shell.Try(
        $"ip link add {outer} type veth peer name {inner} netns {_name} && ip addr add 10.{_net}.{net}.1/24 dev {outer} && ip link set {outer} up"
        + $" && ip -n {_name} addr add 10.{_net}.{net}.2/24 dev {inner} && ip -n {_name} link set {inner} up");
}
