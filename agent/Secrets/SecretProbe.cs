using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Secrets;

/// <summary>
/// The one way to and from every probe: secrets go in just before it, and nothing that comes out of it holds one, whichever check it is of. A check
/// whose secret is not here, as after a restart without the orchestrator, is not run, and says so as a fault of the agent.
/// </summary>
internal sealed class SecretProbe(IProbe probe, SecretVault vault) : IProbe
{
    public const string Unavailable = "secret_unavailable";

    public string Kind => probe.Kind;

    public async ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping)
    {
        Check filled;
        try
        {
            filled = Filled(check);
        }
        catch (SecretFault fault)
        {
            return new ProbeOutcome { Status = RunStatus.Failed, Source = FailureSource.Agent, Reason = Unavailable, Message = fault.Message };
        }

        try
        {
            var outcome = await probe.RunAsync(filled, timeout, stopping);
            return Clean(ReferenceEquals(filled, check) ? outcome : Unhashed(outcome), vault.Redactor);
        }
        catch (Exception error) when (error is not OperationCanceledException && vault.Redactor.Finds(error.ToString()))
        {
            // Neither the fault nor what caused it goes on.
            throw new InvalidOperationException(vault.Redact($"{error.GetType().Name}: {error.Message}"));
        }
    }

    private Check Filled(Check check)
    {
        if (SecretReferences.Of(check).Count == 0)
        {
            return check;
        }

        var project = QualifiedName.ProjectOf(check.Name);
        return SecretReferences.Fill(check, (text, place) => SecretReferences.Replace(text, place, name =>
        {
            var value = vault.Find(project, name) ?? throw new SecretFault($"secret {name} is not available to this agent");
            return place == SecretPlace.Header && value.Any(c => char.IsControl(c) && c != '\t')
                ? throw new SecretFault($"secret {name} holds a line break or a control character, which cannot stand in a header")
                : value;
        }));
    }

    // A target may answer with what it was sent, and who has a digest of that may try what a short secret could be.
    private static ProbeOutcome Unhashed(ProbeOutcome outcome) => !outcome.Evidence.ContainsKey(EvidenceNames.BodyHash) ? outcome : outcome with
    {
        Evidence = outcome.Evidence.Where(e => e.Key != EvidenceNames.BodyHash).ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal),
    };

    private static ProbeOutcome Clean(ProbeOutcome outcome, Redactor redactor) => redactor == Redactor.None ? outcome : outcome with
    {
        Reason = redactor.Redact(outcome.Reason),
        Message = redactor.Redact(outcome.Message),
        Address = redactor.Redact(outcome.Address),
        Assertions = [.. outcome.Assertions.Select(a => new AssertionOutcome(redactor.Redact(a.Assertion), a.Passed, redactor.Redact(a.Actual)))],
        Evidence = outcome.Evidence.Count == 0 ? outcome.Evidence
            : outcome.Evidence.ToDictionary(e => redactor.Redact(e.Key), e => redactor.Redact(e.Value), StringComparer.Ordinal),
    };

    private sealed class SecretFault(string message) : Exception(message);
}
