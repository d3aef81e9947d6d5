using Probes.Contracts.Checks;
using Probes.Contracts.Wire;

namespace Probes.Contracts.Mapping;

/// <summary>Checks to and from the wire.</summary>
public static class WireChecks
{
    public static CheckSpec ToWire(Check check) => throw new NotImplementedException();

    /// <summary>Null with a reason when the spec is of a kind or form this version does not know.</summary>
    public static (Check? Check, string Reason) FromWire(CheckSpec spec) => throw new NotImplementedException();
}
