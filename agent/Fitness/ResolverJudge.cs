namespace Probes.Agent.Fitness;

/// <param name="Unanswered">Different names that got no answer since the last name that got one.</param>
/// <param name="Domains">Different domains (last two labels) among them.</param>
/// <param name="Since">When the first of them was asked for.</param>
/// <param name="CanaryTrusted">Whether the resolver has ever told the root's servers: some that work never do.</param>
/// <param name="CanaryFailed">Times in a row that it did not, since the first name got no answer.</param>
/// <param name="CanaryAnswered">It did, when it was last asked, and after the first name got no answer.</param>
internal readonly record struct ResolverSignals(int Unanswered, int Domains, TimeSpan Since, bool CanaryTrusted, int CanaryFailed, bool CanaryAnswered);

/// <summary>
/// Whether the agent's resolver answers nobody. A name that does not exist was answered; a name whose own servers are dead is the target's
/// trouble. So silence about a name is held against the resolver only when it is silent about the root as well, which every resolver has at
/// hand, or, where it never speaks of the root, about several names of different domains with no answer in between.
/// </summary>
internal static class ResolverJudge
{
    public const int Names = 3;

    public static Look Judge(in ResolverSignals s)
    {
        if (s.Unanswered == 0 || s.CanaryAnswered)
        {
            return Look.Good;
        }

        var names = s.Unanswered == 1 ? "a name" : $"{s.Unanswered} names";
        return s.CanaryTrusted && s.CanaryFailed >= 2 ? new Look(Health.Certain, $"the resolver answers nothing: neither {names} nor the root", s.Since)
            : !s.CanaryTrusted && s.Unanswered >= Names && s.Domains >= 2 ? new Look(Health.Certain, $"the resolver answers nothing: {names} in a row", s.Since)
            : new Look(Health.Suspect);
    }
}
