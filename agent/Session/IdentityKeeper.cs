namespace Probes.Agent.Session;

/// <summary>The identity as it is now, in memory and on disk. Safe for several threads.</summary>
internal sealed class IdentityKeeper
{
    private readonly IdentityFile _file;
    private readonly Lock _lock = new();
    private volatile Identity? _current;

    public IdentityKeeper(IdentityFile file)
    {
        _file = file;
        Credential = () => Current.Credential;
    }

    /// <exception cref="InvalidOperationException">The agent has not enrolled yet.</exception>
    public Identity Current => _current ?? throw new InvalidOperationException("the agent has no identity yet");

    public bool IsKnown => _current is not null;

    /// <summary>Gives the credential that is good now; always the same delegate.</summary>
    public Func<string> Credential { get; }

    /// <summary>Null when the agent has not enrolled yet.</summary>
    /// <exception cref="AgentStopException">The file is there and cannot be read.</exception>
    public Identity? Load() => _current = _file.Load();

    /// <summary>Changes it in memory and on disk; nothing is written when nothing changes.</summary>
    /// <exception cref="AgentStopException">The file cannot be written.</exception>
    public Identity Change(Func<Identity, Identity> change)
    {
        lock (_lock)
        {
            var next = change(Current);
            if (next != _current)
            {
                _file.Save(next);
                _current = next;
            }

            return next;
        }
    }

    /// <exception cref="AgentStopException">The file cannot be written.</exception>
    public Identity Begin(Identity first)
    {
        lock (_lock)
        {
            _file.Save(first);
            _current = first;
            return first;
        }
    }
}
