namespace Probes.Orchestrator.Store.Postgres;

/// <summary>Advisory locks: the first number says what kind, the second which one.</summary>
internal static class PostgresLocks
{
    public const int Schema = 0x50_52_01;
    public const int Agent = 0x50_52_02;
    public const int RollUp = 0x50_52_03;
    public const int Seal = 0x50_52_04;
}
