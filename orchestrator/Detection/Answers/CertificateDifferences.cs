namespace Probes.Orchestrator.Detection.Answers;

/// <summary>Certificates that some regions are shown and others are not. Pure.</summary>
internal static class CertificateDifferences
{
    /// <param name="c">What is compared.</param>
    /// <param name="describe">Issuer and dates of a certificate in words, by its value; empty when they were not told.</param>
    public static IEnumerable<AnswerDifference> Find(Comparison c, Func<string, string> describe)
    {
        if (Unseen.Find(c, AnswerPart.Certificate, v => [IssuerOf(v)], elsewhere: false) is { } issuer)
        {
            yield return c.Difference(DifferenceKind.Issuer, issuer.Differ, issuer.Compared, issuer.Since, c.Now - issuer.Since >= c.Lasts,
                $"{Comparison.Names(issuer.Differ)} {Comparison.Is(issuer.Differ)} shown a certificate of another issuer for {c.Target}{Described(c, issuer, describe)}; {Comparison.Others(issuer.Well.Count)} {(issuer.Well.Count == 1 ? "is" : "are")} shown the one of before");
            yield break;
        }

        if (Unseen.Find(c, AnswerPart.Certificate, v => [v], elsewhere: false) is { } other && c.Now - other.Since >= c.Shortly)
        {
            yield return c.Difference(DifferenceKind.Certificate, other.Differ, other.Compared, other.Since, definite: false,
                $"{Comparison.Names(other.Differ)} {Comparison.Is(other.Differ)} shown another certificate of the same issuer for {c.Target}{Described(c, other, describe)}");
        }

        if (LeftBehind.Find(c, AnswerPart.Certificate) is { } old && c.Now - old.Since >= c.Shortly)
        {
            yield return c.Difference(DifferenceKind.Certificate, old.Keep, old.Compared, old.Since, definite: false,
                $"{Comparison.Names(old.Keep)} {Comparison.Is(old.Keep)} still shown the old certificate of {c.Target}{(describe(old.Old) is { Length: > 0 } words ? $" ({words})" : "")}; {Comparison.Others(old.Moved.Count)} moved on to a new one");
        }
    }

    private static string IssuerOf(string certificate) => certificate[(certificate.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string Described(Comparison c, Unseen found, Func<string, string> describe) =>
        string.Join(" or ", found.Compared.Where(r => found.Differ.Contains(r.Region)).SelectMany(r => r.Seen.Recent(c.Agree)).Select(s => describe(s.Value)).Where(d => d.Length > 0).Distinct().Order(StringComparer.Ordinal))
            is { Length: > 0 } words ? $" ({words})" : "";
}
