using Probes.Contracts.Results;

namespace Probes.Contracts.Mapping;

/// <summary>Results to and from the wire.</summary>
public static class WireResults
{
    public static Wire.Result ToWire(RunResult result, uint checkIndex) => throw new NotImplementedException();

    /// <summary>Null with a reason when the item is not valid (no status, unknown check index, negative or absurd times).</summary>
    public static (RunResult? Result, string Reason) FromWire(Wire.Result result, IReadOnlyList<string> checks) => throw new NotImplementedException();
}
