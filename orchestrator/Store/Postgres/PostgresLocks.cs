namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Advisory locks: the first number says what kind, the second which one.</summary>
internal static class PostgresLocks
{
    public const int Schema = 0x50_52_01;
    public const int Agent = 0x50_52_02;
    public const int RollUp = 0x50_52_03;
    public const int Seal = 0x50_52_04;

    /// <summary>
    /// To be selected with a lock: whoever falls asleep holding it (a paused process keeps its connection) loses the transaction after 8 s, or another orchestrator would wait for it for ever.
    /// </summary>
    public const string Awake = "set_config('idle_in_transaction_session_timeout', '8s', true)";
}
