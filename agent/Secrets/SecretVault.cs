using System.Collections.Immutable;
using Probes.Contracts.Checks;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Secrets;

/// <summary>The secrets this agent holds, in memory only, and what blacks them out of all that leaves it.</summary>
internal sealed class SecretVault(TimeProvider time)
{
    /// <summary>So long a check that is on its way to another agent may still be run with what was taken away.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMinutes(1);

    /// <summary>Values of before are blacked out too, the newest so many: a target may show one long after.</summary>
    private const int MostFormer = 200;

    private readonly Lock _gate = new();
    private volatile State _state = State.Empty;

    /// <summary>Of all values, and of those before.</summary>
    public Redactor Redactor => _state.Redactor;

    public string Redact(string text) => _state.Redactor.Redact(text);

    /// <summary>Null when this agent does not have it.</summary>
    public string? Find(string project, string name)
    {
        var state = _state;
        return state.Values.TryGetValue((project, name), out var value) ? value
            : state.Leaving.TryGetValue((project, name), out var leaving) && time.GetElapsedTime(leaving.Since) < Farewell ? leaving.Value
            : null;
    }

    /// <summary>These and no others from now on. One that cannot be a secret is as if it had not come.</summary>
    public void Take(Wire.Secrets secrets) => Take(secrets.Values.Select(s => ((s.Project, s.Name), s.Value)));

    public void Take(IEnumerable<((string Project, string Name) Key, string Value)> secrets)
    {
        lock (_gate)
        {
            var before = _state;
            var values = secrets.Where(s => SecretReferences.ValueMistake(s.Value) is null).ToImmutableDictionary(s => s.Key, s => s.Value);
            var now = time.GetTimestamp();
            var leaving = before.Leaving.Where(l => time.GetElapsedTime(l.Value.Since) < Farewell && !values.ContainsKey(l.Key)).ToImmutableDictionary()
                .SetItems(before.Values.Where(v => !values.ContainsKey(v.Key)).Select(v => KeyValuePair.Create(v.Key, (v.Value, now))));
            var former = before.Former.AddRange(before.Values.Values.Except(values.Values, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal).TakeLast(MostFormer).ToImmutableArray();
            _state = new State(values, leaving, former, new Redactor(values.Values.Concat(former)));
        }
    }

    // No record: its own text would show the values.
    private sealed class State(
        ImmutableDictionary<(string Project, string Name), string> values, ImmutableDictionary<(string Project, string Name), (string Value, long Since)> leaving,
        ImmutableArray<string> former, Redactor redactor)
    {
        public static readonly State Empty = new(
            ImmutableDictionary<(string, string), string>.Empty, ImmutableDictionary<(string, string), (string, long)>.Empty, [], Redactor.None);

        public ImmutableDictionary<(string Project, string Name), string> Values => values;

        public ImmutableDictionary<(string Project, string Name), (string Value, long Since)> Leaving => leaving;

        public ImmutableArray<string> Former => former;

        public Redactor Redactor => redactor;
    }
}
