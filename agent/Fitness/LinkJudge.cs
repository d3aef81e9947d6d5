namespace Probes.Agent.Fitness;

/// <param name="InterfaceUp">Whether any network interface but loopback is up.</param>
/// <param name="SessionSilent">Whether nothing has come from the orchestrator for longer than it should.</param>
/// <param name="Cut">Different targets that runs failed to reach since the last run that reached any.</param>
/// <param name="CutSince">When the first of them began.</param>
internal readonly record struct LinkSignals(bool InterfaceUp, bool SessionSilent, int Cut, TimeSpan CutSince);

/// <summary>
/// Whether this machine's way into the network is gone. One dead target never shows that, nor does an orchestrator that is away, nor both:
/// it takes several targets and the orchestrator, with nothing in between that got through. An agent with fewer targets cannot tell, and blames
/// the network as it always did, unless the machine itself says that it has no network.
/// </summary>
internal static class LinkJudge
{
    public const int Targets = 3;

    public static Look Judge(in LinkSignals s)
    {
        if (s.Cut == 0)
        {
            return Look.Good;
        }

        if (!s.InterfaceUp)
        {
            return new Look(Health.Bad, "no network interface is up", s.CutSince);
        }

        if (!s.SessionSilent)
        {
            return Look.Good;
        }

        return s.Cut >= Targets
            ? new Look(Health.Bad, $"nothing is reached: none of {s.Cut} targets, nor the orchestrator", s.CutSince)
            : new Look(Health.Suspect);
    }
}
