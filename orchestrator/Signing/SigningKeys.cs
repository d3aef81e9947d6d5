using System.Collections.Immutable;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Signing;

/// <summary>The signing key in use and the chain that led to it; the same at every replica within seconds.</summary>
internal sealed class SigningKeys(SigningKeyStore keys, StoreReady store, TimeProvider clock, ILogger<SigningKeys> log) : BackgroundService
{
    private static readonly TimeSpan RereadEvery = TimeSpan.FromSeconds(10);

    private volatile KeyChain? _chain;

    /// <summary>Raised when another key has come into use: sessions welcomed under the one before must begin anew.</summary>
    internal event Action Changed = () => { };

    /// <summary>Null while the store has not answered, or when the key cannot be decrypted; <see cref="Trouble"/> then says why.</summary>
    internal SigningKey? Current => _chain?.Key;

    /// <summary>What keeps agents from being served, for people; empty when nothing does.</summary>
    internal string Trouble { get; private set; } = "";

    /// <summary>The chain of keys after the first, oldest first, for an agent to go along from the one it knows.</summary>
    internal ImmutableArray<KeyEndorsement> Endorsements => _chain?.Endorsements ?? [];

    /// <summary>Makes a new key, vouched for by the one in use, whose private part is erased.</summary>
    /// <exception cref="SigningKeyException">There is no key that could vouch for it.</exception>
    internal async Task<SigningKey> RotateAsync(CancellationToken ct)
    {
        var current = Current ?? throw new SigningKeyException(Trouble.Length > 0 ? Trouble : "the store has not answered yet");
        await keys.AddAsync(current, ct);
        await RereadAsync(ct);
        return Current!;
    }

    internal async Task RereadAsync(CancellationToken ct)
    {
        var before = _chain;
        KeyChain chain;
        try
        {
            chain = await keys.ReadAsync(before, ct);
        }
        catch (SigningKeyException fault)
        {
            if (Trouble != fault.Message)
            {
                Trouble = fault.Message;
                Log.Unusable(log, fault.Message);
            }

            return;
        }

        Trouble = "";
        if (ReferenceEquals(chain, before))
        {
            return;
        }

        _chain = chain;
        Log.InUse(log, chain.Key.Id);
        if (before is not null)
        {
            Changed();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(RereadEvery, clock);
        do
        {
            try
            {
                await RereadAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // The store is away; the key known stays good until it is back.
                Log.NotReread(log, fault.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

/// <summary>The key in use and how it was come to.</summary>
internal sealed record KeyChain(SigningKey Key, ImmutableArray<KeyEndorsement> Endorsements);

/// <summary>There is a signing key, and it cannot be used; the message says why and what to do.</summary>
internal sealed class SigningKeyException(string message, Exception? inner = null) : Exception(message, inner);
