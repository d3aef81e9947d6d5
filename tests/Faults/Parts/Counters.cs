namespace Probes.Faults.Parts;

/// <summary>Counters that begin again with each process, added up over its lives. What a killed process counted since it was last asked is not known.</summary>
internal sealed class Counters
{
    private readonly Dictionary<int, Dictionary<string, long>> _lives = [];

    public void See(int process, Dictionary<string, long> values)
    {
        lock (_lives)
        {
            _lives[process] = values;
        }
    }

    public long this[string name]
    {
        get
        {
            lock (_lives)
            {
                return _lives.Values.Sum(l => l.GetValueOrDefault(name));
            }
        }
    }
}
