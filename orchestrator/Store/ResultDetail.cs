using Google.Protobuf;
using Probes.Contracts.Results;
using Wire = Probes.Contracts.Wire;

namespace Probes.Orchestrator.Store;

/// <summary>
/// The wide parts of a result as one blob: a wire <c>Result</c> that holds nothing but message, address, assertions, evidence and unfitness.
/// The wire's rules (tags are never reused) keep old rows readable.
/// </summary>
internal static class ResultDetail
{
    /// <summary>Null when there is nothing to keep.</summary>
    public static byte[]? Encode(RunResult result)
    {
        if (result.Message.Length == 0 && result.Address.Length == 0 && result.Assertions.Count == 0 && result.Evidence.Count == 0 && result.Unfit.Length == 0)
        {
            return null;
        }

        var wire = new Wire.Result { Message = result.Message, Address = result.Address, Unfit = result.Unfit };
        foreach (var a in result.Assertions)
        {
            wire.Assertions.Add(new Wire.AssertionOutcome { Assertion = a.Assertion, Passed = a.Passed, Actual = a.Actual });
        }

        foreach (var (key, value) in result.Evidence)
        {
            wire.Evidence[key] = value;
        }

        return wire.ToByteArray();
    }

    public static RunResult AddTo(RunResult result, byte[]? detail)
    {
        if (detail is null)
        {
            return result;
        }

        var wire = Wire.Result.Parser.ParseFrom(detail);
        return result with
        {
            Message = wire.Message,
            Address = wire.Address,
            Assertions = [.. wire.Assertions.Select(a => new AssertionOutcome(a.Assertion, a.Passed, a.Actual))],
            Evidence = wire.Evidence.ToDictionary(),
            Unfit = wire.Unfit,
        };
    }
}
