namespace Probes.Contracts.Checks;

/// <summary>Something that must hold for a run to pass; one derived record per kind.</summary>
public abstract record Assertion;

public enum TextOperator { Equals = 1, Contains, NotContains, Matches, Exists }

/// <summary>A test of a text. <see cref="TextOperator.Matches"/> takes a .NET regular expression, run without backtracking.</summary>
public sealed record TextTest(TextOperator Operator, string Value);

/// <summary>Inclusive range of HTTP status codes.</summary>
public readonly record struct StatusRange(int From, int To);

public sealed record StatusAssertion(IReadOnlyList<StatusRange> Ranges) : Assertion;

public sealed record HeaderAssertion(string Name, TextTest Text) : Assertion;

public sealed record BodyAssertion(TextTest Text) : Assertion;

/// <summary>JSON path by RFC 9535, of which member names, array indexes and wildcards are understood.</summary>
public sealed record JsonPathAssertion(string Path, TextTest Text) : Assertion;

public sealed record LatencyAssertion(TimeSpan Below) : Assertion;

public sealed record PhaseAssertion(Phase Phase, TimeSpan Below) : Assertion;

public sealed record CertificateAssertion(int DaysLeft) : Assertion;

/// <summary>DNS answers in presentation form. Exact: the sets are equal; otherwise every value is among the answers.</summary>
public sealed record AnswersAssertion(bool Exact, IReadOnlyList<string> Values) : Assertion;

/// <summary>A part of a run's time.</summary>
public enum Phase { Dns = 1, Connect, Tls, Send, Wait, Transfer }
